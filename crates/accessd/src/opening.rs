//! Opening the service's state, as every command does: data folder, master key, database, keys.

use crate::bootstrap;
use crate::data_folder::DataFolder;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::master_key;
use crate::settings::{DatabasePlace, Settings};
use access_core::clock::SystemClock;
use access_core::random::SystemSource;
use access_core::{Access, StartError};
use access_store::SqliteStore;
use std::sync::Arc;

/// The service's state, opened.
pub struct Opened {
    /// The service.
    pub access: Access,
    /// Its database: to be closed at the end, and watched for a disk that failed.
    pub store: Arc<SqliteStore>,
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
    let DatabasePlace::Sqlite(database) = &settings.database else {
        return Err(Failure::new(format!("cannot open the database {}", settings.database))
            .hint("this build opens sqlite:PATH only"));
    };
    // Asked first: a key that another process makes now is there before its database is.
    let database_exists = database.exists();
    let master_key = master_key::find_or_make(folder, environment, database_exists, &random)?;

    let shown = database.display();
    let store = SqliteStore::open(database)
        .map(Arc::new)
        .map_err(|error| Failure::new(format!("cannot open the database {shown}")).caused_by(&error))?;
    let password_file = bootstrap::file(folder)?;
    let (access, first_start) = Access::open(
        store.clone(),
        Arc::new(SystemClock::default()),
        Arc::new(random),
        master_key,
        settings.access.clone(),
        |password| bootstrap::keep(&password_file, password, url),
    )
    .await
    .map_err(|error| cannot_start(settings, &error))?;

    if let Some(first) = first_start {
        // A warning, because a password lies there until somebody takes it away.
        tracing::warn!(
            username = first.admin_username,
            file = %password_file.display(),
            "first start: the administrator's password is in this file; keep it elsewhere and delete the file"
        );
    }
    Ok(Opened { access, store })
}

fn cannot_start(settings: &Settings, error: &StartError) -> Failure {
    let failure =
        Failure::new(format!("cannot start with the database {}", settings.database)).caused_by(error);
    match error {
        StartError::WrongMasterKey => failure.hint(
            "use the master key this database was made with: keys/master.key of its data folder, or ACCESSD_MASTER_KEY_FILE",
        ),
        _ => failure,
    }
}
