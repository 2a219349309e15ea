//! Opening the service's state, as every command does: data folder, master key, database, keys.

use crate::bootstrap;
use crate::data_folder::DataFolder;
use crate::database::Database;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::master_key;
use crate::settings::{DatabasePlace, Settings};
use access_core::clock::SystemClock;
use access_core::random::SystemSource;
use access_core::{Access, MasterKey, StartError};
use std::sync::Arc;

/// The service's state, opened.
pub struct Opened {
    /// The service.
    pub access: Access,
    /// Its database: to be closed at the end, and watched for a disk that failed.
    pub database: Database,
}

/// Opens everything behind HTTP. On the first start the administrator's password is on disk before this
/// returns; `url` is the address written beside it.
///
/// # Errors
/// A [`Failure`] that names the file that is wrong.
pub async fn open(
    settings: &Settings,
    folder: &DataFolder,
    environment: &Environment,
    url: Option<&str>,
) -> Result<Opened, Failure> {
    let random = SystemSource::default();
    let (database, master_key) = database_and_key(settings, folder, environment, &random).await?;
    let password_file = bootstrap::file(folder)?;
    let mut kept = Kept::Nothing;
    let (access, first_start) = Access::open(
        database.store(),
        Arc::new(SystemClock::default()),
        Arc::new(random),
        master_key,
        settings.access.clone(),
        |password| {
            let (password, made) = bootstrap::keep(&password_file, password, url)?;
            kept = if made { Kept::Now } else { Kept::Before };
            Ok(password)
        },
    )
    .await
    .map_err(|error| cannot_start(settings, &error))?;

    if first_start.is_none() && kept == Kept::Now && matches!(database, Database::Postgres(_)) {
        // Another replica was first, and its password is the one.
        bootstrap::take_back(&password_file)?;
    }
    if let Some(first) = first_start {
        // A warning, because a password lies there until somebody takes it away.
        tracing::warn!(
            username = first.admin_username,
            file = %password_file.display(),
            "first start: the administrator's password is in this file; keep it elsewhere and delete the file"
        );
    }
    Ok(Opened { access, database })
}

/// Whether a password was kept for the first administrator.
#[derive(PartialEq, Eq)]
enum Kept {
    Nothing,
    /// By an earlier start.
    Before,
    /// By this one.
    Now,
}

/// The database and its key. A key is made only for a database that is not there yet, or is empty.
async fn database_and_key(
    settings: &Settings,
    folder: &DataFolder,
    environment: &Environment,
    random: &SystemSource,
) -> Result<(Database, MasterKey), Failure> {
    match &settings.database {
        DatabasePlace::Sqlite(path) => {
            // Asked first: a key that another process makes now is there before its database is.
            let key = master_key::find_or_make(folder, environment, path.exists(), random)?;
            Ok((Database::open(&settings.database).await?, key))
        }
        DatabasePlace::Postgres(_) => {
            let database = Database::open(&settings.database).await?;
            let id = database.store().service_id().await.map_err(|error| {
                Failure::new(format!("cannot ask the database {}", settings.database)).caused_by(&error)
            })?;
            let key = master_key::find_or_make(folder, environment, id.is_some(), random)?;
            Ok((database, key))
        }
    }
}

fn cannot_start(settings: &Settings, error: &StartError) -> Failure {
    explain(Failure::new(format!("cannot start with the database {}", settings.database)), error)
}

/// `failure` because of `error`, with what to do about it.
pub(crate) fn explain(failure: Failure, error: &StartError) -> Failure {
    let failure = failure.caused_by(error);
    match error {
        StartError::WrongMasterKey => failure.hint(
            "use the master key this database was made with: keys/master.key of its data folder, or ACCESSD_MASTER_KEY_FILE",
        ),
        _ => failure,
    }
}
