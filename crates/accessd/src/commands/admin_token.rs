//! `accessd admin-token`: prints an administrator token, made with the keys of the data folder.

use super::{no_database, runtime, settings_of};
use crate::cli::AdminTokenArguments;
use crate::data_folder::DataFolder;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::opening;
use crate::settings::{DatabasePlace, Settings};
use access_types::TokenResponse;
use secrecy::ExposeSecret;
use std::io::Write as _;

pub(super) fn run(arguments: &AdminTokenArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = settings_of(arguments.place.clone(), environment)?;
    let token = runtime()?.block_on(mint(arguments, &settings, environment))?;
    writeln!(std::io::stdout(), "{}", token.access_token.expose_secret())
        .map_err(|error| Failure::new("cannot print the token").caused_by(&error))
}

async fn mint(
    arguments: &AdminTokenArguments,
    settings: &Settings,
    environment: &Environment,
) -> Result<TokenResponse, Failure> {
    if let DatabasePlace::Sqlite(database) = &settings.database
        && !database.exists()
    {
        return Err(no_database(database));
    }
    let folder = DataFolder::open(&settings.data_dir)?;
    let url = settings.server.base_url.as_deref();
    let opened = opening::open(settings, &folder, environment, url).await?;
    opened
        .access
        .mint_admin_token(&arguments.user, arguments.expiry)
        .await
        .map_err(|error| Failure::new("cannot make an administrator token").caused_by(&error))
}
