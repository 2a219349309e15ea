//! The command-line tool. This file starts it up and turns the outcome into output and an exit code.

mod arguments;
mod cli;
mod clock;
mod commands;
mod config;
mod connection;
mod credential;
mod environment;
mod error;
mod expiry;
mod http;
mod output;
mod platform_url;
mod scope;
mod secret_input;

use clap::error::{ContextKind, ContextValue, ErrorKind};
use clap::{CommandFactory as _, FromArgMatches as _};
use cli::Cli;
use environment::Environment;
use error::{Failure, Outcome};
use output::report::Report;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

fn main() -> ExitCode {
    let environment =
        Environment::new(std::env::vars_os(), io::stdin().is_terminal(), io::stderr().is_terminal());
    let report = Report::new(&environment);
    let cli = match parse(std::env::args_os().skip(1)) {
        Ok(Parsed::Command(cli)) => cli,
        Ok(Parsed::Help(text)) => {
            // A reader that has seen enough of the help is no failure.
            let _ = output::write_result(&text);
            return ExitCode::SUCCESS;
        }
        Err(failure) => {
            report.failure(&failure);
            return failure.reason.exit_code();
        }
    };
    let wants_json_errors = commands::wants_json_errors(&cli.command, &environment);
    match commands::run(cli.command, &environment, &report) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            match failure.refusal.as_ref().filter(|_| wants_json_errors) {
                // If nobody reads it, the exit code still says what happened.
                Some(refusal) => drop(output::write_result(&(refusal.to_json() + "\n"))),
                None => report.failure(&failure),
            }
            failure.reason.exit_code()
        }
    }
}

enum Parsed {
    Command(Cli),
    /// Help or version, asked for.
    Help(String),
}

fn parse(arguments: impl IntoIterator<Item = OsString>) -> Outcome<Parsed> {
    let grammar = Cli::command();
    let arguments = arguments::normalise(&grammar, arguments)?;
    let program = OsString::from("jf");
    let parsed = grammar
        .try_get_matches_from([program].into_iter().chain(arguments))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => Ok(Parsed::Command(cli)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Ok(Parsed::Help(error.to_string())),
            _ => Err(usage_failure(&error)),
        },
    }
}

/// The parser's words as a failure: the first paragraph says what is wrong, the rest is the hint.
fn usage_failure(error: &clap::Error) -> Failure {
    if let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
    {
        let failure = Failure::usage(format!("'jf {word}' is not a jf command. See --help"));
        return match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(similar)) if !similar.is_empty() => {
                failure.hint(format!("similar commands: {}", similar.join(", ")))
            }
            _ => failure,
        };
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let rest: Vec<&str> = rest
        .lines()
        .map(|line| line.trim().trim_start_matches("tip: "))
        // What was mistyped is hardly ever meant as a value.
        .filter(|line| !line.is_empty() && !line.starts_with("to pass "))
        .collect();
    let failure = Failure::usage(message);
    if rest.is_empty() { failure } else { failure.hint(rest.join("\n")) }
}
