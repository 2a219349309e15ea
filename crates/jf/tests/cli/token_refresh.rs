//! `jf token refresh`: of a configured server, and of what stands on standard input.

use crate::refresh_world::{HOUR, Platform, REFRESHABLE, config, field, renewed, token};
use crate::support::{Jf, Server, reply};
use crate::token_world::refused;
use serde_json::Value;

#[test]
fn a_configured_token_is_renewed_now() {
    let platform = Platform::start();
    let old = token(60, HOUR);
    platform.begin(&old);
    let jf = Jf::new().config(&config(&platform.url(), &old, r#""refreshToken":"refresh-0","#));
    let run = jf.run(&["token", "refresh"]).ok();
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr.contains("the access token of server 'one' was renewed; it expires in 60 minutes, "),
        "{run:?}"
    );
    let current = platform.current();
    assert_eq!((field(&jf, "accessToken"), field(&jf, "refreshToken")), (current.access, current.refresh));
    assert_eq!(platform.counts().0, 1);
}

#[test]
fn one_that_is_due_is_renewed_once() {
    let platform = Platform::start();
    let old = token(HOUR, 60);
    platform.begin(&old);
    let jf = Jf::new().config(&config(&platform.url(), &old, r#""refreshToken":"refresh-0","#));
    jf.run(&["token", "refresh", "--server-id=one"]).ok();
    assert_eq!(platform.counts().0, 1);
}

#[test]
fn where_there_is_nothing_to_renew_by_that_is_said() {
    let old = token(60, HOUR);
    let jf = Jf::new().config(&config("http://127.0.0.1:1", &old, ""));
    jf.run(&["token", "refresh"])
        .fails(4, &["server 'one' has no refresh token", "jf token rotate --self --server-id one"]);
    let jf = Jf::new().config(&config("http://127.0.0.1:1", &old, REFRESHABLE));
    jf.run(&["token", "refresh", "--disable-token-refresh"]).fails(4, &["switched off"]);
    jf.run(&["token", "refresh", "--format=token"]).fails(2, &["stay in the configuration"]);
    let jf = Jf::new().env("JF_URL", "http://127.0.0.1:1").env("JF_ACCESS_TOKEN", "t");
    jf.run(&["token", "refresh"]).fails(2, &["only a configured server", "--server-id"]);
}

#[test]
fn a_session_that_is_over_says_so() {
    let server = Server::start(vec![refused("404 Not Found", "NOT_FOUND", "not found.")]);
    let jf = Jf::new().config(&config(&server.url(), &token(60, HOUR), REFRESHABLE));
    let before = jf.config_text();
    jf.run(&["token", "refresh"]).fails(4, &["Refresh access token failed", "jf login --server-id one"]);
    assert_eq!(jf.config_text(), before);
}

fn from_stdin(server: &Server, stdin: &str, arguments: &[&str]) -> crate::support::Run {
    let url = server.url();
    Jf::new().stdin(stdin).run(&[&["token", "refresh", "-", "--url", &url], arguments].concat())
}

#[test]
fn what_atc_printed_is_all_that_is_needed() {
    let server = Server::start(vec![reply("200 OK", &renewed("new-access"))]);
    let pair = r#"{"token_id":"1","access_token":"canary-old","refresh_token":"canary-refresh"}"#;
    let run = from_stdin(&server, pair, &[]).ok();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&printed["access_token"], &printed["refresh_token"]),
        (&"new-access".into(), &"new-refresh".into())
    );
    let call = server.call();
    assert_eq!(call.line, "POST /access/api/v1/tokens HTTP/1.1");
    assert_eq!(call.header("authorization"), Some("Bearer canary-old"));
    let body: Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(
        (&body["grant_type"], &body["refresh_token"], &body["access_token"]),
        (&"refresh_token".into(), &"canary-refresh".into(), &"canary-old".into())
    );
}

#[test]
fn a_bare_refresh_token_needs_its_owners_token() {
    let server = Server::start(vec![reply("200 OK", &renewed("new-access"))]);
    let run = from_stdin(&server, "canary-refresh\n", &["--access-token=canary-old", "--format=token"]).ok();
    assert_eq!(run.stdout, "new-access\n");
    let server = Server::untouched();
    from_stdin(&server, "canary-refresh", &[]).fails(4, &["no credentials"]);
    for (stdin, arguments, words) in [
        ("", &["--access-token=t"][..], "no refresh token provided"),
        (r#"{"access_token":"canary"}"#, &[], "no refresh_token in what was read"),
        ("{canary", &[], "no JSON object"),
        ("x", &["--access-token-stdin"], "can read standard input"),
    ] {
        let run = from_stdin(&server, stdin, arguments).fails(2, &[words]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
    Jf::new().run(&["token", "refresh", "canary-refresh", "--url=http://h"]).fails(2, &["only - is taken"]);
}

#[test]
fn a_spent_refresh_token_is_told_and_nothing_is_written() {
    let server = Server::start(vec![refused("404 Not Found", "NOT_FOUND", "not found.")]);
    let run = from_stdin(&server, r#"{"access_token":"a","refresh_token":"r"}"#, &["--output=/dev/null/x"]);
    assert_eq!(run.code, 1, "the file is tried out first");
    let run = from_stdin(&server, r#"{"access_token":"a","refresh_token":"r"}"#, &[]);
    run.fails(4, &["not found. (NOT_FOUND)", "was spent or revoked"]);
}
