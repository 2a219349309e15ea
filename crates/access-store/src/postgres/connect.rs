//! One session on the database: the first server that lets us in and can be used, with the session's own
//! limits set.

use super::refusal::ConnectError;
use super::settings::{PostgresSettings, SslMode};
use super::tls;
use super::url::{Host, HostPlace};
use secrecy::ExposeSecret;
use std::net::IpAddr;
use std::time::Duration;
use tokio::time::timeout;
use tokio_postgres::tls::MakeTlsConnect;
use tokio_postgres::{Client, Config, SimpleQueryMessage, SimpleQueryRow, Socket};
use tokio_postgres_rustls::MakeRustlsConnect;

/// A line on which nothing is said for so long is asked whether it still stands.
const KEEPALIVE_IDLE: Duration = Duration::from_secs(5);

/// So often the question is repeated...
const KEEPALIVE_INTERVAL: Duration = Duration::from_secs(2);

/// ...and so many times, until the line counts as cut.
const KEEPALIVE_RETRIES: u32 = 3;

/// A line on which the other side does not acknowledge what was sent for so long counts as cut.
const UNACKNOWLEDGED: Duration = Duration::from_secs(5);

/// The oldest PostgreSQL that is accepted, as `server_version_num` has it.
const OLDEST: u32 = 140_000;

/// What moves the bytes of a session: has to be polled (spawned) for the session to live, and ends with it.
pub type Connection =
    tokio_postgres::Connection<Socket, <MakeRustlsConnect as MakeTlsConnect<Socket>>::Stream>;

/// For how long the server itself lets a session do what; below a millisecond is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionLimits {
    /// One statement.
    pub statement: Duration,
    /// Waiting for one lock.
    pub lock: Duration,
    /// Nothing, inside a transaction.
    pub idle_in_transaction: Duration,
}

/// What [`Connector::by_key`] sets, all of it or nothing: a database that only calls itself PostgreSQL goes its own way.
pub(super) const BY_KEY: &str = "SELECT set_config(name, setting, false) FROM (VALUES
         ('plan_cache_mode', 'force_generic_plan'), ('enable_seqscan', 'off'), ('enable_bitmapscan', 'off'),
         ('enable_hashjoin', 'off'), ('enable_mergejoin', 'off'), ('enable_material', 'off')) AS s (name, setting)
     WHERE current_setting('enable_bitmapscan', true) IS NOT NULL";

/// Opens sessions on one database. Clones share the root certificates, which are read once.
#[derive(Clone)]
pub struct Connector {
    settings: PostgresSettings,
    limits: SessionLimits,
    by_key: bool,
    tls: MakeRustlsConnect,
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("settings", &self.settings)
            .field("limits", &self.limits)
            .field("by_key", &self.by_key)
            .finish_non_exhaustive()
    }
}

/// An address to try.
struct Try<'a> {
    host: &'a Host,
    address: Option<IpAddr>,
}

impl Connector {
    /// Connects to no one yet, but reads the root certificates, which may take a moment.
    ///
    /// # Errors
    /// [`ConnectError`] if root certificates are needed and cannot be read.
    pub fn new(settings: PostgresSettings, limits: SessionLimits) -> Result<Self, ConnectError> {
        let tls = tls::connector(settings.ssl_mode, settings.ca_file.as_deref())?;
        Ok(Self { settings, limits, by_key: false, tls })
    }

    /// For sessions that look rows up by their keys and do nothing else: each statement is planned once, and goes by
    /// indexes, however small a table looks. Left to itself, PostgreSQL plans a look-up of a few keys each time anew, which
    /// takes longer than to run it, or keeps a plan that reads a whole table because it was empty then.
    #[must_use]
    pub fn by_key(self) -> Self {
        Self { by_key: true, ..self }
    }

    /// The database it connects to.
    pub fn settings(&self) -> &PostgresSettings {
        &self.settings
    }

    /// Opens a session on the first server, in the order of the URL, that lets us in and can be used. Each
    /// address gets the time of the settings (`connect_timeout`), from the first packet to the last answer.
    ///
    /// # Errors
    /// [`ConnectError`]: that of the only server, or [`ConnectError::None`] with that of each.
    pub async fn connect(&self) -> Result<(Client, Connection), ConnectError> {
        let mut errors = Vec::new();
        for host in &self.settings.hosts {
            let tries = match self.addresses(host).await {
                Ok(tries) => tries,
                Err(error) => {
                    errors.push(error);
                    continue;
                }
            };
            for one in tries {
                let error = match self.connect_to(&one).await {
                    Ok(session) => return Ok(session),
                    Err(error) => error,
                };
                // A wrong password or certificate is wrong at the name's other addresses, too.
                let ends_here = !error.may_pass();
                errors.push(error);
                if ends_here {
                    break;
                }
            }
        }
        Err(match errors.pop() {
            Some(only) if errors.is_empty() => only,
            last => ConnectError::None(errors.into_iter().chain(last).collect()),
        })
    }

    /// Asked anew for each session: after a failover, a name may mean another machine.
    async fn addresses<'a>(&self, host: &'a Host) -> Result<Vec<Try<'a>>, ConnectError> {
        let name = match &host.place {
            HostPlace::Name(name) => name,
            HostPlace::Address(address) => return Ok(vec![Try { host, address: Some(*address) }]),
            HostPlace::Folder(_) => return Ok(vec![Try { host, address: None }]),
        };
        let limit = self.settings.connect_timeout;
        let found = timeout(limit, tokio::net::lookup_host((name.as_str(), host.port)))
            .await
            .map_err(|_| ConnectError::TimedOut { place: host.to_string(), limit })?
            .map_err(|error| ConnectError::Unreachable {
                place: host.to_string(),
                problem: error.to_string(),
            })?;
        Ok(found.map(|address| Try { host, address: Some(address.ip()) }).collect())
    }

    async fn connect_to(&self, one: &Try<'_>) -> Result<(Client, Connection), ConnectError> {
        let place = one.place();
        let limit = self.settings.connect_timeout;
        match timeout(limit, self.session(one, &place)).await {
            Ok(session) => session,
            Err(_) => Err(ConnectError::TimedOut { place, limit }),
        }
    }

    async fn session(&self, one: &Try<'_>, place: &str) -> Result<(Client, Connection), ConnectError> {
        let explain = |error: tokio_postgres::Error| {
            ConnectError::of(&error, place, &self.settings.user, &self.settings.database)
        };
        let (client, mut connection) = self.config(one).connect(self.tls.clone()).await.map_err(explain)?;
        let answer = {
            let question = first_words(&self.limits, self.by_key);
            let asking = client.simple_query(&question);
            tokio::pin!(asking);
            // Nobody else moves the bytes yet. That the line ends is told by the answer, too.
            tokio::select! {
                biased;
                answer = &mut asking => answer,
                Err(error) = &mut connection => Err(error),
            }
        };
        let answer = answer.map_err(explain)?;
        let row = answer.iter().find_map(|message| match message {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        });
        self.check(row, place)?;
        Ok((client, connection))
    }

    fn config(&self, one: &Try<'_>) -> Config {
        let settings = &self.settings;
        let mut config = Config::new();
        config
            .user(&settings.user)
            .dbname(&settings.database)
            .application_name(&settings.application_name)
            .port(one.host.port)
            .ssl_mode(match settings.ssl_mode {
                // A socket's folder is on this machine, and PostgreSQL has no TLS there.
                _ if one.address.is_none() => tokio_postgres::config::SslMode::Disable,
                SslMode::Disable => tokio_postgres::config::SslMode::Disable,
                SslMode::Prefer => tokio_postgres::config::SslMode::Prefer,
                SslMode::Require | SslMode::VerifyCa | SslMode::VerifyFull => {
                    tokio_postgres::config::SslMode::Require
                }
            })
            .keepalives_idle(KEEPALIVE_IDLE)
            .keepalives_interval(KEEPALIVE_INTERVAL)
            .keepalives_retries(KEEPALIVE_RETRIES)
            .tcp_user_timeout(UNACKNOWLEDGED);
        if let Some(password) = &settings.password {
            config.password(password.expose_secret());
        }
        match &one.host.place {
            HostPlace::Folder(folder) => config.host_path(folder),
            HostPlace::Name(name) => config.host(name),
            HostPlace::Address(address) => config.host(address.to_string()),
        };
        if let Some(address) = one.address {
            config.hostaddr(address);
        }
        config
    }

    /// Whether the server that answered [`first_words`] can be used.
    fn check(&self, row: Option<&SimpleQueryRow>, place: &str) -> Result<(), ConnectError> {
        let text = |index| row.and_then(|row| row.try_get(index).ok().flatten()).unwrap_or_default();
        let [number, version, encoding, read_only] = [text(0), text(1), text(2), text(3)];
        let place = place.to_owned();
        if !is_known(number, version) {
            return Err(ConnectError::TooOld { place, version: version.to_owned() });
        }
        if !["UTF8", "UTF-8"].contains(&encoding.to_ascii_uppercase().as_str()) {
            return Err(ConnectError::Encoding { place, encoding: encoding.to_owned() });
        }
        if read_only != "off" {
            return Err(ConnectError::ReadOnly { place });
        }
        Ok(())
    }
}

impl Try<'_> {
    /// For people: the host as it was written, and its address.
    fn place(&self) -> String {
        match (&self.host.place, self.address) {
            (HostPlace::Name(_), Some(address)) => format!("{} ({address})", self.host),
            _ => self.host.to_string(),
        }
    }
}

/// Sets the session up and asks what kind of server it is, in one round trip. The library has said the
/// encoding and the application's name already. What is acknowledged must be durable, whatever the server's default.
/// Without JIT: while a new database has no statistics, PostgreSQL thinks a look-up worth compiling, for 100 ms and more
/// each time, where running it takes 0.1.
fn first_words(limits: &SessionLimits, by_key: bool) -> String {
    let SessionLimits { statement, lock, idle_in_transaction } = limits;
    let [statement, lock, idle] = [statement, lock, idle_in_transaction].map(Duration::as_millis);
    let more = if by_key { format!("; {BY_KEY}") } else { String::new() };
    format!(
        "SET statement_timeout = {statement}; SET lock_timeout = {lock}; \
         SET idle_in_transaction_session_timeout = {idle}; \
         SET default_transaction_isolation = 'read committed'; SET standard_conforming_strings = on; \
         SET TIME ZONE 'UTC'; \
         SELECT current_setting('server_version_num'), version(), current_setting('server_encoding'), \
         current_setting('transaction_read_only'), \
         set_config('synchronous_commit', CASE WHEN current_setting('synchronous_commit') IN ('off', 'local') \
         THEN 'on' ELSE current_setting('synchronous_commit') END, false), \
         (SELECT set_config('jit', 'off', false) WHERE current_setting('jit', true) IS NOT NULL){more}"
    )
}

/// Distributed databases say an old version of PostgreSQL, the one whose language they speak.
fn is_known(number: &str, version: &str) -> bool {
    let others = ["CockroachDB", "YugabyteDB", "-YB-"];
    number.parse::<u32>().is_ok_and(|number| number >= OLDEST)
        || others.iter().any(|other| version.contains(other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn servers_from_14_on_and_distributed_ones_are_known() {
        for (number, version, known) in [
            ("150018", "PostgreSQL 15.18 (Debian 15.18-0+deb12u1) on x86_64-pc-linux-gnu", true),
            ("140000", "PostgreSQL 14.0", true),
            ("130016", "PostgreSQL 13.16", false),
            ("130000", "CockroachDB CCL v23.2.3 (x86_64-pc-linux-gnu)", true),
            ("110002", "PostgreSQL 11.2-YB-2.20.1.0-b0 on x86_64-pc-linux-gnu", true),
            ("", "", false),
        ] {
            assert_eq!(is_known(number, version), known, "{version}");
        }
    }

    #[test]
    fn limits_are_milliseconds() {
        let limits = SessionLimits {
            statement: Duration::from_millis(1500),
            lock: Duration::from_secs(1),
            idle_in_transaction: Duration::ZERO,
        };
        let words = first_words(&limits, false);
        for expected in
            ["statement_timeout = 1500;", "lock_timeout = 1000;", "idle_in_transaction_session_timeout = 0;"]
        {
            assert!(words.contains(expected), "{words}");
        }
    }
}
