//! Streaming replicas, and failover to them.

use super::{Postgres, append, programs, scratch};
use crate::tcp_switch::TcpSwitch;
use std::fs;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

static NUMBER: AtomicU64 = AtomicU64::new(1);

/// What a commit waits for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replication {
    /// For the standby: none is lost with the primary, and none is acknowledged without the standby.
    Synchronous,
    /// For the primary alone: a failover may lose what was acknowledged.
    Asynchronous,
}

impl Postgres {
    /// Makes a standby of this cluster and waits until it follows. Its way to the primary is a proxy, see
    /// [`Postgres::upstream`].
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn standby(&self, replication: Replication) -> Arc<Self> {
        let name = format!("standby_{}", NUMBER.fetch_add(1, Ordering::Relaxed));
        self.execute("postgres", &format!("CREATE ROLE {name} REPLICATION LOGIN PASSWORD '{name}'"));
        let (folder, owner) = scratch();
        let link = TcpSwitch::to_port(self.port());
        let followed = format!("host=127.0.0.1 port={} user={name} password={name}", link.port());
        let standby = Self::new(folder, owner, Some(link));

        let mut copy = standby.owner.command(&programs::folder().join("pg_basebackup"));
        copy.arg("-D").arg(standby.data()).args(["--checkpoint=fast", "--no-sync", "--wal-method=stream"]);
        programs::run(copy.args(["-d", &format!("{followed} application_name={name}")]));
        // Instead of the primary's: this one, once promoted, has no standby to wait for.
        let settings = format!("primary_conninfo = '{followed} application_name={name}'\n");
        let data = standby.data();
        fs::write(data.join("postgresql.auto.conf"), settings).expect("the folder can be written");
        fs::write(data.join("standby.signal"), "").expect("the folder can be written");
        append(&data.join("postgresql.conf"), "hot_standby = on\n");
        let standby = standby.start_on_a_free_port();

        if replication == Replication::Synchronous {
            self.execute("postgres", &format!("ALTER SYSTEM SET synchronous_standby_names = '{name}'"));
            self.execute("postgres", "SELECT pg_reload_conf()");
        }
        let state = if replication == Replication::Synchronous { "sync" } else { "async" };
        let asked = format!(
            "SELECT 1 FROM pg_stat_replication \
             WHERE application_name = '{name}' AND state = 'streaming' AND sync_state = '{state}'"
        );
        standby.wait_until("the standby follows", || self.execute("postgres", &asked) == "1");
        standby
    }

    /// A standby's way to its primary: stalled or cut, what is committed there does not arrive here.
    ///
    /// # Panics
    /// If it is no standby.
    pub fn upstream(&self) -> &TcpSwitch {
        self.upstream.as_ref().expect("a standby")
    }

    /// Waits until this standby has all that the primary has committed so far.
    ///
    /// # Panics
    /// If it does not catch up within a minute.
    #[track_caller]
    pub fn wait_for_all_of(&self, primary: &Self) {
        let position = primary.execute("postgres", "SELECT pg_current_wal_flush_lsn()");
        let asked = format!("SELECT pg_last_wal_replay_lsn() >= '{position}'");
        self.wait_until("the standby catches up", || self.execute("postgres", &asked) == "t");
    }

    /// Makes a standby the primary and returns when it takes writes. Ends the other one's writing first, or there
    /// are two.
    ///
    /// # Panics
    /// If it does not get ready.
    #[track_caller]
    pub fn promote(&self) {
        assert_eq!(self.execute("postgres", "SELECT pg_promote(true, 60)"), "t", "{}", self.log());
        self.wait_until("it takes writes", || {
            self.execute("postgres", "SELECT pg_is_in_recovery()") == "f"
                && self.try_execute("postgres", "CREATE TEMPORARY TABLE it_takes_writes ()").is_ok()
        });
    }

    #[track_caller]
    fn wait_until(&self, what: &str, mut is_so: impl FnMut() -> bool) {
        for _ in 0..600 {
            if is_so() {
                return;
            }
            std::thread::sleep(Duration::from_millis(100));
        }
        panic!("not within a minute: {what}\n{}", self.log());
    }
}
