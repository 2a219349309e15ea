//! `accessd check`: prints each setting and where it comes from, and fails where `serve` would refuse them.
//! The one secret among the settings, the database's password, is not shown.

use crate::cli::ServeArguments;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::listener;
use crate::master_key::{self, Named};
use crate::outbound::HttpsDocuments;
use crate::settings::{DatabasePlace, Effective, Settings};
use std::io::Write as _;

pub(super) fn run(arguments: &ServeArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = Settings::gather(arguments, environment).map_err(|error| {
        // The hint of the other commands is to run this one.
        Failure::new("the settings are not acceptable").caused_by(&error)
    })?;
    let mut text = String::new();
    for Effective { name, value, origin } in &settings.effective {
        text.push_str(&format!("{name} = {value}  ({origin})\n"));
    }
    let master_key = master_key::named(environment);
    if let Ok(place) = &master_key {
        text.push_str(&format!("master-key = {}\n", describe(*place)));
    }
    if let DatabasePlace::Postgres(database) = &settings.database {
        let password = if database.has_password() { "(not shown)" } else { "(none)" };
        text.push_str(&format!("database-password = {password}\n"));
    }
    std::io::stdout()
        .write_all(text.as_bytes())
        .map_err(|error| Failure::new("cannot print the settings").caused_by(&error))?;
    if let DatabasePlace::Postgres(database) = &settings.database {
        database
            .check_roots()
            .map_err(|error| Failure::new("cannot set up TLS towards PostgreSQL").caused_by(&error))?;
    }
    // What `serve` would refuse although every value by itself is acceptable.
    master_key?;
    HttpsDocuments::new(&settings.oidc)?;
    listener::addresses(&settings.server).map(drop)
}

fn describe(place: Named<'_>) -> String {
    match place {
        Named::Text(_) => "(not shown)  (environment ACCESSD_MASTER_KEY)".to_owned(),
        Named::File(path) => format!("{}  (environment ACCESSD_MASTER_KEY_FILE)", path.display()),
        Named::Nowhere => "keys/master.key in the data folder  (default)".to_owned(),
    }
}
