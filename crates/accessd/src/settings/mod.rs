//! What an operator can choose. Each value comes from the command line, else the environment, else the
//! settings file, else its default; what is not a setting is an error.

mod database;
pub mod keys;
mod sources;
mod values;

pub use database::DatabasePlace;
pub use sources::{Origin, SettingsError};

use crate::cli::{PlaceArguments, ServeArguments};
use crate::environment::Environment;
use access_core::{AccessSettings, LONGEST_LIFETIME, SignatureAlgorithm};
use keys::Key;
use sources::{Raw, Values};
use std::path::{Path, PathBuf};

/// Everything chosen.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The data folder.
    pub data_dir: PathBuf,
    /// The database.
    pub database: DatabasePlace,
    /// The tokens.
    pub access: AccessSettings,
    /// The HTTP side.
    pub server: ServerSettings,
    /// Identity providers.
    pub oidc: OidcSettings,
    /// The log.
    pub log: LogSettings,
    /// Every value as text with its origin, for `accessd check`.
    pub effective: Vec<Effective>,
}

/// What concerns HTTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// `HOST:PORT`.
    pub listen: String,
    /// What the outside calls this service, without a slash at the end.
    pub base_url: Option<String>,
    /// Whether plain HTTP may be spoken on addresses that other machines reach.
    pub allow_plain_http: bool,
    /// Most connections at one time.
    pub max_connections: usize,
}

/// What concerns identity providers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcSettings {
    /// Hosts that may be asked, in lower case: names, or `*.` and the end of names. None: every one.
    pub allowed_hosts: Vec<String>,
    /// Whether they may have addresses that are not public.
    pub allow_private_addresses: bool,
    /// Root certificates besides the system's.
    pub ca_file: Option<PathBuf>,
}

/// What concerns the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogSettings {
    /// Form of its lines.
    pub format: LogFormat,
    /// Least important level that is written.
    pub level: String,
}

/// Form of the log's lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// For machines: one JSON object a line.
    Json,
}

/// One value in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective {
    /// Name of the setting.
    pub name: &'static str,
    /// Its value.
    pub value: String,
    /// Who set it.
    pub origin: Origin,
}

impl Settings {
    /// Gathers and checks all settings. Reads the settings file, and that of the database's password.
    ///
    /// # Errors
    /// [`SettingsError`] naming the setting and who set it.
    pub fn gather(arguments: &ServeArguments, environment: &Environment) -> Result<Self, SettingsError> {
        let place = &arguments.place;
        let (data_dir, data_dir_origin) = data_dir(place, environment)?;
        let file = SettingsFile::find(place, environment, &data_dir);
        let mut values = file.values()?;
        values.extend(sources::of_environment(environment)?);
        values.extend(of_arguments(arguments));
        let chosen = Chosen { values };

        let database = chosen.database(&data_dir, environment)?;
        let mut effective = vec![
            Effective { name: "data-dir", value: data_dir.display().to_string(), origin: data_dir_origin },
            Effective { name: "config", value: file.describe(), origin: file.origin.clone() },
        ];
        effective.extend(chosen.effective(&database));
        Ok(Self {
            access: chosen.access()?,
            server: chosen.server()?,
            oidc: chosen.oidc()?,
            log: chosen.log()?,
            data_dir,
            database,
            effective,
        })
    }
}

struct Chosen {
    values: Values,
}

impl Chosen {
    fn raw(&self, key: &Key) -> Raw {
        self.values
            .get(key.name)
            .cloned()
            .unwrap_or_else(|| Raw { text: key.default.to_owned(), origin: Origin::Default })
    }

    fn refuse(&self, key: &Key, problem: impl Into<String>) -> SettingsError {
        SettingsError::Value { name: key.name, origin: self.raw(key).origin, problem: problem.into() }
    }

    fn number(&self, key: &Key, range: std::ops::RangeInclusive<u64>) -> Result<u64, SettingsError> {
        values::number(&self.raw(key).text, range).map_err(|problem| self.refuse(key, problem))
    }

    fn flag(&self, key: &Key) -> Result<bool, SettingsError> {
        values::flag(&self.raw(key).text).map_err(|problem| self.refuse(key, problem))
    }

    fn access(&self) -> Result<AccessSettings, SettingsError> {
        let seconds = 0..=access_types::limits::LAST_EXPIRY;
        let default_expiry = self.number(&keys::DEFAULT_EXPIRY, 0..=LONGEST_LIFETIME)?;
        let max_expiry = self.number(&keys::MAX_EXPIRY, 0..=LONGEST_LIFETIME)?;
        if max_expiry != 0 && default_expiry > max_expiry {
            return Err(self.refuse(
                &keys::DEFAULT_EXPIRY,
                format!("must be at most token.max-expiry, which is {max_expiry}, but is {default_expiry}"),
            ));
        }
        Ok(AccessSettings {
            default_expiry,
            max_expiry,
            allow_refreshable: self.flag(&keys::ALLOW_REFRESHABLE)?,
            refresh_expiry: self.number(&keys::REFRESH_EXPIRY, seconds)?,
            allow_never_expiring_for_users: self.flag(&keys::ALLOW_NEVER_EXPIRING)?,
            allow_basic_token_creation: self.flag(&keys::ALLOW_BASIC_CREATION)?,
            allow_web_login: self.flag(&keys::ALLOW_WEB_LOGIN)?,
            password_min_length: usize::try_from(self.number(&keys::PASSWORD_MIN_LENGTH, 8..=64)?)
                .unwrap_or(64),
            password_max_age: self.number(&keys::PASSWORD_MAX_AGE, 0..=3650)? * 86_400,
            lockout_after: u32::try_from(self.number(&keys::LOCKOUT_AFTER, 1..=100)?).unwrap_or(100),
            lockout_longest_wait: self.number(&keys::LOCKOUT_LONGEST, 1..=86_400)?,
            allow_legacy_token_creation_by_password: self.flag(&keys::ALLOW_LEGACY_CREATION)?,
            disable_api_key_creation: self.flag(&keys::DISABLE_API_KEY_CREATION)?,
            disable_api_key_authentication: self.flag(&keys::DISABLE_API_KEY_AUTHENTICATION)?,
            signature: self.signature()?,
        })
    }

    fn signature(&self) -> Result<SignatureAlgorithm, SettingsError> {
        let bits = self.raw(&keys::KEY_SIZE);
        match (self.raw(&keys::SIGNATURE).text.as_str(), bits.text.as_str()) {
            ("RS256", "2048") => Ok(SignatureAlgorithm::Rs256With2048),
            ("RS256", "3072") => Ok(SignatureAlgorithm::Rs256With3072),
            ("RS256", "4096") => Ok(SignatureAlgorithm::Rs256With4096),
            ("RS256", _) => Err(self.refuse(&keys::KEY_SIZE, "must be 2048, 3072 or 4096")),
            ("ES256", _) if bits.origin == Origin::Default => Ok(SignatureAlgorithm::Es256),
            ("ES256", _) => Err(self.refuse(&keys::KEY_SIZE, "is for RS256 only; leave it out with ES256")),
            _ => Err(self.refuse(&keys::SIGNATURE, "must be RS256 or ES256")),
        }
    }

    fn server(&self) -> Result<ServerSettings, SettingsError> {
        let listen = self.raw(&keys::LISTEN).text;
        values::host_and_port(&listen).map_err(|problem| self.refuse(&keys::LISTEN, problem))?;
        let base_url = values::base_url(&self.raw(&keys::BASE_URL).text)
            .map_err(|problem| self.refuse(&keys::BASE_URL, problem))?;
        let max_connections = self.number(&keys::MAX_CONNECTIONS, 1..=100_000)?;
        Ok(ServerSettings {
            listen,
            base_url,
            allow_plain_http: self.flag(&keys::ALLOW_PLAIN_HTTP)?,
            max_connections: usize::try_from(max_connections).unwrap_or(usize::MAX),
        })
    }

    fn oidc(&self) -> Result<OidcSettings, SettingsError> {
        let allowed_hosts = values::hosts(&self.raw(&keys::OIDC_ALLOWED_HOSTS).text)
            .map_err(|problem| self.refuse(&keys::OIDC_ALLOWED_HOSTS, problem))?;
        Ok(OidcSettings {
            allowed_hosts,
            allow_private_addresses: self.flag(&keys::OIDC_ALLOW_PRIVATE)?,
            ca_file: self.file(&keys::OIDC_CA_FILE)?,
        })
    }

    fn log(&self) -> Result<LogSettings, SettingsError> {
        let format = match self.raw(&keys::LOG_FORMAT).text.as_str() {
            "text" => LogFormat::Text,
            "json" => LogFormat::Json,
            _ => return Err(self.refuse(&keys::LOG_FORMAT, "must be text or json")),
        };
        let level = self.raw(&keys::LOG_LEVEL).text;
        if !["error", "warn", "info", "debug", "trace"].contains(&level.as_str()) {
            return Err(self.refuse(&keys::LOG_LEVEL, "must be error, warn, info, debug or trace"));
        }
        Ok(LogSettings { format, level })
    }

    fn effective(&self, database: &DatabasePlace) -> Vec<Effective> {
        let one = |key: &&Key| {
            let raw = self.raw(key);
            let value = match key.name {
                name if name == keys::DATABASE_URL.name => database.to_string(),
                _ if raw.text.is_empty() => "(none)".to_owned(),
                _ => raw.text,
            };
            Effective { name: key.name, value, origin: raw.origin }
        };
        keys::ALL.iter().map(one).collect()
    }
}

struct SettingsFile {
    path: PathBuf,
    origin: Origin,
    is_there: bool,
}

impl SettingsFile {
    fn find(place: &PlaceArguments, environment: &Environment, data_dir: &Path) -> Self {
        let (path, origin) = match (&place.config, &environment.config) {
            (Some(path), _) => (path.clone(), Origin::Flag("--config")),
            (None, Some(path)) => (path.clone(), Origin::Environment("ACCESSD_CONFIG".to_owned())),
            (None, None) => (data_dir.join("accessd.toml"), Origin::Default),
        };
        let is_there = path.exists();
        Self { path, origin, is_there }
    }

    /// A file that was asked for has to be there.
    fn values(&self) -> Result<Values, SettingsError> {
        if !self.is_there && self.origin == Origin::Default {
            return Ok(Values::new());
        }
        let text = std::fs::read_to_string(&self.path).map_err(|error| SettingsError::Unreadable {
            file: self.path.display().to_string(),
            problem: error.to_string(),
        })?;
        sources::of_file(&self.path, &text)
    }

    fn describe(&self) -> String {
        let path = self.path.display();
        if self.is_there { path.to_string() } else { format!("{path} (not there)") }
    }
}

fn data_dir(place: &PlaceArguments, environment: &Environment) -> Result<(PathBuf, Origin), SettingsError> {
    let named = |name: &str| Origin::Environment(name.to_owned());
    if let Some(path) = &place.data_dir {
        return Ok((path.clone(), Origin::Flag("--data-dir")));
    }
    if let Some(path) = &environment.data_dir {
        return Ok((path.clone(), named("ACCESSD_DATA_DIR")));
    }
    // The XDG specification has relative paths ignored.
    if let Some(path) = environment.xdg_data_home.as_ref().filter(|path| path.is_absolute()) {
        return Ok((path.join("accessd"), named("XDG_DATA_HOME")));
    }
    match &environment.home {
        Some(home) => Ok((home.join(".local/share/accessd"), Origin::Default)),
        None => Err(SettingsError::NoDataFolder),
    }
}

fn of_arguments(arguments: &ServeArguments) -> Values {
    let mut values = Values::new();
    let mut set = |key: &Key, flag, text: &Option<String>| {
        if let Some(text) = text {
            values.insert(key.name, Raw { text: text.clone(), origin: Origin::Flag(flag) });
        }
    };
    set(&keys::LISTEN, "--listen", &arguments.listen);
    set(&keys::DATABASE_URL, "--database", &arguments.place.database);
    values
}

#[cfg(test)]
mod tests;
