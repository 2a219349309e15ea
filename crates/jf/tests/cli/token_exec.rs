//! `jf token exec`: the program's surroundings, its end, and the end of its token.

use crate::support::{Jf, Reply, Run, Server, reply};
use crate::terminal::Terminal;
use crate::token_world::refused;
use rustix::process::{Pid, Signal, kill_process};
use std::process::{Command, Stdio};
use std::time::Duration;

const MADE: &str = r#"{"token_id":"id-1","access_token":"canary.made.sig","expires_in":3600,"scope":"s","token_type":"Bearer","reference_token":"canary-reference"}"#;

/// A server that makes a token and takes it back.
fn server() -> Server {
    Server::start(vec![reply("200 OK", MADE), reply("200 OK", "")])
}

fn world(server: &Server) -> Jf {
    Jf::new()
        .env("JF_URL", &server.url())
        .env("JF_ACCESS_TOKEN", "canary-own")
        .env("JF_USER", "frog")
        .env("JF_PASSWORD", "canary-password")
}

fn exec(server: &Server, flags: &[&str], command: &[&str]) -> Run {
    world(server).run(&[&["token", "exec"], flags, &["--"], command].concat())
}

#[track_caller]
fn assert_revoked(server: &Server) {
    let calls = server.calls();
    let last = calls.last().unwrap();
    assert_eq!(last.line, "DELETE /access/api/v1/tokens/me HTTP/1.1");
    assert!(last.header("authorization").unwrap().starts_with("Bearer canary"), "{last:?}");
    assert_ne!(last.header("authorization"), Some("Bearer canary-own"), "the new token revokes itself");
}

#[test]
fn the_program_has_the_token_and_the_address_and_no_other_secret() {
    let server = server();
    let run = exec(&server, &["--env", "ARTIFACTORY_TOKEN", "--env=_b2"], &["env"]).ok();
    let has = |line: &str| run.stdout.lines().any(|other| other == line);
    for name in ["JF_ACCESS_TOKEN", "ARTIFACTORY_TOKEN", "_b2"] {
        assert!(has(&format!("{name}=canary.made.sig")), "{run:?}");
    }
    assert!(has(&format!("JF_URL={}/", server.url())), "{run:?}");
    assert!(
        !run.stdout.contains("JF_USER")
            && !run.stdout.contains("canary-own")
            && !run.stdout.contains("canary-password")
    );
    assert_eq!(run.stderr, "");
    assert_revoked(&server);
    assert_eq!(
        server.calls()[0].body,
        r#"{"expires_in":3600,"username":"frog","description":"jf token exec","force_revocable":true}"#
    );
}

#[test]
fn what_the_token_may_can_be_chosen() {
    let server = server();
    let flags = [
        "--groups=readers",
        "--expiry=15m",
        "--project=web",
        "--description=d",
        "--audience=jfrt@*",
        "--reference",
    ];
    let run = exec(&server, &flags, &["sh", "-c", "echo $JF_ACCESS_TOKEN"]).ok();
    assert_eq!(run.stdout, "canary-reference\n");
    assert_revoked(&server);
    assert_eq!(
        server.calls()[0].body,
        r#"{"scope":"applied-permissions/groups:readers","expires_in":900,"audience":"jfrt@*","include_reference_token":true,"username":"frog","project_key":"web","description":"d","force_revocable":true}"#
    );
}

#[test]
fn standard_streams_and_the_exit_code_are_the_programs() {
    for code in [0, 1, 7, 255] {
        let server = server();
        let jf = world(&server).stdin("to the program");
        let script = format!("cat; echo to stderr >&2; exit {code}");
        let run = jf.run(&["token", "exec", "--", "sh", "-c", &script]);
        assert_eq!(
            (run.code, run.stdout.as_str(), run.stderr.as_str()),
            (code, "to the program", "to stderr\n")
        );
        assert_revoked(&server);
    }
}

#[test]
fn a_program_that_cannot_be_run_leaves_no_token() {
    let server_of_none = server();
    let run = exec(&server_of_none, &[], &["no-such-program"]);
    run.fails(127, &["cannot run no-such-program", "PATH"]);
    assert_revoked(&server_of_none);
    let server_of_text = server();
    let run = exec(&server_of_text, &[], &["/etc/passwd"]);
    run.fails(126, &["cannot run /etc/passwd"]);
    assert_revoked(&server_of_text);
}

#[test]
fn wrong_usage_makes_no_token() {
    for (arguments, words) in [
        (&["token", "exec"][..], "no command is given"),
        (&["token", "exec", "env"], "the command stands behind --"),
        (&["token", "exec", "--env=A=canary", "--", "env"], "--env takes the name of a variable"),
        (&["token", "exec", "--expiry=soon", "--", "env"], "--expiry"),
    ] {
        let server = Server::untouched();
        let run = world(&server).run(arguments).fails(2, &[words]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
}

#[test]
fn where_no_token_can_be_made_nothing_is_run() {
    let server = Server::start(vec![refused("403 Forbidden", "FORBIDDEN", "no")]);
    let jf = world(&server);
    jf.run(&["token", "exec", "--", "touch", "ran"]).fails(5, &["no (FORBIDDEN)"]);
    assert!(!jf.folder().join("ran").exists());
}

#[test]
fn a_token_that_cannot_be_revoked_is_named_and_the_code_stays_the_programs() {
    let broken = || refused("500 Internal Server Error", "X", "broken");
    let server = Server::start(vec![reply("200 OK", MADE), broken(), broken()]);
    let run = exec(&server, &[], &["true"]).ok();
    for words in ["[Warn] the token could not be revoked", "jf token revoke id-1"] {
        assert!(run.stderr.contains(words), "{run:?}");
    }
    assert!(!run.stderr.contains("canary"), "{run:?}");
    // It has ended by itself, which some servers say and the token itself does.
    let ended = refused("401 Unauthorized", "UNAUTHORIZED", "Invalid token, expired");
    let server = Server::start(vec![reply("200 OK", MADE), ended]);
    assert_eq!(exec(&server, &[], &["sh", "-c", "exit 3"]).stderr, "");
}

/// A token for other services cannot ask for its own end everywhere, and old platforms know no `me`: then the
/// credential that made it does.
#[test]
fn what_cannot_revoke_itself_is_revoked_by_who_made_it() {
    let no = |status, code| refused(status, code, "Invalid token, audience");
    let refused_itself =
        vec![reply("200 OK", MADE), no("401 Unauthorized", "UNAUTHORIZED"), reply("200 OK", "")];
    let not_known = vec![
        reply("200 OK", MADE),
        no("404 Not Found", "NOT_FOUND"),
        no("403 Forbidden", "FORBIDDEN"),
        // It is asked whether it lives, and does.
        no("404 Not Found", "NOT_FOUND"),
        reply("200 OK", ""),
    ];
    for replies in [refused_itself, not_known] {
        let server = Server::start(replies);
        let run = exec(&server, &[], &["true"]).ok();
        assert_eq!(run.stderr, "");
        let calls = server.calls();
        let last = calls.last().unwrap();
        assert_eq!(last.line, "DELETE /access/api/v1/tokens/id-1 HTTP/1.1");
        assert_eq!(last.header("authorization"), Some("Bearer canary-own"));
    }
    let server = Server::start(vec![
        reply("200 OK", MADE),
        no("401 Unauthorized", "UNAUTHORIZED"),
        no("403 Forbidden", "FORBIDDEN"),
    ]);
    assert!(exec(&server, &[], &["true"]).ok().stderr.contains("could not be revoked"));
}

#[test]
fn a_token_for_ever_is_not_made() {
    let run = exec(&Server::untouched(), &["--expiry=never"], &["true"]);
    run.fails(2, &["--expiry: the token must have an end"]);
}

/// Runs a script that says when it is there, and sends jf this signal.
fn signalled(server: &Server, script: &str, signal: Signal) -> (Option<i32>, Option<i32>, String) {
    let jf = world(server);
    let mut command: Command = jf.command(&["token", "exec", "--", "bash", "-c", script]);
    let child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    while !jf.folder().join("there").exists() {
        std::thread::sleep(Duration::from_millis(10));
    }
    kill_process(Pid::from_child(&child), signal).unwrap();
    let output = child.wait_with_output().unwrap();
    let ended_by = std::os::unix::process::ExitStatusExt::signal(&output.status);
    (output.status.code(), ended_by, String::from_utf8(output.stdout).unwrap())
}

const WAIT: &str = "touch there; while :; do sleep 0.05; done";

#[test]
fn signals_go_to_the_program_and_the_token_dies_with_it() {
    for (name, signal) in
        [("TERM", Signal::TERM), ("INT", Signal::INT), ("HUP", Signal::HUP), ("USR1", Signal::USR1)]
    {
        let server = server();
        let script = format!("trap 'echo got {name}; exit 9' {name}; {WAIT}");
        assert_eq!(signalled(&server, &script, signal), (Some(9), None, format!("got {name}\n")), "{name}");
        assert_revoked(&server);
    }
}

#[test]
fn a_program_that_a_signal_ends_is_passed_on_as_that() {
    let server_of_term = server();
    assert_eq!(signalled(&server_of_term, WAIT, Signal::TERM), (None, Some(15), String::new()));
    assert_revoked(&server_of_term);
    let server_of_kill = server();
    let run = exec(&server_of_kill, &[], &["sh", "-c", "kill -KILL $$"]);
    assert_eq!(run.code, 137, "{run:?}");
    assert_revoked(&server_of_kill);
}

#[test]
fn ctrl_c_reaches_the_program_once() {
    let server = server();
    let jf = world(&server);
    let script = "trap 'echo got it; sleep 0.3; exit 4' INT; echo ready; while :; do sleep 0.05; done";
    let terminal = Terminal::start(&jf, &["token", "exec", "--", "bash", "-c", script]).expect("ready");
    let session = terminal.type_in("\u{3}").end();
    assert_eq!((session.code, session.screen.matches("got it").count()), (4, 1), "{session:?}");
    assert_revoked(&server);
}

#[test]
fn a_signal_before_the_program_runs_ends_both() {
    let server =
        Server::start(vec![Reply::Late(Duration::from_millis(700), MADE.to_owned()), reply("200 OK", "")]);
    let jf = world(&server);
    let mut command = jf.command(&["token", "exec", "--", "touch", "ran"]);
    let mut child = command.stdin(Stdio::null()).spawn().unwrap();
    server.await_call();
    kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
    let status = child.wait().unwrap();
    assert_eq!(std::os::unix::process::ExitStatusExt::signal(&status), Some(15));
    assert!(!jf.folder().join("ran").exists());
    assert_revoked(&server);
}
