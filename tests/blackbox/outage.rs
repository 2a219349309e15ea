//! A database that cannot be written: the service says 503 and "later", never yes and never "bad credentials".

use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;
use testkit::{Accessd, Answer, Postgres, python_command};

/// Somebody else who holds the database's write lock, until released.
enum Lock {
    /// A process that has locked the file.
    Sqlite(Child),
    /// A session that holds the row which every writer takes first.
    Postgres { cluster: Arc<Postgres>, name: String, session: JoinHandle<()> },
}

/// What the session does.
const HOLDS: &str = "BEGIN; UPDATE write_turn SET epoch = epoch; SELECT pg_sleep(600)";

impl Lock {
    fn on(accessd: &Accessd) -> Self {
        if let Some(database) = accessd.database() {
            let (cluster, name) = (Arc::clone(database.cluster()), database.name().to_owned());
            let (to, of) = (Arc::clone(&cluster), name.clone());
            // Ends when it is told to, which is an error to who runs it.
            let session = std::thread::spawn(move || drop(to.try_execute(&of, HOLDS)));
            let sleeps = "SELECT COUNT(*) FROM pg_stat_activity
                 WHERE datname = current_database() AND wait_event = 'PgSleep'";
            while database.execute(sleeps) == "0" {
                std::thread::sleep(Duration::from_millis(20));
            }
            return Self::Postgres { cluster, name, session };
        }
        let mut child = python_command("hold_lock.py")
            .arg(accessd.data_folder().join("accessd.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Self::Sqlite(child)
    }
}

impl Lock {
    fn release(self) {
        match self {
            Self::Sqlite(mut child) => {
                drop(child.stdin.take());
                child.wait().unwrap();
            }
            Self::Postgres { cluster, name, session } => {
                let end = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                     WHERE datname = current_database() AND wait_event = 'PgSleep'";
                cluster.execute(&name, end);
                session.join().unwrap();
            }
        }
    }
}

#[track_caller]
fn is_later(answer: Answer) {
    let answer = answer.expect(503);
    assert_eq!(answer.error_code(), "SERVICE_UNAVAILABLE");
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
}

#[test]
fn what_cannot_be_written_is_not_acknowledged() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let kept = accessd.mint(&frog.token, json!({"refreshable": true}));
    let before = accessd.tokens_of(&frog.name).len();
    let lock = Lock::on(&accessd);
    is_later(accessd.ask_token(&frog.token, json!({})));
    is_later(accessd.revoke(&frog.token, &kept.id));
    is_later(accessd.ask_refresh(&kept.token, &kept.refresh_token));
    assert!(accessd.accepts(&kept.token), "what can be read is answered, and nothing was revoked");
    lock.release();
    assert_eq!(accessd.tokens_of(&frog.name).len(), before, "nothing of it happened later");
    let next = accessd.refresh(&kept);
    assert!(accessd.accepts(&next.token), "and nothing of it was spent");
    accessd.revoke(&frog.token, &next.id).expect(200);
    accessd.mint(&frog.token, json!({}));
}
