//! `kill -9` at each step of a refresh: the configuration is whole, and the next command needs no login.

use crate::refresh_world::{Gate, Platform, config, due, field};
use crate::support::Jf;
use crate::trace::{killed_at, quiet, system_calls};
use std::sync::mpsc;

const COMMAND: [&str; 2] = ["api", "access/api/v1/x"];

/// A new family at `platform`, and a home whose token of it is due.
fn home(platform: &Platform) -> Jf {
    let old = due();
    let pair = platform.begin(&old);
    Jf::new().config(&config(&platform.url(), &old, &format!(r#""refreshToken":"{}","#, pair.refresh)))
}

/// The file is whole, the next two commands succeed, and what is kept is what the platform issued last.
#[track_caller]
fn assert_recovers(jf: &Jf, platform: &Platform, moment: &str) {
    let text = jf.config_text();
    let whole: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert_eq!(whole["servers"].as_array().unwrap().len(), 1, "{moment}: {text}");
    for _ in 0..2 {
        let run = jf.run(&COMMAND);
        assert_eq!((run.code, run.stderr.as_str()), (0, "[Info] Http Status: 200\n"), "{moment}: {run:?}");
    }
    let current = platform.current();
    let kept = (field(jf, "accessToken"), field(jf, "refreshToken"));
    assert_eq!(kept, (current.access, current.refresh), "{moment}");
    // A lock may be left after a save that was the last thing done; who comes next is not held up by it.
    let locks = || std::fs::read_dir(jf.home().join("locks/config")).unwrap().count();
    if locks() > 0 {
        let run = jf.run(&["c", "add", "two", "--url=https://h/", "--interactive=false"]).ok();
        assert!(!run.stderr.contains("Waiting") && locks() == 0, "{moment}: {run:?}");
    }
}

#[test]
fn killed_after_the_request_or_the_answer() {
    let platform = Platform::start();
    for is_answered in [false, true] {
        for _ in 0..10 {
            let jf = home(&platform);
            let (arrived, has_arrived) = mpsc::channel();
            let (go, may_go) = mpsc::channel();
            let (answered, was_answered) = mpsc::channel();
            platform.gate(Gate { arrived, go: may_go, answered });
            let mut child = quiet(jf.command(&COMMAND)).spawn().unwrap();
            has_arrived.recv().unwrap();
            if is_answered {
                go.send(()).unwrap();
                was_answered.recv().unwrap();
                child.kill().unwrap();
                child.wait().unwrap();
            } else {
                child.kill().unwrap();
                assert!(!child.wait().unwrap().success());
                go.send(()).unwrap();
                was_answered.recv().unwrap();
            }
            // The spent refresh token was answered, whether anybody read that or not.
            assert_eq!(platform.counts().0, 1);
            assert_recovers(
                &jf,
                &platform,
                if is_answered { "after the answer" } else { "before the answer" },
            );
        }
    }
}

/// Each system call of the flow is the last one once.
#[test]
fn killed_at_every_system_call() {
    let platform = Platform::start();
    let calls = system_calls(&home(&platform), &COMMAND);
    let has = |part: &str| calls.keys().any(|call| call.contains(part));
    assert!(["open", "write", "fsync", "rename", "connect", "flock"].into_iter().all(has), "{calls:?}");
    let (mut killed, mut after_the_refresh) = (0, 0);
    for (call, count) in &calls {
        for n in 1..=*count {
            let jf = home(&platform);
            let is_killed = killed_at(&jf, &COMMAND, call, n);
            killed += u32::from(is_killed);
            after_the_refresh += u32::from(is_killed && platform.counts().0 > 0);
            assert_recovers(&jf, &platform, &format!("at {call} number {n}"));
        }
    }
    println!("{killed} system calls, {after_the_refresh} of them after the server had renewed");
    // Otherwise the flow was not what was cut.
    assert!(after_the_refresh > 20 && killed > after_the_refresh + 50, "{killed}, {after_the_refresh}");
}
