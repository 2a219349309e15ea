//! A database of a test's own.

use super::{Postgres, SHARED, programs};
use std::hash::{BuildHasher as _, RandomState};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, PoisonError};

static NUMBER: AtomicU64 = AtomicU64::new(1);

/// An empty database with a user of the same name who owns it, and a master key for all accessd on it. It is dropped
/// with this value; its cluster lives as long.
#[derive(Debug)]
pub struct Database {
    cluster: Arc<Postgres>,
    name: String,
    password: String,
    master_key: String,
}

impl Postgres {
    /// Makes an empty database.
    ///
    /// # Panics
    /// If it cannot be made.
    #[track_caller]
    pub fn database(self: &Arc<Self>) -> Database {
        let name = format!("accessd_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        let (password, master_key) = (digits(2), digits(4));
        self.execute("postgres", &format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"));
        let database = format!("CREATE DATABASE {name} OWNER {name} TEMPLATE template0 ENCODING 'UTF8'");
        self.execute("postgres", &database);
        Database { cluster: Arc::clone(self), name, password, master_key }
    }
}

impl Database {
    /// Its address, without the password.
    pub fn url(&self) -> String {
        self.url_through(self.cluster.port())
    }

    /// Its address by another port of 127.0.0.1: that of a [`crate::TcpSwitch`], or of a standby.
    pub fn url_through(&self, port: u16) -> String {
        format!("postgres://{}@127.0.0.1:{port}/{}", self.name, self.name)
    }

    /// Its address, with the password.
    pub fn url_with_password(&self) -> String {
        self.url().replacen('@', &format!(":{}@", self.password), 1)
    }

    /// Name of the database and of the user who owns it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The user's password.
    pub fn password(&self) -> &str {
        &self.password
    }

    /// The master key that all accessd on this database share.
    pub fn master_key(&self) -> &str {
        &self.master_key
    }

    /// The cluster it is in.
    pub fn cluster(&self) -> &Arc<Postgres> {
        &self.cluster
    }

    /// Everything in it as SQL text, bytes in hexadecimal digits.
    ///
    /// # Panics
    /// If pg_dump fails.
    #[track_caller]
    pub fn dump(&self) -> String {
        let mut command = Command::new(programs::folder().join("pg_dump"));
        command.env_clear().stdin(Stdio::null()).arg("-h").arg(self.cluster.socket_folder());
        command.args(["-U", "postgres", "-p", &self.cluster.port().to_string(), &self.name]);
        let output = command.output().expect("pg_dump can be run");
        assert!(output.status.success(), "pg_dump: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Runs SQL in it as the superuser; see [`Postgres::execute`].
    ///
    /// # Panics
    /// If it fails.
    #[track_caller]
    pub fn execute(&self, sql: &str) -> String {
        self.cluster.execute(&self.name, sql)
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        // A cluster of a test's own ends in a moment, and may be in no state to drop anything.
        let shared = SHARED.lock().unwrap_or_else(PoisonError::into_inner).as_ptr();
        if Arc::as_ptr(&self.cluster) == shared {
            let name = &self.name;
            let _ = self.cluster.try_execute("postgres", &format!("DROP DATABASE {name} WITH (FORCE)"));
            let _ = self.cluster.try_execute("postgres", &format!("DROP ROLE {name}"));
        }
    }
}

/// So many times sixteen hexadecimal digits that nobody guesses.
fn digits(words: usize) -> String {
    (0..words).map(|word| format!("{:016x}", RandomState::new().hash_one(word))).collect()
}
