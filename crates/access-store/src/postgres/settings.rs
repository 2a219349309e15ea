//! Where the database is and how it is spoken to.

use super::refusal::ConnectError;
use super::tls;
use super::url::{Host, HostPlace, Parts};
use access_types::Secret;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

/// Time that one server gets to let us in, unless the URL says otherwise.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Connections of one replica, unless told otherwise.
const MAX_CONNECTIONS: usize = 10;

/// What the server's list of sessions calls us, unless the URL says otherwise.
const APPLICATION_NAME: &str = "accessd";

/// Longest name of an application, role or database: PostgreSQL cuts longer ones off.
const LONGEST_NAME: usize = 63;

/// What stands in our URLs as it is.
const ENCODED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'_').remove(b'.').remove(b'~');

/// A PostgreSQL database: its servers, who we are there, and how the way is secured. Shown, it is a URL
/// without password.
#[derive(Clone)]
pub struct PostgresSettings {
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) hosts: Vec<Host>,
    pub(super) database: String,
    pub(super) ssl_mode: SslMode,
    pub(super) connect_timeout: Duration,
    pub(super) application_name: String,
    pub(super) ca_file: Option<PathBuf>,
    /// Most connections at one time.
    pub max_connections: usize,
}

/// What is said beside the URL.
#[derive(Debug, Clone)]
pub struct PostgresOptions {
    /// The password; outranks one in the URL.
    pub password: Option<Secret>,
    /// The only root certificates that count, in PEM, instead of the system's.
    pub ca_file: Option<PathBuf>,
    /// Whether servers on other machines may be spoken to without TLS, or without knowing who they are.
    pub allow_insecure: bool,
    /// Most connections at one time.
    pub max_connections: usize,
}

impl Default for PostgresOptions {
    fn default() -> Self {
        Self { password: None, ca_file: None, allow_insecure: false, max_connections: MAX_CONNECTIONS }
    }
}

/// How the way to the server is secured; the names and meanings are libpq's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SslMode {
    /// Never TLS.
    Disable,
    /// TLS if the server has it, with any certificate.
    Prefer,
    /// TLS with any certificate.
    Require,
    /// TLS with a certificate of a trusted authority, for whatever name.
    VerifyCa,
    /// TLS with a certificate of a trusted authority for the host's name.
    VerifyFull,
}

impl SslMode {
    const ALL: [Self; 5] = [Self::Disable, Self::Prefer, Self::Require, Self::VerifyCa, Self::VerifyFull];

    fn name(self) -> &'static str {
        match self {
            Self::Disable => "disable",
            Self::Prefer => "prefer",
            Self::Require => "require",
            Self::VerifyCa => "verify-ca",
            Self::VerifyFull => "verify-full",
        }
    }
}

/// Why a URL is not acceptable. Shows no part of the URL that can be a part of its password.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PostgresSettingsError {
    /// It is not written as such a URL is.
    #[error("must be like postgres://USER@HOST/DATABASE: it {0}")]
    Form(&'static str),
    /// It does not say as whom to log in.
    #[error("must name the role to log in as: postgres://USER@HOST/DATABASE")]
    NoUser,
    /// It does not name the database.
    #[error("must name the database: postgres://USER@HOST/DATABASE")]
    NoDatabase,
    /// A name is longer than PostgreSQL keeps.
    #[error("must have no {0} longer than {LONGEST_NAME} bytes")]
    LongName(&'static str),
    /// There is no such parameter, or it is there twice.
    #[error(
        "must have no parameters but sslmode, connect_timeout, application_name and target_session_attrs, each once{0}"
    )]
    Parameter(String),
    /// A parameter has another value than it can have.
    #[error("must have a {name} that is {wanted}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What it can be.
        wanted: &'static str,
    },
    /// Another machine would be spoken to in the clear, or without knowing that it is the right one.
    #[error(
        "must not have sslmode={0}, because passwords and tokens' hashes would go to another machine that is not \
         proven to be the database: leave sslmode out and name the authority of the server's certificate with \
         database.ca-file, or set database.allow-insecure if nobody else can be on the way"
    )]
    Insecure(&'static str),
}

type Error = PostgresSettingsError;

impl PostgresSettings {
    /// The database that `url` names,
    /// `postgres://user[:password]@host[:port][,host[:port]]/database[?name=value&…]`.
    ///
    /// # Errors
    /// [`PostgresSettingsError`].
    pub fn new(url: &str, options: PostgresOptions) -> Result<Self, PostgresSettingsError> {
        let parts = Parts::of(url)?;
        let is_local = parts.hosts.iter().all(Host::is_local);
        let mut settings = Self {
            user: short(parts.user, "user")?,
            password: options.password.or(parts.password),
            hosts: parts.hosts,
            database: short(parts.database, "name of a database")?,
            ssl_mode: if is_local { SslMode::Disable } else { SslMode::VerifyFull },
            connect_timeout: CONNECT_TIMEOUT,
            application_name: APPLICATION_NAME.to_owned(),
            ca_file: options.ca_file,
            max_connections: options.max_connections,
        };
        let mut seen: Vec<&str> = Vec::new();
        for (name, value) in &parts.parameters {
            if seen.contains(&name.as_str()) {
                return Err(Error::Parameter(String::new()));
            }
            seen.push(name);
            settings.set(name, value)?;
        }
        match settings.ssl_mode {
            SslMode::VerifyFull => Ok(settings),
            _ if is_local || options.allow_insecure => Ok(settings),
            mode => Err(Error::Insecure(mode.name())),
        }
    }

    /// Reads the root certificates that servers will be known by, if there are to be any.
    ///
    /// # Errors
    /// [`ConnectError`] if they cannot be read.
    pub fn check_roots(&self) -> Result<(), ConnectError> {
        tls::connector(self.ssl_mode, self.ca_file.as_deref()).map(drop)
    }

    /// Whether there is a password, from wherever.
    pub fn has_password(&self) -> bool {
        self.password.is_some()
    }

    fn set(&mut self, name: &str, value: &str) -> Result<(), Error> {
        match name {
            "sslmode" => {
                let mode = SslMode::ALL.into_iter().find(|mode| mode.name() == value);
                self.ssl_mode = mode.ok_or(Error::Value {
                    name: "sslmode",
                    wanted: "verify-full, verify-ca, require, prefer or disable",
                })?;
            }
            "connect_timeout" => {
                let seconds = value.parse().ok().filter(|seconds| (1..=60).contains(seconds));
                let wanted = "a whole number of seconds from 1 to 60";
                let seconds = seconds.ok_or(Error::Value { name: "connect_timeout", wanted })?;
                self.connect_timeout = Duration::from_secs(seconds);
            }
            "application_name" => self.application_name = short(value.to_owned(), "application_name")?,
            // Other programs need it said; here it is never otherwise.
            "target_session_attrs" if value == "read-write" => {}
            "target_session_attrs" => {
                let wanted =
                    "read-write, because a standby lags behind: a token that was revoked would count there";
                return Err(Error::Value { name: "target_session_attrs", wanted });
            }
            "host" => {
                return Err(Error::Parameter(
                    "; a socket's folder stands in the place of the host: postgres://USER@%2Frun%2Fpostgresql/DATABASE"
                        .to_owned(),
                ));
            }
            "sslrootcert" => {
                return Err(Error::Parameter("; for sslrootcert see database.ca-file".to_owned()));
            }
            _ if name.bytes().all(|b| b.is_ascii_lowercase() || b == b'_') && name.len() <= 32 => {
                return Err(Error::Parameter(format!(", but has {name}")));
            }
            _ => return Err(Error::Parameter(String::new())),
        }
        Ok(())
    }
}

fn short(text: String, what: &'static str) -> Result<String, Error> {
    if text.len() > LONGEST_NAME { Err(Error::LongName(what)) } else { Ok(text) }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.place {
            HostPlace::Name(name) => write!(f, "{name}:{}", self.port),
            HostPlace::Address(address) => write!(f, "{}", std::net::SocketAddr::new(*address, self.port)),
            HostPlace::Folder(folder) => {
                write!(f, "{}:{}", utf8_percent_encode(&folder.to_string_lossy(), ENCODED), self.port)
            }
        }
    }
}

/// A URL that means the same, without password.
impl fmt::Display for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "postgres://{}@", utf8_percent_encode(&self.user, ENCODED))?;
        for (index, host) in self.hosts.iter().enumerate() {
            let comma = if index == 0 { "" } else { "," };
            write!(f, "{comma}{host}")?;
        }
        let database = utf8_percent_encode(&self.database, ENCODED);
        write!(f, "/{database}?sslmode={}", self.ssl_mode.name())?;
        if self.connect_timeout != CONNECT_TIMEOUT {
            write!(f, "&connect_timeout={}", self.connect_timeout.as_secs())?;
        }
        if self.application_name != APPLICATION_NAME {
            write!(f, "&application_name={}", utf8_percent_encode(&self.application_name, ENCODED))?;
        }
        Ok(())
    }
}

impl fmt::Debug for PostgresSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("PostgresSettings").field(&self.to_string()).finish()
    }
}

#[cfg(test)]
mod tests;
