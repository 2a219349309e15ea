//! Runs the real `accessd` on a scratch folder and a free port.

use crate::http::Http;
use crate::postgres::{Database, Postgres};
use crate::program;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Mutex, OnceLock, Weak};
use std::time::Duration;
use tempfile::TempDir;

const DATABASE_URL: &str = "ACCESSD_DATABASE_URL";
const MASTER_KEY: &str = "ACCESSD_MASTER_KEY";
const READY: &str = "listening on http://127.0.0.1:";
/// Polls of 10 ms until a start or a stop counts as failed: a minute, for a busy machine.
const PATIENCE: u32 = 6000;

/// Whether services that name no database run on PostgreSQL: with `ACCESSD_TEST_DATABASE=postgres` each gets a fresh
/// database of the shared cluster. A test of what only SQLite has (files of the database in the data folder) returns
/// at once then.
#[expect(clippy::disallowed_methods, reason = "how the tests are run is asked in this one place")]
pub fn is_postgres() -> bool {
    match std::env::var("ACCESSD_TEST_DATABASE") {
        Ok(which) if which == "postgres" => true,
        Ok(which) => {
            assert!(matches!(which.as_str(), "" | "sqlite"), "ACCESSD_TEST_DATABASE is sqlite or postgres");
            false
        }
        Err(_) => false,
    }
}

/// How to start a service.
#[derive(Debug, Clone, Default)]
#[must_use]
pub struct Builder {
    variables: Vec<(String, String)>,
    data_folder: Option<PathBuf>,
}

impl Builder {
    /// Sets an environment variable of the service.
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.variables.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Uses this data folder, which stays when the service is dropped, and the SQLite database in it unless another one
    /// is named.
    pub fn data_folder(self, folder: &Path) -> Self {
        Self { data_folder: Some(folder.to_owned()), ..self }
    }

    /// Uses this PostgreSQL database, with the master key that all on it share. The database has to outlive the
    /// service.
    pub fn postgres(self, database: &Database) -> Self {
        self.env(DATABASE_URL, &database.url())
            .env("ACCESSD_DATABASE_PASSWORD", database.password())
            .env(MASTER_KEY, database.master_key())
    }

    /// Starts it.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn start(mut self) -> Accessd {
        let sets = |name: &str| self.variables.iter().any(|(set, _)| set.starts_with(name));
        // Whoever names a data folder means the database in it.
        let database = (is_postgres() && !sets(DATABASE_URL) && self.data_folder.is_none())
            .then(|| Postgres::shared().database());
        if let Some(database) = &database {
            let own_key = sets(MASTER_KEY);
            let variables = std::mem::take(&mut self.variables);
            // A busy machine takes its time to let somebody in.
            let patient = database.url() + "?connect_timeout=60";
            self = self.postgres(database).env(DATABASE_URL, &patient);
            self.variables.retain(|(name, _)| name != MASTER_KEY || !own_key);
            // What the test sets itself comes last, and counts.
            self.variables.extend(variables);
        }
        let scratch = tempfile::tempdir().expect("a temporary folder");
        let mut accessd = Accessd {
            data_folder: self.data_folder.unwrap_or_else(|| scratch.path().join("data")),
            scratch,
            variables: self.variables,
            database,
            port: 0,
            child: Mutex::new(None),
            admin_token: OnceLock::new(),
        };
        accessd.port = accessd.spawn();
        accessd
    }
}

/// A running service, killed when dropped. Its folder goes with it.
#[derive(Debug)]
pub struct Accessd {
    scratch: TempDir,
    data_folder: PathBuf,
    variables: Vec<(String, String)>,
    /// The database it alone has, dropped after it.
    database: Option<Database>,
    port: u16,
    child: Mutex<Option<Child>>,
    admin_token: OnceLock<String>,
}

impl Accessd {
    /// Starts one with the default settings.
    #[track_caller]
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Chooses settings first.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Its address, without a slash at the end.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// Its port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How much memory it holds, in KiB, as Linux counts it (`VmRSS`).
    ///
    /// # Panics
    /// If it does not run, or not on Linux.
    pub fn resident_kib(&self) -> u64 {
        let child = self.child();
        let id = child.as_ref().expect("it runs").id();
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("Linux tells of its processes");
        let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).expect("VmRSS");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// The PostgreSQL database it was given because of [`is_postgres`], if it was.
    pub fn database(&self) -> Option<&Database> {
        self.database.as_ref()
    }

    /// A client for it.
    pub fn http(&self) -> Http {
        Http::on_port(self.port)
    }

    /// Its data folder.
    pub fn data_folder(&self) -> PathBuf {
        self.data_folder.clone()
    }

    /// Everything it wrote to standard output and error so far, over all starts.
    pub fn log(&self) -> String {
        fs::read_to_string(self.log_file()).unwrap_or_default()
    }

    /// An administrator's token, made once by `accessd admin-token`.
    ///
    /// # Panics
    /// If it cannot be made.
    #[track_caller]
    pub fn admin_token(&self) -> String {
        self.admin_token
            .get_or_init(|| {
                let output = self.run(&["admin-token", "--data-dir", &self.data_folder().to_string_lossy()]);
                assert!(output.status.success(), "admin-token: {}", String::from_utf8_lossy(&output.stderr));
                String::from_utf8(output.stdout).expect("a token is ASCII").trim_end().to_owned()
            })
            .clone()
    }

    /// The first administrator's password, as the first start wrote it.
    ///
    /// # Panics
    /// If the file is not there.
    pub fn first_password(&self) -> String {
        let file = self.data_folder().join("bootstrap/admin.json");
        let text = fs::read_to_string(&file).expect("the first start writes bootstrap/admin.json");
        let json: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(json["username"], "admin");
        json["password"].as_str().expect("a password").to_owned()
    }

    /// The most memory it has had resident so far, in KiB.
    ///
    /// # Panics
    /// If it does not run, or the system does not say.
    pub fn peak_memory_kib(&self) -> u64 {
        let id = self.child.lock().expect("no panic holds the lock").as_ref().expect("it runs").id();
        let status = fs::read_to_string(format!("/proc/{id}/status")).expect("Linux says");
        let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        line.trim().trim_end_matches(" kB").parse().expect("a number")
    }

    /// Runs the program with other arguments and the same environment, to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        self.command().args(arguments).output().expect("accessd can be run")
    }

    /// Kills it as a power cut would: no goodbye.
    pub fn kill(&self) {
        if let Some(mut child) = self.take_child() {
            child.kill().expect("the child can be killed");
            child.wait().expect("the child can be waited for");
        }
    }

    /// Stops its clock, as a machine does that is paused: connections stay open, nobody answers. Until
    /// [`Accessd::thaw`].
    pub fn freeze(&self) {
        self.child().iter().for_each(|child| signal(child, "STOP"));
    }

    /// Ends a [`Accessd::freeze`].
    pub fn thaw(&self) {
        self.child().iter().for_each(|child| signal(child, "CONT"));
    }

    /// Stops it politely and returns its exit code.
    ///
    /// # Panics
    /// If it does not stop.
    pub fn stop(&self) -> Option<i32> {
        let mut child = self.take_child()?;
        signal(&child, "TERM");
        for _ in 0..PATIENCE {
            if let Some(status) = child.try_wait().expect("the child can be waited for") {
                return status.code();
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("the child can be killed");
        panic!("accessd did not stop on SIGTERM:\n{}", self.log());
    }

    /// Starts it again on the same folder and port, after [`Accessd::kill`] or [`Accessd::stop`].
    #[track_caller]
    pub fn restart(&self) {
        assert_eq!(self.spawn(), self.port);
    }

    #[track_caller]
    fn spawn(&self) -> u16 {
        // Another process may hold the old port for a moment, as its end of a connection.
        for _ in 0..20 {
            if let Some(port) = self.try_spawn() {
                return port;
            }
            std::thread::sleep(Duration::from_millis(250));
        }
        panic!("accessd did not get ready:\n{}", self.log());
    }

    fn try_spawn(&self) -> Option<u16> {
        let written = self.log().len();
        let log =
            fs::OpenOptions::new().create(true).append(true).open(self.log_file()).expect("the log opens");
        let mut child = self
            .command()
            .args(["serve", "--listen", &format!("127.0.0.1:{}", self.port), "--data-dir"])
            .arg(self.data_folder())
            .stdin(Stdio::null())
            .stdout(log.try_clone().expect("the log opens twice"))
            .stderr(log)
            .spawn()
            .expect("accessd can be run");
        for _ in 0..PATIENCE {
            let log = self.log();
            if let Some((_, rest)) = log[written..].split_once(READY)
                && let Some((port, _)) = rest.split_once('\n')
            {
                *self.child.lock().expect("no panic holds the lock") = Some(child);
                return Some(port.trim_end().parse().expect("a port"));
            }
            if child.try_wait().expect("the child can be waited for").is_some() {
                assert!(log[written..].contains("in use"), "accessd ended at its start:\n{log}");
                return None;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
        child.kill().expect("the child can be killed");
        child.wait().expect("the child can be waited for");
        None
    }

    fn command(&self) -> Command {
        let mut command = Command::new(program("accessd"));
        command.env_clear().env("HOME", self.scratch.path()).current_dir(self.scratch.path());
        command.envs(self.variables.iter().map(|(name, value)| (name, value)));
        command
    }

    fn log_file(&self) -> PathBuf {
        self.scratch.path().join("accessd.log")
    }

    fn child(&self) -> std::sync::MutexGuard<'_, Option<Child>> {
        self.child.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn take_child(&self) -> Option<Child> {
        self.child().take()
    }

    /// The scratch folder that holds everything of it.
    pub fn scratch_folder(&self) -> &Path {
        self.scratch.path()
    }
}

impl Drop for Accessd {
    fn drop(&mut self) {
        if let Some(mut child) = self.take_child() {
            // Its folder goes away in a moment, so there is nothing to be polite for.
            let _ = child.kill();
            let _ = child.wait();
        }
    }
}

fn signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().is_ok_and(|status| status.success()));
}

/// A service that tests running at the same time share. It ends with the last of them.
#[derive(Debug)]
pub struct Shared {
    settings: &'static [(&'static str, &'static str)],
    service: Mutex<Weak<Accessd>>,
}

impl Shared {
    /// One with these environment variables, not started yet.
    pub const fn new(settings: &'static [(&'static str, &'static str)]) -> Self {
        Self { settings, service: Mutex::new(Weak::new()) }
    }

    /// The running service, started now if nobody uses it.
    #[track_caller]
    pub fn service(&self) -> Arc<Accessd> {
        let mut service = self.service.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        service.upgrade().unwrap_or_else(|| {
            let builder =
                self.settings.iter().fold(Accessd::builder(), |b, (name, value)| b.env(name, value));
            let started = Arc::new(builder.start());
            *service = Arc::downgrade(&started);
            started
        })
    }
}
