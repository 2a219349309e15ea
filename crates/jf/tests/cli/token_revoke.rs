//! `jf token revoke`: one by one and many, on a platform and on accessd.

use crate::refresh_world::{config, jwt};
use crate::support::{Jf, Reply, Run, Server, reply, reply_with};
use crate::terminal::Terminal;
use crate::token_world::{json_reply, lines, no_accessd, now, on_accessd, on_platform, refused, with};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

fn revoke(server: &Server, arguments: &[&str]) -> Run {
    Jf::new().token(server, "revoke", arguments)
}

fn gone() -> Reply {
    refused("404 Not Found", "NOT_FOUND", "no such token")
}

fn list(ids: &[&str]) -> Reply {
    json_reply("200 OK", &json!({"tokens": ids.iter().map(|id| on_platform(id)).collect::<Vec<_>>()}))
}

fn page(ids: &[&str]) -> Reply {
    json_reply("200 OK", &json!({"tokens": ids.iter().map(|id| on_accessd(id)).collect::<Vec<_>>()}))
}

/// What accessd answers to a bulk revocation.
fn outcomes(outcomes: &[(&str, &str)], end: Value) -> Reply {
    let mut text: String = outcomes
        .iter()
        .map(|(id, outcome)| json!({"token_id": id, "outcome": outcome}).to_string() + "\n")
        .collect();
    text.push_str(&(end.to_string() + "\n"));
    reply_with("200 OK", &["Content-Type: application/x-ndjson"], &text)
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

#[test]
fn a_dry_run_lists_and_asks_for_no_change() {
    let server = Server::start(vec![no_accessd(), list(&["a", "b"])]);
    let run = revoke(&server, &["--user=frog", "--dry-run"]).ok();
    assert!(run.stdout.contains("\na ") && run.stdout.contains("\nb "), "{run:?}");
    assert!(run.stderr.contains("2 tokens would be revoked; nothing was changed"), "{run:?}");
    let server_of_one = Server::start(vec![page(&["a", "b"])]);
    let run =
        revoke(&server_of_one, &["--user=frog", "--dry-run", "--limit=1", "--yes", "--format=json"]).ok();
    let printed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(printed["tokens"].as_array().unwrap().len(), 1);
    assert!(run.stderr.contains("1 token would be revoked"), "{run:?}");
    let by_id =
        Server::start(vec![json_reply("200 OK", &on_accessd("a")), json_reply("200 OK", &on_accessd("b"))]);
    assert!(revoke(&by_id, &["a", "b", "--dry-run"]).ok().stdout.contains("\nb "));
    let own = Server::start(vec![json_reply("200 OK", &on_accessd("a"))]);
    revoke(&own, &["--self", "--dry-run"]).ok();
    for server in [server, server_of_one, by_id, own] {
        assert!(lines(&server).iter().all(|line| line.starts_with("GET ")), "{:?}", lines(&server));
    }
}

#[test]
fn where_nobody_can_be_asked_yes_must_be_given() {
    let server = Server::untouched();
    revoke(&server, &["--user=frog"]).fails(2, &["nobody can be asked", "--dry-run", "--yes"]);
}

#[test]
fn on_a_platform_they_go_one_by_one_and_each_is_accounted_for() {
    let server = Server::start(vec![
        no_accessd(),
        list(&["a", "b", "c", "d"]),
        // Who asks is looked up, because its token is no JWT.
        no_accessd(),
        json_reply("200 OK", &on_platform("a")),
        reply("200 OK", ""),
        gone(),
        refused("403 Forbidden", "FORBIDDEN", "not yours"),
        reply("200 OK", ""),
    ]);
    let run = revoke(&server, &["--user=frog", "--yes", "--rate=1000"]);
    run.fails(
        5,
        &[
            "revoked 2 tokens, 1 gone already, 1 not revoked",
            "d: server response: 403",
            "among them; it is revoked last",
        ],
    );
    assert_eq!(
        lines(&server)[4..],
        ["b", "c", "d", "a"].map(|id| format!("DELETE /access/api/v1/tokens/{id}")),
        "the own one last"
    );
}

fn broken() -> Reply {
    refused("500 Internal Server Error", "X", "broken")
}

#[test]
fn one_that_the_server_cannot_deal_with_keeps_no_other_alive() {
    let server = Server::start(vec![
        no_accessd(),
        list(&["a", "b", "c"]),
        reply("200 OK", ""),
        broken(),
        reply("200 OK", ""),
    ]);
    let run =
        somebody(&server).run(&["token", "revoke", "--user=frog", "--yes", "--rate=1000", "--format=json"]);
    assert_eq!(run.code, 9, "{run:?}");
    let details = serde_json::from_str::<Value>(&run.stdout).unwrap()["details"].clone();
    assert_eq!(
        (&details["revoked"], &details["failed"], &details["left"]),
        (&json!(2), &json!(1), &json!(0))
    );
    assert_eq!(details["failures"][0]["token_id"], "b");
}

#[test]
fn what_stops_one_stops_all_and_the_rest_is_counted() {
    let ids: Vec<String> = (0..20).map(|number| format!("id-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let mut replies = vec![no_accessd(), list(&ids), reply("200 OK", "")];
    replies.extend((0..6).map(|_| broken()));
    let server = Server::start(replies);
    let run = somebody(&server).run(&["token", "revoke", "--user=frog", "--yes", "--rate=1000"]);
    run.fails(9, &["revoked 1 token, 5 not revoked, 14 not tried: server response: 500"]);
    let ended = refused("401 Unauthorized", "UNAUTHORIZED", "x");
    let server = Server::start(vec![no_accessd(), list(&["a", "b", "c"]), reply("200 OK", ""), ended]);
    let run = somebody(&server).run(&["token", "revoke", "--user=frog", "--yes", "--limit=3"]);
    run.fails(4, &["revoked 1 token, 2 not tried: server response: 401"]);
}

/// An id of a list stands in an address, with an administrator's credential.
#[test]
fn what_is_no_id_reaches_no_address() {
    for odd in ["", "me", "../../../artifactory/api/repositories/libs", "a b", "a?b"] {
        for accessd in [false, true] {
            let tokens = json_reply(
                "200 OK",
                &json!({"tokens": [on_platform("a"), with(on_platform("b"), json!({"token_id": odd}))]}),
            );
            let replies = if accessd { vec![tokens] } else { vec![no_accessd(), tokens] };
            let server = Server::start(replies);
            let run = somebody(&server).run(&["token", "revoke", "--user=frog", "--yes"]);
            run.fails(9, &["a token without a proper id; nothing was revoked"]);
            assert!(lines(&server).iter().all(|line| line.starts_with("GET ")));
        }
    }
}

#[test]
fn accessd_is_asked_once_for_many() {
    let own = jwt(r#"{"jti":"a"}"#);
    let world = |answers: Vec<Reply>| {
        let server = Server::start(answers);
        let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", &own);
        let run = jf.run(&["token", "revoke", "--unused-for=90d", "--yes"]);
        (server, run)
    };
    let all =
        outcomes(&[("b", "revoked"), ("c", "already_gone"), ("a", "revoked")], json!({"complete": true}));
    let (server, run) = world(vec![page(&["a", "b", "c"]), all]);
    assert_eq!(run.ok().stdout, "revoked 2 tokens, 1 gone already\n");
    let call = &server.calls()[1];
    assert!(call.line.starts_with("POST /access/api/accessd/v1/tokens/revoke "), "{call:?}");
    assert_eq!(call.body, r#"{"token_ids":["b","c","a"]}"#);
    // What it did not answer for is not counted as done.
    let some = outcomes(&[("b", "revoked")], json!({"complete": false, "error": "the database is gone"}));
    let (_server, run) = world(vec![page(&["a", "b", "c"]), some]);
    run.fails(
        9,
        &["revoked 1 token, 2 not tried: the server did not revoke all of them: the database is gone"],
    );
    let cut = reply_with(
        "200 OK",
        &["Content-Type: application/x-ndjson"],
        r#"{"token_id":"b","outcome":"revoked"}"#,
    );
    let (_server, run) = world(vec![page(&["a", "b"]), cut]);
    run.fails(9, &["revoked 1 token, 1 not tried", "broke off"]);
    let (_server, run) =
        world(vec![page(&["b"]), refused("401 Unauthorized", "UNAUTHORIZED", "Invalid token, revoked")]);
    run.fails(4, &["revoked 0 tokens, 1 not tried", "Invalid token, revoked"]);
    let theirs = outcomes(&[("b", "forbidden"), ("b", "revoked")], json!({"complete": true}));
    let (_server, run) = world(vec![page(&["b"]), theirs]);
    run.fails(5, &["revoked 0 tokens, 1 not revoked", "b: the token b is not yours"]);
}

#[test]
fn what_cannot_be_known_is_left_alone() {
    let old = json!({"issued_at": now() - 86_400 * 300});
    let tokens = json!({"tokens": [with(on_platform("a"), old)]});
    let server = Server::start(vec![no_accessd(), json_reply("200 OK", &tokens)]);
    let run = revoke(&server, &["--unused-for=90d", "--yes"]).ok();
    assert_eq!(run.stdout, "revoked 0 tokens\n");
    assert!(
        run.stderr.contains("1 token was left out") && run.stderr.contains("nothing to revoke"),
        "{run:?}"
    );
}

/// Somebody whose token is not among those that are revoked.
fn somebody(server: &Server) -> Jf {
    Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", &jwt(r#"{"jti":"me"}"#))
}

fn at_terminal(jf: &Jf) -> Terminal {
    Terminal::start(jf, &["token", "revoke", "--user=frog"])
}

#[test]
fn at_a_terminal_their_number_is_typed() {
    let server = Server::start(vec![
        page(&["a", "b"]),
        outcomes(&[("a", "revoked"), ("b", "revoked")], json!({"complete": true})),
    ]);
    let jf = somebody(&server);
    let terminal = at_terminal(&jf).expect("DESCRIPTION").expect("a").expect("b");
    let session = terminal.answer("Type 2 to revoke these tokens: ", "2").end().ok();
    assert!(session.screen.contains("revoked 2 tokens"), "{session:?}");
    for other in ["", "1", "yes", "22"] {
        let server = Server::start(vec![page(&["a", "b"])]);
        let jf = somebody(&server);
        let session = at_terminal(&jf).answer("Type 2 to revoke these tokens: ", other).end();
        session.fails(1, &["nothing was revoked"]);
    }
}

#[test]
fn ctrl_c_at_the_question_changes_nothing() {
    let server = Server::start(vec![page(&["a"])]);
    let jf = somebody(&server);
    let session = at_terminal(&jf).expect("Type 1 to revoke this token: ").type_in("\u{3}").end();
    assert!(session.code == 130 && session.is_as_before(), "{session:?}");
}

#[test]
fn a_signal_ends_it_between_two_tokens_with_an_account() {
    let ids: Vec<String> = (0..50).map(|number| format!("id-{number}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    // Two answers and no more: the signal comes while it waits for its turn.
    let server = Server::start(vec![no_accessd(), list(&ids), reply("200 OK", ""), reply("200 OK", "")]);
    let jf = somebody(&server);
    let terminal = Terminal::start(&jf, &["token", "revoke", "--user=frog", "--yes", "--rate=1"]);
    while server.count() < 4 {
        std::thread::sleep(Duration::from_millis(10));
    }
    let session = terminal.signal(Signal::INT).end();
    assert_eq!(session.code, 130, "{session:?}");
    assert!(session.screen.contains("interrupted: revoked 2 tokens, 48 not tried"), "{session:?}");
}
