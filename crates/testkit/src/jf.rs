//! Runs the real `jf` with an empty environment and a home of its own.

use crate::accessd::Accessd;
use crate::program;
use serde_json::Value;
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A person at a keyboard: a home folder, some environment variables, perhaps flags for every command.
#[derive(Debug)]
pub struct Jf {
    home: TempDir,
    variables: Vec<(String, String)>,
    flags: Vec<String>,
    stdin: Vec<u8>,
}

impl Default for Jf {
    fn default() -> Self {
        Self::new()
    }
}

impl Jf {
    /// Somebody with nothing configured.
    pub fn new() -> Self {
        Self {
            home: tempfile::tempdir().expect("a temporary folder"),
            variables: Vec::new(),
            flags: Vec::new(),
            stdin: Vec::new(),
        }
    }

    /// Somebody who adds `--url` and `--access-token` to every command.
    pub fn with_flags(accessd: &Accessd, token: &str) -> Self {
        Self::new().flag("--url", &accessd.url()).flag("--access-token", token)
    }

    /// Somebody with a configured default server.
    #[track_caller]
    pub fn configured(accessd: &Accessd, token: &str) -> Self {
        let jf = Self::new();
        jf.run(&[
            "config",
            "add",
            "main",
            "--url",
            &accessd.url(),
            "--access-token",
            token,
            "--interactive=false",
        ])
        .succeeded();
        jf
    }

    /// Adds a flag with its value to every command, before its other arguments.
    #[must_use]
    pub fn flag(mut self, name: &str, value: &str) -> Self {
        self.flags.extend([name.to_owned(), value.to_owned()]);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Gives every command this standard input.
    #[must_use]
    pub fn stdin(self, text: &str) -> Self {
        Self { stdin: text.as_bytes().to_vec(), ..self }
    }

    /// The home folder.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// A path in the home folder.
    pub fn path(&self, name: &str) -> PathBuf {
        self.home.path().join(name)
    }

    /// Writes a file in the home folder and returns its path.
    pub fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).expect("a file can be written");
        path.to_string_lossy().into_owned()
    }

    /// Runs `jf atc` with these arguments besides those of every command.
    pub fn atc(&self, arguments: &[&str]) -> Run {
        self.run(&[&["atc"], arguments].concat())
    }

    /// Runs `jf` with these arguments besides those of every command.
    ///
    /// # Panics
    /// If it cannot be run or is ended by a signal.
    pub fn run(&self, arguments: &[&str]) -> Run {
        let (command, arguments) = arguments.split_at(arguments.len().min(1));
        let mut child = Command::new(program("jf"))
            .args(command)
            .args(&self.flags)
            .args(arguments)
            .env_clear()
            .env("HOME", self.home.path())
            .env("CI", "true")
            .envs(self.variables.iter().map(|(name, value)| (name, value)))
            .current_dir(self.home.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("jf can be run");
        // Whoever does not read its standard input closes it, which is no fault.
        let _ = child.stdin.take().expect("a pipe").write_all(&self.stdin);
        let output = child.wait_with_output().expect("jf ends");
        Run {
            command: format!("jf {} {}", command.join(" "), arguments.join(" ")),
            code: output.status.code().expect("no signal ends jf"),
            stdout: String::from_utf8(output.stdout).expect("standard output is UTF-8"),
            stderr: String::from_utf8(output.stderr).expect("standard error is UTF-8"),
        }
    }
}

/// What a command did.
#[derive(Debug, Clone)]
pub struct Run {
    /// The command line, without the flags of every command.
    pub command: String,
    /// Exit code.
    pub code: i32,
    /// Standard output.
    pub stdout: String,
    /// Standard error.
    pub stderr: String,
}

impl Run {
    /// Insists on success.
    ///
    /// # Panics
    /// If it failed.
    #[track_caller]
    pub fn succeeded(self) -> Self {
        assert_eq!(self.code, 0, "{}\n{}", self.command, self.stderr);
        self
    }

    /// Insists on failure with this exit code, an empty standard output and a message that names
    /// everything in `naming`, whatever the case of the letters.
    ///
    /// # Panics
    /// If it is otherwise.
    #[track_caller]
    pub fn failed(self, code: i32, naming: &[&str]) -> Self {
        let Self { command, stdout, stderr, .. } = &self;
        assert_eq!(self.code, code, "{command}\nstdout: {stdout}\nstderr: {stderr}");
        assert_eq!(stdout, "", "{command}: a failure prints nothing on standard output");
        let message = stderr.to_lowercase();
        for word in naming {
            assert!(
                message.contains(&word.to_lowercase()),
                "{command}: no {word:?} in the message: {stderr}"
            );
        }
        self
    }

    /// Standard output as JSON.
    ///
    /// # Panics
    /// If the command failed or printed something else.
    #[track_caller]
    pub fn json(self) -> Value {
        let run = self.succeeded();
        serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("no JSON ({error}): {}", run.stdout))
    }

    /// The text of a string on standard output's JSON object.
    #[track_caller]
    pub fn text(self, key: &str) -> String {
        let json = self.json();
        json[key].as_str().unwrap_or_else(|| panic!("no {key} in {json}")).to_owned()
    }
}
