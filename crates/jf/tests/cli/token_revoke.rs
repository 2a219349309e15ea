//! `jf token revoke` of one: by its id, by its text, or as the one that asks.

use crate::refresh_world::{config, jwt};
use crate::support::{Jf, Reply, Run, Server, reply};
use crate::token_world::{json_reply, lines, now, refused};
use serde_json::{Value, json};

pub(crate) fn revoke(server: &Server, arguments: &[&str]) -> Run {
    Jf::new().token(server, "revoke", arguments)
}

pub(crate) fn gone() -> Reply {
    refused("404 Not Found", "NOT_FOUND", "no such token")
}

#[test]
fn one_by_its_id_and_gone_already_is_success() {
    for (answer, stdout) in [
        (reply("200 OK", ""), "revoked id-1\n"),
        (reply("204 No Content", ""), "id-1 was gone already\n"),
        (
            gone(),
            "id-1 was gone already: the server knows no such token (a platform keeps no record of those that live for \
             less than three hours)\n",
        ),
    ] {
        let server = Server::start(vec![answer]);
        assert_eq!(revoke(&server, &["id-1"]).ok().stdout, stdout);
        assert_eq!(lines(&server), ["DELETE /access/api/v1/tokens/id-1"]);
    }
    let server = Server::start(vec![gone()]);
    let printed: Value =
        serde_json::from_str(&revoke(&server, &["id-1", "--format=json"]).ok().stdout).unwrap();
    assert_eq!((&printed["revoked"], &printed["already_gone"]), (&json!(0), &json!(1)));
}

#[test]
fn refusals_are_no_success() {
    for (answer, code, words) in [
        (reply("404 Not Found", "<html>"), 6, "404"),
        (json_reply("404 Not Found", &json!({"errors": [{"status": 404, "message": "x"}]})), 6, "404"),
        (
            refused("403 Forbidden", "FORBIDDEN", "not yours"),
            5,
            "by its owner, by an administrator, or with itself",
        ),
        (refused("401 Unauthorized", "UNAUTHORIZED", "x"), 4, "401"),
        (
            json_reply(
                "400 Bad Request",
                &json!({"code": "BAD_REQUEST", "message": "Token not revocable", "detail": "x"}),
            ),
            1,
            "less than six hours",
        ),
    ] {
        revoke(&Server::start(vec![answer]), &["id-1"]).fails(code, &[words]);
    }
}

#[test]
fn the_one_that_asks() {
    let server = Server::start(vec![reply("200 OK", "")]);
    assert_eq!(revoke(&server, &["--self"]).ok().stdout, "revoked the token that asked\n");
    assert_eq!(lines(&server), ["DELETE /access/api/v1/tokens/me"]);
    let server = Server::start(vec![reply("200 OK", "")]);
    let run = Jf::new().config(&config(&server.url(), "t", "")).run(&["token", "revoke", "--self"]).ok();
    assert!(run.stderr.contains("server 'one' of the configuration has no working token now"), "{run:?}");
}

/// Old platforms know no `me`, and keep no record of short-lived tokens: a token that was accepted is not dead because
/// the server cannot find it.
#[test]
fn a_token_that_works_is_not_gone() {
    let own = jwt(r#"{"jti":"id-1"}"#);
    let itself = |replies: Vec<Reply>, arguments: &[&str]| {
        let server = Server::start(replies);
        let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", &own).stdin(&own);
        let run = jf.run(&[&["token", "revoke"], arguments].concat());
        (run, lines(&server))
    };
    for way in [&["--self"][..], &["me"], &["-"]] {
        let (run, calls) = itself(vec![gone(), reply("200 OK", "")], way);
        assert!(run.ok().stdout.starts_with("revoked the token"), "{way:?}");
        assert_eq!(calls[1], "DELETE /access/api/v1/tokens/id-1");
        let mut still_accepted = vec![gone(), gone(), gone()];
        if way == ["-"] {
            // Who asks tries it by its text as well.
            still_accepted.push(gone());
        }
        let (run, _) = itself(still_accepted, way);
        run.fails(1, &["accepts this token, and keeps no record of it", "until it expires"]);
        // Somebody else was faster.
        let dead = refused("401 Unauthorized", "UNAUTHORIZED", "x");
        let (run, _) = itself(vec![reply("204 No Content", ""), gone(), dead], way);
        assert!(run.ok().stdout.contains("gone already"));
    }
}

fn by_value(server: &Server, token: &str, credential: bool) -> Run {
    let mut jf = Jf::new().env("JF_URL", &server.url()).stdin(token);
    if credential {
        jf = jf.env("JF_ACCESS_TOKEN", "canary-admin");
    }
    jf.run(&["token", "revoke", "-"])
}

#[test]
fn a_token_from_standard_input_is_revoked_with_itself() {
    let token = jwt(r#"{"jti":"id-1"}"#);
    let printed_by_atc = json!({"access_token": token, "refresh_token": "r"}).to_string();
    for (credential, stdin) in [(false, &token), (true, &token), (false, &printed_by_atc)] {
        let server = Server::start(vec![reply("200 OK", "")]);
        assert_eq!(by_value(&server, stdin, credential).ok().stdout, "revoked the token\n");
        let call = server.call();
        assert!(call.line.starts_with("DELETE /access/api/v1/tokens/me "), "{call:?}");
        assert_eq!(call.header("authorization"), Some(format!("Bearer {token}").as_str()));
    }
}

#[test]
fn json_without_a_token_in_it_is_not_sent_anywhere() {
    for stdin in
        ["{", "{}", r#"{"access_token":""}"#, r#"{"access_token":1}"#, r#"{"refresh_token":"canary"}"#]
    {
        by_value(&Server::untouched(), stdin, true).fails(2, &["standard input"]);
    }
}

#[test]
fn a_token_that_the_server_does_not_know_is_no_success() {
    let token = jwt(r#"{"jti":"id-1"}"#);
    let no = |words| refused("401 Unauthorized", "UNAUTHORIZED", words);
    // It says that it is dead.
    for words in ["Invalid token, expired", "Invalid token, revoked"] {
        let server = Server::start(vec![no(words)]);
        assert_eq!(by_value(&server, &token, true).ok().stdout, "the token was gone already\n");
    }
    let ended = jwt(&json!({"jti": "id-1", "exp": now() - 5}).to_string());
    let server = Server::start(vec![no("no")]);
    assert_eq!(by_value(&server, &ended, false).ok().stdout, "the token was gone already\n");
    // It may be another server's, or of another audience: an administrator can still revoke it by its text.
    let server = Server::start(vec![no("Invalid token, audience"), reply("200 OK", "")]);
    assert_eq!(by_value(&server, &token, true).ok().stdout, "revoked the token\n");
    let call = &server.calls()[1];
    assert!(
        call.line.starts_with("DELETE /access/api/v1/tokens/revoke ") && call.body.contains(&token),
        "{call:?}"
    );
    assert_eq!(call.header("authorization"), Some("Bearer canary-admin"));
    let server = Server::start(vec![no("Invalid token, signature"), gone()]);
    let run = by_value(&server, &token, true).fails(6, &["knows no such live token", "another server's"]);
    assert!(!run.stderr.contains("canary"), "{run:?}");
    let server = Server::start(vec![no("Invalid token, signature")]);
    by_value(&server, &token, false).fails(6, &["knows no such live token"]);
}

#[test]
fn what_stands_on_standard_input_is_looked_at_first() {
    let server = Server::start(vec![reply("200 OK", "")]);
    let id = "0193f3c4-6a01-7bbb-8ccc-0123456789ab";
    assert_eq!(by_value(&server, &format!("{id}\n"), true).ok().stdout, format!("revoked {id}\n"));
    let key = format!("AKCp8{}", "x".repeat(68));
    by_value(&Server::untouched(), &key, true).fails(2, &["API key"]);
    let refresh = "acrt_mn87U3IWIJKpIPqvEsv9BQAAAABQtamrAWBpWeWwB3xyVBxPU-lrj-Nki9gECLFY";
    by_value(&Server::untouched(), refresh, true).fails(2, &["this is a refresh token"]);
    by_value(&Server::untouched(), "", true).fails(2, &["no token provided"]);
}

#[test]
fn exactly_one_way_to_choose() {
    for (arguments, words) in [
        (&[][..], "nothing says which tokens to revoke"),
        (&["id-1", "--self"], "exclude each other"),
        (&["id-1", "--user=frog"], "exclude each other"),
        (&["--self", "--expired"], "exclude each other"),
        (&["id-1", "--limit=2"], "--limit goes with filters only"),
        (&["-", "id-1"], "- stands alone"),
        (&["-", "--dry-run"], "- stands alone"),
        (&["a b"], "a token's id"),
        (&["id-1", "me"], "me stands alone"),
        (&["--user=", "--unused-for=90d", "--yes"], "--user: it is empty"),
        (&["--project=", "--expired", "--yes"], "--project: it is empty"),
        (&["--rate=0", "id-1"], "rate"),
    ] {
        revoke(&Server::untouched(), arguments).fails(2, &[words]);
    }
    let run = Jf::new().stdin("x").run(&["token", "revoke", "-", "--access-token-stdin", "--url=http://h"]);
    run.fails(2, &["can read standard input"]);
}
