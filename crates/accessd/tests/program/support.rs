//! Runs the program in an environment of the test's own.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, ChildStderr, Command, ExitStatus, Stdio};
use std::time::Duration;
use tempfile::TempDir;

/// A home folder, with the data folder `data` in it.
pub(crate) struct Home(TempDir);

/// What a command that ended left behind.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// A service that runs; killed if it is dropped.
pub(crate) struct Service {
    child: Child,
    port: u16,
    log: Option<BufReader<ChildStderr>>,
    /// What it logged until it listened.
    pub(crate) beginning: String,
}

impl Home {
    pub(crate) fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.0.path().join("data")
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_accessd"));
        command.args(arguments).env_clear().env("HOME", self.0.path()).env("ACCESSD_DATA_DIR", self.data());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str], variables: &[(&str, &str)]) -> Ended {
        let output = self.command(arguments).envs(variables.iter().copied()).output().unwrap();
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Starts the service on a free port, and waits until it listens.
    pub(crate) fn serve(&self) -> Service {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        // Made faster than an RSA key.
        command.env("ACCESSD_TOKEN_SIGNATURE", "ES256").stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut log = BufReader::new(child.stderr.take().unwrap());
        let mut beginning = String::new();
        let port = loop {
            let at = beginning.len();
            assert!(log.read_line(&mut beginning).unwrap() > 0, "it ended before it listened");
            let line = &beginning[at..];
            if let Some(address) = line.trim_end().strip_prefix("listening on http://127.0.0.1:") {
                break address.parse().unwrap();
            }
        };
        Service { child, port, log: Some(log), beginning }
    }

    pub(crate) fn admin_token(&self) -> String {
        let ended = self.run(&["admin-token"], &[]);
        assert_eq!(ended.code, Some(0), "{ended:?}");
        ended.stdout.trim_end().to_owned()
    }
}

impl Service {
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        stream
    }

    /// Sends these bytes, and reads until the service closes the connection.
    pub(crate) fn exchange(&self, bytes: &str) -> String {
        let mut stream = self.connect();
        stream.write_all(bytes.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    }

    /// The status of a GET.
    pub(crate) fn get(&self, path: &str, token: &str) -> u16 {
        let head = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n");
        status(&self.exchange(&format!("{head}Authorization: Bearer {token}\r\n\r\n")))
    }

    /// Closes the pipe that the service logs to.
    pub(crate) fn stop_listening_to_its_log(&mut self) {
        self.log = None;
    }

    /// Asks the service to end, and waits until it has; the rest of its log.
    pub(crate) fn end(mut self) -> (ExitStatus, String) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
        let mut log = String::new();
        if let Some(pipe) = &mut self.log {
            pipe.read_to_string(&mut log).unwrap();
        }
        (self.child.wait().unwrap(), log)
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The status in the first line of an answer.
#[track_caller]
pub(crate) fn status(answer: &str) -> u16 {
    answer.get(9..12).and_then(|code| code.parse().ok()).unwrap_or_else(|| panic!("{answer:?}"))
}
