//! Runs a real PostgreSQL: a cluster of its own in a temporary folder, as ordinary processes, ended when dropped.
//!
//! Most tests share one cluster ([`Postgres::shared`]) and have a database each ([`Postgres::database`]). Those that
//! kill, freeze or replicate start their own. The superuser comes in by the socket in the cluster's folder, which
//! nobody else can enter; over TCP there are passwords only (SCRAM).

mod database;
mod processes;
mod programs;
mod standby;
mod template;
mod tls;

pub use database::Database;
pub use standby::Replication;

use crate::tcp_switch::TcpSwitch;
use programs::Owner;
use std::fs::{self, OpenOptions};
use std::hash::{BuildHasher as _, RandomState};
use std::io::Write as _;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::Duration;
use tempfile::TempDir;

/// Polls of 10 ms until a start or a stop counts as failed: a minute, for a busy machine.
const PATIENCE: u32 = 6000;

static SHARED: Mutex<Weak<Postgres>> = Mutex::new(Weak::new());

/// How to start a cluster.
#[derive(Debug, Clone)]
#[must_use]
pub struct PostgresBuilder {
    durable: bool,
    max_connections: u16,
    tls_names: &'static [&'static str],
    settings: Vec<String>,
}

impl PostgresBuilder {
    /// Writes to disk before it acknowledges, as in production. Without it a killed *process* loses nothing, either:
    /// only a power cut would.
    pub fn durable(self) -> Self {
        Self { durable: true, ..self }
    }

    /// Lets so many connections in, those of the superuser included.
    pub fn max_connections(self, max_connections: u16) -> Self {
        Self { max_connections, ..self }
    }

    /// Demands TLS over TCP, with a certificate for `localhost` and `127.0.0.1` that [`Postgres::ca_file`] vouches for.
    pub fn tls(self) -> Self {
        self.tls_for(&["localhost", "127.0.0.1"])
    }

    /// As [`PostgresBuilder::tls`], with a certificate for these names only.
    pub fn tls_for(self, names: &'static [&'static str]) -> Self {
        Self { tls_names: names, ..self }
    }

    /// Adds a line to `postgresql.conf`, e.g. `statement_timeout = '5s'`.
    pub fn setting(mut self, line: &str) -> Self {
        self.settings.push(line.to_owned());
        self
    }

    /// Starts it.
    ///
    /// # Panics
    /// If PostgreSQL is not installed or does not get ready.
    #[track_caller]
    pub fn start(self) -> Arc<Postgres> {
        let (folder, owner) = scratch();
        template::copy_to(&folder.path().join("data"), &owner);
        let postgres = Postgres::new(folder, owner, None);
        let durable = if self.durable { "on" } else { "off" };
        let mut text = format!(
            "\nlisten_addresses = '127.0.0.1'\nmax_connections = {}\nfsync = {durable}\n\
             full_page_writes = {durable}\npassword_encryption = 'scram-sha-256'\nshared_buffers = '32MB'\n\
             dynamic_shared_memory_type = mmap\nwal_level = replica\nwal_keep_size = '256MB'\n\
             wal_retrieve_retry_interval = '200ms'\n",
            self.max_connections
        );
        let tls = !self.tls_names.is_empty();
        if tls {
            tls::make_certificate(&postgres.data(), &postgres.owner, self.tls_names);
            text += "ssl = on\n";
        }
        for line in &self.settings {
            text += line;
            text.push('\n');
        }
        append(&postgres.data().join("postgresql.conf"), &text);
        let host = if tls { "hostssl" } else { "host" };
        let access = format!(
            "local all,replication all trust\n{host} all,replication all 127.0.0.1/32 scram-sha-256\n\
             {host} all all ::1/128 scram-sha-256\n"
        );
        fs::write(postgres.data().join("pg_hba.conf"), access).expect("the folder can be written");
        postgres.start_on_a_free_port()
    }
}

/// A cluster. Its processes and its folder are gone when it is dropped, and when the test process is killed.
#[derive(Debug)]
pub struct Postgres {
    port: u16,
    owner: Owner,
    process: Mutex<Option<Child>>,
    /// A standby's way to its primary.
    upstream: Option<TcpSwitch>,
    watchdog: Child,
    folder: TempDir,
}

impl Postgres {
    /// Whether PostgreSQL is on this machine.
    pub fn is_installed() -> bool {
        programs::find().is_some()
    }

    /// Chooses settings first.
    pub fn builder() -> PostgresBuilder {
        PostgresBuilder { durable: false, max_connections: 100, tls_names: &[], settings: Vec::new() }
    }

    /// The cluster that tests running at the same time share: started now if nobody uses it, ended with its last user.
    #[track_caller]
    pub fn shared() -> Arc<Self> {
        let mut shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner);
        shared.upgrade().unwrap_or_else(|| {
            let started = Self::builder().max_connections(400).start();
            *shared = Arc::downgrade(&started);
            started
        })
    }

    fn new(folder: TempDir, owner: Owner, upstream: Option<TcpSwitch>) -> Self {
        let watchdog = processes::watch_over(folder.path());
        Self { port: 0, owner, process: Mutex::new(None), upstream, watchdog, folder }
    }

    /// Its TCP port on 127.0.0.1; the same after a restart.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The folder of its Unix socket, by which everybody is let in who can enter the folder: who runs the tests.
    pub fn socket_folder(&self) -> &Path {
        self.folder.path()
    }

    /// The certificate in PEM that vouches for the server's, if it was started with [`PostgresBuilder::tls`].
    pub fn ca_file(&self) -> PathBuf {
        self.data().join(tls::CA)
    }

    /// Everything it logged so far.
    pub fn log(&self) -> String {
        fs::read(self.log_file()).map(|log| String::from_utf8_lossy(&log).into_owned()).unwrap_or_default()
    }

    /// Runs SQL as the superuser in a database (`postgres` always exists) and returns the rows: columns divided by
    /// `|`, a line each.
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn execute(&self, database: &str, sql: &str) -> String {
        self.try_execute(database, sql).unwrap_or_else(|error| panic!("{sql}: {error}"))
    }

    /// As [`Postgres::execute`], for a cluster that may be dead or a statement that may be refused.
    ///
    /// # Errors
    /// What psql says.
    pub fn try_execute(&self, database: &str, sql: &str) -> Result<String, String> {
        let mut command = Command::new(programs::folder().join("psql"));
        command.env_clear().env("PGCONNECT_TIMEOUT", "20").stdin(Stdio::null());
        command.args(["-X", "-q", "-A", "-t", "-v", "ON_ERROR_STOP=1", "-U", "postgres", "-d", database]);
        command.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string(), "-c", sql]);
        let output = command.output().expect("psql can be run");
        if output.status.success() {
            Ok(String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
        } else {
            Err(String::from_utf8_lossy(&output.stderr).trim_end().to_owned())
        }
    }

    /// Kills all of its processes at once, as a power cut does: no goodbye to anybody.
    pub fn kill(&self) {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(mut child) = process.take() {
            processes::kill_all(&mut child);
        }
    }

    /// Stops it politely: transactions under way are rolled back, clients are told.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop_fast(&self) {
        self.stop(rustix::process::Signal::INT);
    }

    /// Stops it without a checkpoint: the next start recovers as after a crash. Clients are told.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop_immediate(&self) {
        self.stop(rustix::process::Signal::QUIT);
    }

    fn stop(&self, signal: rustix::process::Signal) {
        let Some(mut child) = self.process.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return;
        };
        processes::signal(&child, signal);
        for _ in 0..PATIENCE {
            if child.try_wait().expect("the child can be waited for").is_some() {
                return;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        processes::kill_all(&mut child);
        panic!("PostgreSQL did not stop:\n{}", self.log());
    }

    /// Starts it again on the same folder and port, after it was killed or stopped, and waits until it is ready.
    ///
    /// # Panics
    /// If it does not get ready, or still runs.
    #[track_caller]
    pub fn restart(&self) {
        for _ in 0..20 {
            if self.try_spawn(self.port) {
                return;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        panic!("PostgreSQL did not get ready:\n{}", self.log());
    }

    /// Stops the clock of all of its processes: connections stay open, nobody answers. Until [`Postgres::thaw`].
    pub fn freeze(&self) {
        if let Some(child) = &*self.process.lock().unwrap_or_else(PoisonError::into_inner) {
            processes::freeze(child);
        }
    }

    /// Ends a [`Postgres::freeze`].
    pub fn thaw(&self) {
        if let Some(child) = &*self.process.lock().unwrap_or_else(PoisonError::into_inner) {
            processes::thaw(child);
        }
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    fn log_file(&self) -> PathBuf {
        self.folder.path().join("postgres.log")
    }

    #[track_caller]
    fn start_on_a_free_port(mut self) -> Arc<Self> {
        for _ in 0..50 {
            // Somebody else may take it in between; then the next one.
            let port = free_port();
            if self.try_spawn(port) {
                self.port = port;
                return Arc::new(self);
            }
        }
        panic!("PostgreSQL did not get ready:\n{}", self.log());
    }

    /// Whether it got ready; not so if somebody else has the port.
    #[track_caller]
    fn try_spawn(&self, port: u16) -> bool {
        let mut process = self.process.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(process.is_none(), "PostgreSQL still runs");
        let written = self.log().len();
        let log = OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the log opens");
        let mut command = self.owner.command(&programs::folder().join("postgres"));
        command.arg("-D").arg(self.data()).arg("-k").arg(self.folder.path()).args(["-p", &port.to_string()]);
        command.stdin(Stdio::null()).stdout(log.try_clone().expect("the log opens twice")).stderr(log);
        let mut child = command.spawn().expect("PostgreSQL can be run");
        for _ in 0..PATIENCE {
            if self.is_ready(child.id()) {
                *process = Some(child);
                return true;
            }
            if child.try_wait().expect("the child can be waited for").is_some() {
                let log = self.log();
                assert!(log[written..].contains("could not bind"), "PostgreSQL ended at its start:\n{log}");
                return false;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        processes::kill_all(&mut child);
        false
    }

    /// What `pg_ctl` looks at: the state in the eighth line of the process file.
    fn is_ready(&self, id: u32) -> bool {
        let text = fs::read_to_string(self.data().join("postmaster.pid")).unwrap_or_default();
        let lines: Vec<&str> = text.lines().map(str::trim).collect();
        lines.first().is_some_and(|first| *first == id.to_string())
            && lines.get(7).is_some_and(|state| matches!(*state, "ready" | "standby"))
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let id = processes::shared_memory(&self.data());
        self.kill();
        processes::remove_shared_memory(id);
        processes::dismiss(&mut self.watchdog, self.folder.path());
    }
}

/// A folder that the server's processes may enter.
fn scratch() -> (TempDir, Owner) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let owner = Owner::find();
    owner.owns(folder.path());
    (folder, owner)
}

fn append(file: &Path, text: &str) {
    let mut file = OpenOptions::new().append(true).open(file).expect("the file is there");
    file.write_all(text.as_bytes()).expect("the file can be written");
}

/// A port that no outgoing connection gets by chance, so that it is still free after a while without the server.
fn free_port() -> u16 {
    loop {
        let chance = RandomState::new().hash_one(0_u8) % 16_000;
        let port = 16_000 + u16::try_from(chance).expect("less than 16000");
        if TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
}
