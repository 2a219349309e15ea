//! `accessd admin-token`: prints an administrator token, made with the keys of the data folder.

use super::{runtime, wrong_settings};
use crate::cli::{AdminTokenArguments, ServeArguments};
use crate::data_folder::DataFolder;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::{DatabasePlace, LogSettings, Settings};
use crate::{logging, opening};
use access_types::TokenResponse;
use secrecy::ExposeSecret;
use std::io::Write as _;

pub(super) fn run(arguments: &AdminTokenArguments, environment: &Environment) -> Result<(), Failure> {
    let place = ServeArguments { place: arguments.place.clone(), listen: None };
    let settings = Settings::gather(&place, environment).map_err(wrong_settings)?;
    logging::start(&LogSettings { level: "warn".to_owned(), ..settings.log.clone() });
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
        let place = database.display();
        return Err(Failure::new(format!("there is no service here: {place} does not exist"))
            .hint("name its folder with --data-dir, or start it for the first time: accessd serve"));
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
