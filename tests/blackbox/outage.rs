//! A database that cannot be written: the service says 503 and "later", never yes and never "bad credentials".

use serde_json::json;
use std::io::{BufRead as _, BufReader};
use std::process::{Child, Stdio};
use testkit::{Accessd, Answer, python_command};

/// Somebody else who holds the database's write lock, until dropped.
struct Lock(Child);

impl Lock {
    fn on(accessd: &Accessd) -> Self {
        let mut child = python_command("hold_lock.py")
            .arg(accessd.data_folder().join("accessd.db"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        assert_eq!(line, "held\n");
        Self(child)
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        drop(self.0.stdin.take());
        let _ = self.0.wait();
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
    drop(lock);
    assert_eq!(accessd.tokens_of(&frog.name).len(), before, "nothing of it happened later");
    let next = accessd.refresh(&kept);
    assert!(accessd.accepts(&next.token), "and nothing of it was spent");
    accessd.revoke(&frog.token, &next.id).expect(200);
    accessd.mint(&frog.token, json!({}));
}
