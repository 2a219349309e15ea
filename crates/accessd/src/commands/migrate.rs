//! `accessd migrate`: brings the schema up to date, where an operator wants that to happen before `serve` starts.

use super::{no_database, runtime, settings_of};
use crate::cli::PlaceArguments;
use crate::database::Database;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::DatabasePlace;
use std::io::Write as _;

pub(super) fn run(place: PlaceArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = settings_of(place, environment)?;
    // A file made here would look like a service that has lost its master key.
    if let DatabasePlace::Sqlite(path) = &settings.database
        && !path.exists()
    {
        return Err(no_database(path));
    }
    let migrated = runtime()?.block_on(Database::migrate(&settings.database))?;
    let mut text: String = migrated.ran.iter().map(|name| format!("migrated by {name}\n")).collect();
    let was = if migrated.ran.is_empty() { " already" } else { "" };
    text += &format!("the schema of {} has version {}{was}\n", settings.database, migrated.version);
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::new("cannot print what was done; it is done").caused_by(&error))
}
