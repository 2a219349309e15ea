//! One file a command: what the flags mean, then what is done.

mod access_token_create;
mod config_add;
mod config_remove;
mod config_show;
mod config_use;

use crate::cli::{Command, Config, Token};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::format::Format;
use crate::output::report::Report;

/// Runs a command.
///
/// # Errors
/// Why it did not do what it was asked.
pub(crate) fn run(command: Command, environment: &Environment, report: &Report) -> Outcome<()> {
    match command {
        Command::AccessTokenCreate(flags) | Command::Token(Token::Create(flags)) => {
            access_token_create::run(*flags, environment, report)
        }
        Command::Config(Config::Add(flags)) => config_add::run(*flags, environment, report),
        Command::Config(Config::Show(flags)) => config_show::run(&flags, environment, report),
        Command::Config(Config::Use(flags)) => config_use::run(&flags, environment, report),
        Command::Config(Config::Remove(flags)) => config_remove::run(&flags, environment, report),
    }
}

/// Whether errors of this command are wanted as JSON on standard output.
pub(crate) fn wants_json_errors(command: &Command, environment: &Environment) -> bool {
    let is_asked_for = match command {
        Command::AccessTokenCreate(flags) | Command::Token(Token::Create(flags)) => {
            flags.format == Some(Format::Json)
        }
        Command::Config(_) => false,
    };
    is_asked_for || environment.wants_json_errors()
}

fn wrong_number(count: usize, usage: &str) -> Failure {
    Failure::usage(format!("Wrong number of arguments ({count}).")).hint(format!("usage: {usage}"))
}

fn refuse_surplus(surplus: &[String], usage: &str) -> Outcome<()> {
    if surplus.is_empty() { Ok(()) } else { Err(wrong_number(1 + surplus.len(), usage)) }
}

/// Empty text of a flag is the same as no flag.
fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}
