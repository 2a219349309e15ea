//! Bad input to `jf atc`: a message that names the field and the limit, the right exit code, nothing on
//! standard output, and nothing made.

use crate::accessd;
use serde_json::json;
use testkit::{Jf, Reply, Run, Scripted};

/// Runs the command against a server that would give a token to anybody, and insists that it is not asked.
#[track_caller]
fn refused_unasked(arguments: &[&str], naming: &[&str]) -> Run {
    let server = Scripted::answering(vec![Reply::token()]);
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "a.b.c");
    let run = jf.run(&[&["atc"], arguments].concat()).failed(2, naming);
    assert_eq!(server.received().len(), 0, "{arguments:?}: nothing is sent");
    run
}

#[test]
fn what_is_too_long() {
    let long = |length: usize| "x".repeat(length);
    refused_unasked(&["--description", &long(1025)], &["description", "1024", "1025"]);
    refused_unasked(
        &["--scope", &format!("applied-permissions/groups:{}", long(474))],
        &["scope", "500", "501"],
    );
    refused_unasked(&["--groups", &format!("{},{}", long(60), ["abcdefg"; 60].join(","))], &["500"]);
    refused_unasked(&["--audience", &format!("jfrt@{}", long(251))], &["audience", "255", "256"]);
    refused_unasked(&[&long(256)], &["username", "255", "256"]);
    refused_unasked(&["--user", &long(256)], &["user", "255", "256"]);
    refused_unasked(&["--project", &long(33)], &["project", "32"]);
}

#[test]
fn an_expiry_that_is_none() {
    for (expiry, message) in [
        ("-1", "non-negative"),
        ("-5h", "expiry"),
        ("1.5", "numeric"),
        ("1e3", "numeric"),
        ("soon", "numeric"),
        ("", "numeric"),
        ("18446744073709551616", "expiry"),
        ("9223372036854775808", "expiry"),
        ("99999999999999999999999", "expiry"),
        ("0x10", "numeric"),
        ("1_000", "numeric"),
        (" 5", "numeric"),
        ("5 ", "numeric"),
        ("٣", "numeric"),
        ("10w10", "expiry"),
    ] {
        refused_unasked(&[&format!("--expiry={expiry}")], &["--expiry", message]);
    }
}

#[test]
fn scopes_and_groups_that_are_none() {
    refused_unasked(&["--groups", "a,,b"], &["groups", "empty"]);
    refused_unasked(&["--groups", ","], &["groups"]);
    refused_unasked(&["--groups="], &["groups", "empty"]);
    refused_unasked(&["--groups", "\"a"], &["groups", "quote"]);
    refused_unasked(&["--scope", "applied-permissions/groups:\"a"], &["scope", "quote"]);
    let message = "Scope can either be provided explicitly with '--scope', or implicitly with '--grant-admin' and '--groups'.";
    refused_unasked(&["--scope", "applied-permissions/user", "--groups", "a"], &[message]);
    refused_unasked(&["--scope", "applied-permissions/user", "--grant-admin"], &[message]);
    refused_unasked(&["--scope", "applied-permissions/user", "--grant-admin=false"], &[message]);
}

#[test]
fn control_characters() {
    for character in ["\u{1}", "\u{7}", "\n", "\u{1b}", "\u{7f}", "\u{9b}"] {
        let with = |text: &str| format!("{text}{character}x");
        for (arguments, field) in [
            (&["--description", &with("a")][..], "--description"),
            (&["--scope", &with("applied-permissions/groups:a")], "--scope"),
            (&["--groups", &with("a")], "--groups"),
            (&["--audience", &with("jfrt@")], "--audience"),
            (&["--project", &with("web")], "--project"),
            (&[&with("frog")], "username"),
        ] {
            let run = refused_unasked(arguments, &[field]);
            let is_harmless = |text: &str| text.chars().all(|c| c == '\n' || !c.is_control());
            assert!(is_harmless(&run.stderr), "{arguments:?}: {:?}", run.stderr);
        }
    }
}

#[test]
fn wrong_usage() {
    refused_unasked(&["frog", "toad"], &["Wrong number of arguments (2)"]);
    refused_unasked(
        &["--format", "xml"],
        &["only the following output formats are supported", "json", "table"],
    );
    refused_unasked(&["--format="], &["format"]);
    refused_unasked(&["--no-such-flag"], &["--no-such-flag"]);
    refused_unasked(&["--expiry"], &["--expiry"]);
    refused_unasked(&["--refreshable=maybe"], &["refreshable", "maybe"]);
    refused_unasked(&["--timeout", "0"], &["timeout"]);
    Jf::new().run(&["no-such-command"]).failed(2, &["no-such-command"]);
}

#[test]
fn an_address_that_is_none() {
    for url in [
        "nonsense",
        "ftp://host",
        "ssh://host",
        "http://",
        "https://user:secret@host",
        "http://host:99999",
        "http://ho st/",
    ] {
        let run = Jf::new().run(&["atc", "--url", url, "--access-token", "a.b.c"]);
        assert!(matches!(run.code, 2 | 8), "{url}: {} {}", run.code, run.stderr);
        assert_eq!(run.stdout, "");
        assert!(!run.stderr.contains("secret"), "{}", run.stderr);
    }
}

#[test]
fn credentials_that_are_none_are_exit_4() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let revoked = accessd.mint(&frog.token, json!({"include_reference_token": true}));
    accessd.revoke(&frog.token, &revoked.id).expect(200);
    let expired = accessd.mint(&frog.token, json!({"expires_in": 1}));
    let foreign = testkit::Accessd::start().admin_token();
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let forged = {
        let mut claims = testkit::claims(&frog.token);
        claims["scp"] = json!("applied-permissions/admin");
        testkit::with_claims(&frog.token, &claims)
    };
    for (token, why) in [
        (revoked.token.as_str(), "revoked"),
        (&revoked.reference_token, ""),
        (&expired.token, "expired"),
        (&forged, "signature"),
        (&foreign, "signature"),
        (&frog.token[..frog.token.len() - 10], ""),
        ("nonsense", ""),
        ("eyJhbGciOiJub25lIn0.e30.eA", ""),
    ] {
        Jf::with_flags(&accessd, token).atc(&[]).failed(4, &["401", why]);
    }
    let url = accessd.url();
    for (user, password) in [(frog.name.as_str(), "wrong"), ("nobody-at-all", "wrong")] {
        Jf::new()
            .run(&["atc", "--url", &url, "--user", user, "--password", password])
            .failed(4, &["401", "Bad Credentials"]);
    }
    assert_eq!(accessd.tokens_of(&frog.name).len(), 1, "the user's own, and none made by these");
    for token in ["a\nb", "a b", "tökn"] {
        let run = Jf::with_flags(&accessd, token).atc(&[]);
        assert!(matches!(run.code, 2 | 4), "{token:?}: {} {}", run.code, run.stderr);
    }
}

#[test]
fn what_only_the_service_can_see_comes_back_with_its_words() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let before = accessd.tokens_of(&boss.name).len();
    let jf = Jf::with_flags(&accessd, &boss.token);
    jf.atc(&["nobody-at-all"]).failed(1, &["400", "nobody-at-all"]);
    jf.atc(&["--scope", "applied-permissions/everything"])
        .failed(1, &["400", "applied-permissions/everything"]);
    jf.atc(&["--audience", "nobody@*"]).failed(1, &["400", "audience", "nobody@*"]);
    jf.atc(&["a/b"]).failed(1, &["400", "Invalid formatted name"]);
    assert_eq!(accessd.tokens_of(&boss.name).len(), before);
}
