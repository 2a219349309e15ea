//! Why there is no session, in words that say what to look at.

use std::error::Error as _;
use std::io;
use std::path::PathBuf;
use std::time::Duration;
use tokio_postgres::error::{DbError, SqlState};

/// Why there is no session on the database. `place` is the server that was tried.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
    /// None of several servers lets us in.
    #[error("no server of the database lets us in: {}", each(.0))]
    None(Vec<ConnectError>),
    /// The name of the host has no address, or nothing listens there, or the line was cut.
    #[error(
        "{place} cannot be reached ({problem}): check its name and port, that PostgreSQL runs, and firewalls"
    )]
    Unreachable {
        /// The server.
        place: String,
        /// What the system says.
        problem: String,
    },
    /// It did not answer in time.
    #[error("{place} did not let us in within {} s: check the network and the server's load", .limit.as_secs())]
    TimedOut {
        /// The server.
        place: String,
        /// The time it had.
        limit: Duration,
    },
    /// It is full, starts, ends or recovers.
    #[error("{place} takes no more sessions now ({message}): wait, or raise its max_connections")]
    Busy {
        /// The server.
        place: String,
        /// The server's words.
        message: String,
    },
    /// It accepts no writes: a standby, or a primary that is closed to them.
    #[error(
        "{place} is read-only: name the primary, or every server of the cluster; a standby has to be promoted"
    )]
    ReadOnly {
        /// The server.
        place: String,
    },
    /// It does not speak TLS.
    #[error(
        "{place} does not speak TLS: switch it on in postgresql.conf (ssl = on), or see docs/postgresql.md for links \
         that need none"
    )]
    NoTls {
        /// The server.
        place: String,
    },
    /// Its certificate is not to be trusted.
    #[error(
        "{place} is not proven to be the database ({problem}): its certificate must be for the name in the URL, and \
         of an authority in database.ca-file or of the system's"
    )]
    Untrusted {
        /// The server.
        place: String,
        /// What is wrong with the certificate.
        problem: String,
    },
    /// TLS failed otherwise.
    #[error("{place} and accessd cannot agree on TLS ({problem}): TLS 1.2 or 1.3 is needed")]
    Tls {
        /// The server.
        place: String,
        /// What went wrong.
        problem: String,
    },
    /// It asks for a password, and there is none.
    #[error(
        "{place} asks for the password of {user}: set database.password-file or ACCESSD_DATABASE_PASSWORD"
    )]
    NoPassword {
        /// The server.
        place: String,
        /// Who we are there.
        user: String,
    },
    /// It does not let this role in, or not with this password, or not from here.
    #[error("{place} does not let {user} in ({message}): check role, password and pg_hba.conf")]
    Refused {
        /// The server.
        place: String,
        /// Who we are there.
        user: String,
        /// The server's words.
        message: String,
    },
    /// There is no such database.
    #[error(
        "{place} has no database {database}: make it (createdb --encoding=UTF8 {database}), or correct the URL"
    )]
    NoDatabase {
        /// The server.
        place: String,
        /// Its name.
        database: String,
    },
    /// It is older than what we know to work.
    #[error("{place} is PostgreSQL {version}: 14 or newer is needed")]
    TooOld {
        /// The server.
        place: String,
        /// Its version.
        version: String,
    },
    /// The database cannot hold every name.
    #[error(
        "the database on {place} is in {encoding}: UTF8 is needed; make it with --encoding=UTF8 --template=template0"
    )]
    Encoding {
        /// The server.
        place: String,
        /// Its encoding.
        encoding: String,
    },
    /// Something else.
    #[error("{place} cannot be used: {problem}")]
    Other {
        /// The server.
        place: String,
        /// What went wrong.
        problem: String,
    },
    /// The root certificates of the settings are not to be had.
    #[error("the root certificates of database.ca-file cannot be read from {}: {problem}", .file.display())]
    CaFile {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// The system has no root certificates.
    #[error("this system has no root certificates: install them (ca-certificates), or set database.ca-file")]
    NoRoots,
    /// TLS cannot be set up.
    #[error("TLS cannot be set up: {0}")]
    TlsSetup(String),
}

impl ConnectError {
    /// Whether it may pass without anybody changing anything: a server that starts, fails over or is full.
    pub fn may_pass(&self) -> bool {
        match self {
            Self::None(each) => each.iter().any(Self::may_pass),
            Self::Unreachable { .. } | Self::TimedOut { .. } | Self::Busy { .. } | Self::ReadOnly { .. } => {
                true
            }
            _ => false,
        }
    }

    /// What `error`, met while connecting as `user` to `database` on `place`, means.
    pub(super) fn of(error: &tokio_postgres::Error, place: &str, user: &str, database: &str) -> Self {
        let place = place.to_owned();
        if let Some(error) = error.as_db_error() {
            return Self::of_server(error, place, user, database);
        }
        let cause = error.source();
        let io_error = cause.and_then(|cause| cause.downcast_ref::<io::Error>());
        let tls_error = io_error.and_then(io::Error::get_ref).and_then(|inner| inner.downcast_ref());
        match (tls_error, io_error) {
            (Some(rustls::Error::InvalidCertificate(problem)), _) => {
                Self::Untrusted { place, problem: problem.to_string() }
            }
            (Some(error), _) => Self::Tls { place, problem: error.to_string() },
            (None, Some(error)) => Self::Unreachable { place, problem: error.to_string() },
            (None, None) if error.is_closed() => {
                Self::Unreachable { place, problem: "the server closed the connection".to_owned() }
            }
            // The library has no kinds for these two; tests notice if it changes its words.
            (None, None) => match cause.map(ToString::to_string).as_deref() {
                Some("server does not support TLS") => Self::NoTls { place },
                Some("password missing") => Self::NoPassword { place, user: user.to_owned() },
                Some(cause) => Self::Other { place, problem: format!("{error}: {cause}") },
                None => Self::Other { place, problem: error.to_string() },
            },
        }
    }

    fn of_server(error: &DbError, place: String, user: &str, database: &str) -> Self {
        let message = error.message().to_owned();
        let code = error.code();
        let class = code.code().get(..2).unwrap_or_default();
        match code {
            _ if *code == SqlState::INVALID_CATALOG_NAME => {
                Self::NoDatabase { place, database: database.to_owned() }
            }
            _ if class == "28" || *code == SqlState::INSUFFICIENT_PRIVILEGE => {
                Self::Refused { place, user: user.to_owned(), message }
            }
            // Connection trouble of a pooler, lack of resources, an operator's or the system's intervention.
            _ if ["08", "53", "57", "58"].contains(&class) => Self::Busy { place, message },
            _ => Self::Other { place, problem: format!("{message} (SQLSTATE {})", code.code()) },
        }
    }
}

fn each(errors: &[ConnectError]) -> String {
    errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
}
