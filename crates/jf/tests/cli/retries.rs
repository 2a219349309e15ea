//! What is asked again, how often, and when: always the same request under the same key.

use crate::support::{CREATED, Jf, REFUSALS, Reply, Server, reply, reply_with};
use std::collections::BTreeSet;
use std::time::{Duration, Instant};

const BUSY: [&str; 4] =
    ["429 Too Many Requests", "502 Bad Gateway", "503 Service Unavailable", "504 Gateway Timeout"];

/// All calls are one request: the same key, the same body, the same of everything.
#[track_caller]
fn assert_one_request(server: &Server) {
    let calls: BTreeSet<String> = server.calls().iter().map(|call| format!("{call:?}")).collect();
    assert_eq!(calls.len(), 1, "{calls:#?}");
    let key = server.calls()[0].header("idempotency-key").map(str::to_owned).unwrap();
    assert_eq!(key.len(), 36, "{key}");
}

#[test]
fn a_busy_server_is_asked_four_times_and_no_more() {
    for status in BUSY {
        let server = Server::start((0..4).map(|_| reply_with(status, &["Retry-After: 0"], "")).collect());
        let run =
            Jf::new().atc(&server, &[]).fails(9, &["(Attempt 3)", &format!("server response: {status}")]);
        assert!(!run.stderr.contains("(Attempt 4)"), "{}", run.stderr);
        assert_one_request(&server);
    }
}

#[test]
fn a_dropped_connection_is_made_again() {
    let server = Server::start(vec![Reply::HangUp, Reply::HangUp, Reply::HangUp, reply("200 OK", CREATED)]);
    Jf::new().atc(&server, &[]).ok();
    assert_one_request(&server);
    let server = Server::start((0..4).map(|_| Reply::HangUp).collect());
    Jf::new().atc(&server, &[]).fails(8, &["(Attempt 3)", "no answer to POST"]);
    assert_one_request(&server);
}

#[test]
fn every_busy_answer_may_be_the_last_of_them() {
    for status in BUSY {
        let server = Server::start(vec![
            reply_with(status, &["Retry-After: 0"], "{}"),
            Reply::HangUp,
            reply("200 OK", CREATED),
        ]);
        Jf::new().atc(&server, &[]).ok();
        assert_one_request(&server);
    }
}

#[test]
fn what_another_try_does_not_change_is_asked_once() {
    for (status, code) in REFUSALS.into_iter().chain([("501 Not Implemented", 9)]) {
        // Not even if the server asks for it.
        let server = Server::start(vec![reply_with(status, &["Retry-After: 0"], "")]);
        let run = Jf::new().atc(&server, &[]).fails(code, &[&format!("server response: {status}")]);
        assert!(!run.stderr.contains("Attempt"), "{}", run.stderr);
    }
}

#[test]
fn the_wait_that_the_server_names_is_kept() {
    let server = Server::start(vec![
        reply_with("503 Service Unavailable", &["Retry-After: 2"], ""),
        reply("200 OK", CREATED),
    ]);
    let start = Instant::now();
    let run = Jf::new().atc(&server, &[]).ok();
    assert!(run.stderr.contains("trying again in 2000 ms"), "{}", run.stderr);
    // At least, never at most: a busy machine may take longer.
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    assert_one_request(&server);
}

#[test]
fn a_wait_longer_than_the_time_left_is_not_begun() {
    let server = Server::start(vec![reply_with("429 Too Many Requests", &["Retry-After: 9"], "")]);
    Jf::new().atc(&server, &["--timeout=3"]).fails(9, &["server response: 429"]);
}

#[test]
fn two_runs_have_two_keys() {
    let server = Server::start(vec![reply("200 OK", CREATED), reply("200 OK", CREATED)]);
    let jf = Jf::new();
    jf.atc(&server, &[]).ok();
    jf.atc(&server, &[]).ok();
    let calls = server.calls();
    assert_ne!(calls[0].header("idempotency-key"), calls[1].header("idempotency-key"));
}
