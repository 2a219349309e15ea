//! What each command does, one file each.

mod admin_token;
mod check;
mod export;
mod import;
mod migrate;
mod serve;
mod unlock;

use crate::cli::{Cli, Command, PlaceArguments, ServeArguments};
use crate::environment::Environment;
use crate::failure::Failure;
use crate::logging;
use crate::settings::{LogSettings, Settings, SettingsError};
use access_store::transfer::Counts;
use std::path::Path;

/// Runs the command.
///
/// # Errors
/// A [`Failure`] to print.
pub fn run(cli: Cli, environment: &Environment) -> Result<(), Failure> {
    match cli.command {
        Command::Serve(arguments) => serve::run(&arguments, environment),
        Command::AdminToken(arguments) => admin_token::run(&arguments, environment),
        Command::Check(arguments) => check::run(&arguments, environment),
        Command::Migrate(place) => migrate::run(place, environment),
        Command::Export(arguments) => export::run(arguments, environment),
        Command::Import(arguments) => import::run(arguments, environment),
        Command::Unlock(arguments) => unlock::run(arguments, environment),
    }
}

fn runtime() -> Result<tokio::runtime::Runtime, Failure> {
    tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::new("cannot start threads").caused_by(&error))
}

/// What was moved, in one line: the tables that have rows.
fn summary(counts: &Counts) -> String {
    let filled = counts.iter().filter(|(_, count)| *count > 0);
    filled.map(|(table, count)| format!("{table} {count}")).collect::<Vec<_>>().join(", ")
}

/// The settings that say where things are.
fn settings_of(place: PlaceArguments, environment: &Environment) -> Result<Settings, Failure> {
    let arguments = ServeArguments { place, listen: None };
    let settings = Settings::gather(&arguments, environment).map_err(wrong_settings)?;
    logging::start(&LogSettings { level: "warn".to_owned(), ..settings.log.clone() });
    Ok(settings)
}

fn no_database(path: &Path) -> Failure {
    Failure::new(format!("there is no service here: {} does not exist", path.display()))
        .hint("name its folder with --data-dir, or start it for the first time: accessd serve")
}

fn wrong_settings(error: SettingsError) -> Failure {
    Failure::new("the settings are not acceptable")
        .caused_by(&error)
        .hint("`accessd check` prints every setting and where it comes from")
}
