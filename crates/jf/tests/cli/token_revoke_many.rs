//! `jf token revoke` of many: what filters choose, or several ids.

use crate::refresh_world::jwt;
use crate::support::{Jf, Reply, Server, reply, reply_with};
use crate::terminal::Terminal;
use crate::token_revoke::{gone, revoke};
use crate::token_world::{json_reply, lines, no_accessd, now, on_accessd, on_platform, refused, with};
use rustix::process::Signal;
use serde_json::{Value, json};
use std::time::Duration;

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
