//! `jf completion`: scripts that let a shell complete jf's commands and flags, and the words that scripts of the
//! existing tool ask for.

use super::{refuse_surplus, write_to};
use crate::cli::{self, Completion};
use crate::config::{ConfigFile, Server, create_private_folder};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::destination::Destination;
use crate::output::report::Report;
use clap::Command;
use clap_complete::Shell;
use std::fs;
use std::path::{Path, PathBuf};

const USAGE: &str = "jf completion bash|zsh|fish|powershell [--install]";
/// The last argument of a script that the existing tool installed.
pub(crate) const WORDS_FLAG: &str = "--generate-bash-completion";
const SHELLS: [&str; 4] = ["bash", "zsh", "fish", "powershell"];
/// Commands whose argument is a configured server.
const TAKE_SERVER: [&str; 5] = ["edit", "show", "remove", "export", "use"];

/// Runs the command.
pub(super) fn run(flags: &Completion, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let shell = shell(flags.shell.as_deref().unwrap_or_default())?;
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut cli::grammar(), "jf", &mut script);
    if flags.install != Some(true) {
        return write_to(Destination::Stdout, &script);
    }
    let path = place(shell, environment)?;
    if let Some(folder) = path.parent() {
        // It may be the home of the configuration, which is its owner's alone.
        create_private_folder(folder)?;
    }
    fs::write(&path, script).map_err(|error| failed("write", &path, &error))?;
    report.info(&advice(shell, &path));
    Ok(())
}

fn shell(name: &str) -> Outcome<Shell> {
    match name {
        "bash" => Ok(Shell::Bash),
        "zsh" => Ok(Shell::Zsh),
        "fish" => Ok(Shell::Fish),
        "powershell" => Ok(Shell::PowerShell),
        "" => Err(Failure::usage("Wrong number of arguments (0).").hint(format!("usage: {USAGE}"))),
        _ => {
            Err(Failure::usage(format!("there is no completion for {name:?}"))
                .hint(format!("usage: {USAGE}")))
        }
    }
}

/// Where the shell finds the script by itself, or jf's home if it has no such place.
fn place(shell: Shell, environment: &Environment) -> Outcome<PathBuf> {
    let unknown = || {
        Failure::new(
            Reason::Failed,
            "couldn't find home directory. Make sure your HOME environment variable is set",
        )
    };
    if shell == Shell::Fish {
        let home = environment.path("XDG_CONFIG_HOME");
        let home = home.or_else(|| Some(environment.path("HOME")?.join(".config"))).ok_or_else(unknown)?;
        return Ok(home.join("fish").join("completions").join("jf.fish"));
    }
    let name = match shell {
        Shell::Bash => "jfrog_bash_completion",
        Shell::Zsh => "jfrog_zsh_completion",
        _ => "jfrog_powershell_completion.ps1",
    };
    Ok(environment.jfrog_home().ok_or_else(unknown)?.join(name))
}

fn advice(shell: Shell, path: &Path) -> String {
    let path = path.display();
    match shell {
        Shell::Fish => format!("Wrote {path}. New shells complete jf."),
        Shell::PowerShell => format!("Wrote {path}. Add this line to $PROFILE: . {path}"),
        Shell::Zsh => format!("Wrote {path}. Add this line to ~/.zshrc, behind compinit: source {path}"),
        _ => format!("Wrote {path}. Add this line to ~/.bashrc: source {path}"),
    }
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> Failure {
    Failure::new(Reason::Failed, format!("cannot {what} {}: {error}", path.display()))
        .hint("without --install the script goes to standard output")
}

/// The words that could follow `arguments`, one a line, as the existing tool's scripts ask for them: commands and
/// aliases, or the servers of the configuration, and flags.
pub(crate) fn words(arguments: &[String], environment: &Environment) -> String {
    let mut grammar = cli::grammar();
    grammar.build();
    let mut command = &grammar;
    for word in arguments {
        command = command.find_subcommand(word).unwrap_or(command);
    }
    let with_meaning = environment.has("_CLI_ZSH_AUTOCOMPLETE_HACK");
    let mut words = commands(command, with_meaning);
    if words.is_empty() {
        if TAKE_SERVER.contains(&command.get_name()) {
            words.extend(servers(environment));
        } else if command.get_name() == "completion" {
            words.extend(SHELLS.map(str::to_owned));
        }
        let mut flags: Vec<String> = command
            .get_arguments()
            .filter(|flag| !flag.is_hide_set())
            .filter_map(|flag| Some(format!("--{}", flag.get_long().filter(|long| *long != "help")?)))
            .collect();
        flags.sort();
        words.extend(flags);
        words.push("--help".to_owned());
    }
    words.iter().map(|word| format!("{word}\n")).collect()
}

fn commands(command: &Command, with_meaning: bool) -> Vec<String> {
    let name = |name: &str, command: &Command| match command.get_about().filter(|_| with_meaning) {
        Some(about) => format!("{name}:{about}"),
        None => name.to_owned(),
    };
    command
        .get_subcommands()
        .filter(|command| !command.is_hide_set())
        .flat_map(|command| {
            let names = std::iter::once(command.get_name()).chain(command.get_visible_aliases());
            names.map(|word| name(word, command)).collect::<Vec<_>>()
        })
        .collect()
}

/// A configuration that cannot be read completes nothing; the command itself says why.
fn servers(environment: &Environment) -> Vec<String> {
    let config = ConfigFile::of(environment).and_then(|file| file.peek());
    config
        .map(|config| config.servers.iter().map(|server| Server::id(server).to_owned()).collect())
        .unwrap_or_default()
}
