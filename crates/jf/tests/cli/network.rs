//! What happens when the way to the server, or the server, is not as it should be.

use crate::support::{CREATED, Jf, REDIRECTS, REFUSALS, Reply, Server, reply, reply_with};
use std::time::{Duration, Instant};

#[test]
fn a_retry_carries_the_same_key_and_body() {
    let server = Server::start(vec![
        reply("503 Service Unavailable", ""),
        reply_with("429 Too Many Requests", &["Retry-After: 0"], ""),
        Reply::HangUp,
        reply("200 OK", CREATED),
    ]);
    let run = Jf::new().atc(&server, &["frog"]).ok();
    assert!(run.stderr.contains("(Attempt 1) - server response: 503 Service Unavailable"), "{}", run.stderr);
    let calls = server.calls();
    for call in &calls {
        assert_eq!(call.header("idempotency-key"), calls[0].header("idempotency-key"));
        assert_eq!(call.body, calls[0].body);
    }
}

#[test]
fn three_retries_are_the_end() {
    let busy =
        || reply_with("503 Service Unavailable", &["Retry-After: 0"], r#"{"errors":[{"message":"busy"}]}"#);
    let server = Server::start(vec![busy(), busy(), busy(), busy()]);
    Jf::new().atc(&server, &[]).fails(9, &["[Error] server response: 503 Service Unavailable\n  busy\n"]);
}

#[test]
fn each_refusal_has_its_code_and_is_final() {
    for (status, code) in REFUSALS.into_iter().chain([("201 Created", 1), ("204 No Content", 1)]) {
        let server = Server::start(vec![reply(status, "")]);
        Jf::new().atc(&server, &[]).fails(code, &[&format!("server response: {status}")]);
    }
}

#[test]
fn redirects_are_not_followed() {
    for status in REDIRECTS {
        let elsewhere = Server::untouched();
        let location = format!("Location: {}/access/api/v1/tokens?x=canary", elsewhere.url());
        let server = Server::start(vec![reply_with(status, &[&location], "")]);
        let run = Jf::new().atc(&server, &[]);
        let run = run.fails(1, &["server response: 30", &elsewhere.url(), "credentials were not sent there"]);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
}

#[test]
fn an_unreachable_host_is_a_network_failure() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let run = Jf::new().run(&["atc", "--url", &format!("http://{closed}"), "--access-token", "canary"]);
    let run = run.fails(8, &["no answer to POST", "hint: "]);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn a_silent_server_does_not_hold_the_tool() {
    let server = Server::start(vec![Reply::Silence(Duration::from_secs(4))]);
    let start = Instant::now();
    Jf::new().atc(&server, &["--timeout", "1"]).fails(8, &["longer than 1 s", "--timeout"]);
    assert!(start.elapsed() < Duration::from_millis(3500), "{:?}", start.elapsed());
}

#[test]
fn an_endless_answer_is_cut_off() {
    let server = Server::start(vec![reply("200 OK", &"x".repeat(2 << 20))]);
    Jf::new().atc(&server, &[]).fails(8, &["longer than"]);
}

#[test]
fn plain_http_to_another_machine_is_warned_about_first() {
    // A proxy that refuses: nothing leaves this machine.
    let jf = Jf::new().env("HTTP_PROXY", "http://user:canary@127.0.0.1:1");
    let run = jf.run(&["atc", "--url", "http://platform.example", "--access-token", "t", "--timeout=3"]);
    let run = run.fails(8, &["[Warn] Your configured JFrog URL uses an insecure HTTP connection."]);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn messages_of_the_server_cannot_steer_the_terminal() {
    let server =
        Server::start(vec![reply("403 Forbidden", "{\"errors\":[{\"message\":\"\\u001b[2J\\u202eno\"}]}")]);
    let run = Jf::new().atc(&server, &[]).fails(5, &["\\u{1b}[2J\\u{202e}no"]);
    assert!(!run.stderr.contains('\u{1b}') && !run.stderr.contains('\u{202e}'));
}
