//! What each command does, one file each.

mod admin_token;
mod check;
mod serve;

use crate::cli::{Cli, Command};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::SettingsError;

/// Runs the command.
///
/// # Errors
/// A [`Failure`] to print.
pub fn run(cli: Cli, environment: &Environment) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(arguments) => serve::run(&arguments, environment),
        Command::AdminToken(arguments) => admin_token::run(&arguments, environment),
        Command::Check(arguments) => check::run(&arguments, environment),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("cannot start threads").caused_by(&error))
}

fn wrong_settings(error: SettingsError) -> Failure {
    Failure::new("the settings are not acceptable")
        .caused_by(&error)
        .hint("`accessd check` prints every setting and where it comes from")
}
