//! Where the database is: a file, or PostgreSQL.

use super::keys::{self, Key};
use super::sources::{Origin, SettingsError};
use super::{Chosen, Environment};
use crate::environment::DATABASE_PASSWORD;
use crate::secret_file;
use access_store::postgres::{PostgresOptions, PostgresSettings};
use access_types::Secret;
use secrecy::ExposeSecret;
use std::fmt;
use std::path::{Path, PathBuf};

/// Where the database is. Shown, it is the URL, without a password.
#[derive(Debug, Clone)]
pub enum DatabasePlace {
    /// A file of SQLite.
    Sqlite(PathBuf),
    /// PostgreSQL, or what speaks like it.
    Postgres(Box<PostgresSettings>),
}

impl fmt::Display for DatabasePlace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sqlite(path) => write!(f, "sqlite:{}", path.display()),
            Self::Postgres(settings) => settings.fmt(f),
        }
    }
}

/// What is for PostgreSQL alone.
const POSTGRES_ONLY: [&Key; 4] = [
    &keys::DATABASE_PASSWORD_FILE,
    &keys::DATABASE_CA_FILE,
    &keys::DATABASE_MAX_CONNECTIONS,
    &keys::DATABASE_ALLOW_INSECURE,
];

impl Chosen {
    /// A URL may hold a password, so it is not repeated.
    pub(super) fn database(
        &self,
        data_dir: &Path,
        environment: &Environment,
    ) -> Result<DatabasePlace, SettingsError> {
        let url = self.raw(&keys::DATABASE_URL).text;
        match url.split_once(':') {
            Some(("postgres" | "postgresql", _)) => self.postgres(&url, environment),
            _ if url.is_empty() => self.sqlite(data_dir.join("accessd.db"), environment),
            Some(("sqlite", path)) if !path.is_empty() && !path.starts_with("//") && path != ":memory:" => {
                self.sqlite(PathBuf::from(path), environment)
            }
            _ => {
                Err(self.refuse(&keys::DATABASE_URL, "must be sqlite:PATH or postgres://USER@HOST/DATABASE"))
            }
        }
    }

    /// Who says something of PostgreSQL means PostgreSQL: without its URL, an empty service would start.
    fn sqlite(&self, path: PathBuf, environment: &Environment) -> Result<DatabasePlace, SettingsError> {
        let for_postgres = |origin: Origin, name: &str| SettingsError::Value {
            name: keys::DATABASE_URL.name,
            origin,
            problem: format!("must be postgres://USER@HOST/DATABASE, because {name} is set"),
        };
        let url = self.raw(&keys::DATABASE_URL).origin;
        match POSTGRES_ONLY.into_iter().find(|key| self.raw(key).origin != Origin::Default) {
            Some(key) => Err(for_postgres(url, key.name)),
            None if environment.database_password.is_some() => Err(for_postgres(url, DATABASE_PASSWORD)),
            None => Ok(DatabasePlace::Sqlite(path)),
        }
    }

    fn postgres(&self, url: &str, environment: &Environment) -> Result<DatabasePlace, SettingsError> {
        let max_connections = self.number(&keys::DATABASE_MAX_CONNECTIONS, 4..=100)?;
        let options = PostgresOptions {
            password: self.database_password(environment)?,
            ca_file: self.file(&keys::DATABASE_CA_FILE)?,
            allow_insecure: self.flag(&keys::DATABASE_ALLOW_INSECURE)?,
            max_connections: usize::try_from(max_connections).unwrap_or(usize::MAX),
        };
        PostgresSettings::new(url, options)
            .map(|settings| DatabasePlace::Postgres(Box::new(settings)))
            .map_err(|error| self.refuse(&keys::DATABASE_URL, error.to_string()))
    }

    fn database_password(&self, environment: &Environment) -> Result<Option<Secret>, SettingsError> {
        let key = &keys::DATABASE_PASSWORD_FILE;
        match (&environment.database_password, self.file(key)?) {
            (Some(_), Some(_)) => {
                Err(self
                    .refuse(key, format!("must not be set beside {DATABASE_PASSWORD}; unset one of them")))
            }
            (Some(password), None) if password.expose_secret().is_empty() => Err(SettingsError::Value {
                name: DATABASE_PASSWORD,
                origin: Origin::Environment(DATABASE_PASSWORD.to_owned()),
                problem: "must not be empty".to_owned(),
            }),
            (password, None) => Ok(password.clone()),
            (None, Some(file)) => secret_file::read(&file)
                .map(Some)
                .map_err(|error| self.refuse(key, format!("must hold the password: {error}"))),
        }
    }

    /// The absolute path of a file; empty is none, but where a variable that was meant to name it got lost.
    pub(super) fn file(&self, key: &Key) -> Result<Option<PathBuf>, SettingsError> {
        let raw = self.raw(key);
        match Path::new(&raw.text) {
            path if path.is_absolute() => Ok(Some(path.to_owned())),
            _ if raw.text.is_empty() && !matches!(raw.origin, Origin::Environment(_)) => Ok(None),
            _ => Err(self.refuse(key, "must be an absolute path")),
        }
    }
}
