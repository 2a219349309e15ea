//! `jf token list`, on a platform's public API and on accessd's own.

use crate::lab::{Trap, drip, read_head};
use crate::support::{Jf, Reply, Run, Server, reply, reply_with};
use crate::terminal::Terminal;
use crate::token_world::{json_reply, lines, no_accessd, now, on_accessd, on_platform, refused, with};
use serde_json::{Value, json};
use std::io::Write as _;
use std::time::Duration;

/// A platform that answers with these tokens.
fn platform(tokens: &[Value]) -> Server {
    Server::start(vec![no_accessd(), json_reply("200 OK", &json!({ "tokens": tokens }))])
}

fn list(server: &Server, arguments: &[&str]) -> Run {
    Jf::new().token(server, "list", arguments)
}

fn ids(server: &Server, arguments: &[&str]) -> Vec<String> {
    let run = list(server, &[&["--format", "ids"], arguments].concat()).ok();
    run.stdout.lines().map(str::to_owned).collect()
}

#[test]
fn a_platform_is_asked_on_its_public_api() {
    let server = platform(&[on_platform("id-1"), on_platform("id-2")]);
    assert_eq!(ids(&server, &[]), ["id-1", "id-2"]);
    assert_eq!(
        lines(&server),
        [
            "GET /access/api/accessd/v1/tokens?order_by=created&descending_order=false&limit=1000",
            "GET /access/api/v1/tokens?order_by=created&descending_order=false",
        ]
    );
    for call in server.calls() {
        assert_eq!(call.header("authorization"), Some("Bearer canary-token"));
    }
}

#[test]
fn whatever_a_platform_says_of_a_path_it_does_not_know_the_public_api_is_asked() {
    let page = reply_with("200 OK", &["Content-Type: text/html"], "<html>");
    for elsewhere in [
        page,
        reply("400 Bad Request", ""),
        reply("405 Method Not Allowed", ""),
        reply("410 Gone", ""),
        reply("500 Internal Server Error", ""),
        reply("403 Forbidden", ""),
        reply("401 Unauthorized", ""),
        reply("501 Not Implemented", ""),
        reply_with("302 Found", &["Location: /ui/login"], ""),
        json_reply("200 OK", &json!({"other": 1})),
    ] {
        let tokens = json!({"tokens": [on_platform("id-1")]});
        let server = Server::start(vec![elsewhere, json_reply("200 OK", &tokens)]);
        assert_eq!(ids(&server, &[]), ["id-1"]);
    }
}

#[test]
fn what_a_platform_cannot_choose_is_chosen_here() {
    let tokens = [
        on_platform("plain"),
        with(on_platform("ended"), json!({"expiry": now() - 60})),
        with(on_platform("endless"), json!({"expiry": null})),
        with(on_platform("web"), json!({"project": "web", "scope": "applied-permissions/groups:readers"})),
        with(
            on_platform("used"),
            json!({"last_used": now() - 86_400 * 100, "issued_at": now() - 86_400 * 200}),
        ),
        with(on_platform("busy"), json!({"last_used": now() - 60, "issued_at": now() - 86_400 * 200})),
        with(on_platform("other"), json!({"subject": "jfac@01/users/toad", "description": "nightly"})),
    ];
    for (arguments, query, wanted) in [
        (&["--user", "FROG"][..], "username=frog&", &["plain", "endless", "web", "used", "busy"][..]),
        (&["--description", "night*"], "description=night*&", &["other"]),
        (&["--expired"], "", &["ended"]),
        (&["--expires-within", "2h"], "", &["plain", "web", "used", "busy", "other"]),
        (&["--expires-within=30m"], "", &[]),
        (&["--project", "web"], "", &["web"]),
        (&["--scope", "applied-permissions/groups:*"], "", &["web"]),
        (&["--unused-for", "90d"], "", &["used"]),
        (&["--refreshable=false", "--limit", "2"], "refreshable=false&", &["plain", "endless"]),
        (&["--refreshable"], "refreshable=true&", &[]),
    ] {
        let server = platform(&tokens);
        assert_eq!(ids(&server, arguments), wanted, "{arguments:?}");
        let query = format!("GET /access/api/v1/tokens?{query}order_by=created&descending_order=false");
        assert_eq!(lines(&server)[1], query, "{arguments:?}");
    }
}

#[test]
fn what_a_platform_does_not_tell_is_not_guessed_but_said() {
    let old = json!({"issued_at": now() - 86_400 * 200});
    let tokens = [with(on_platform("a"), old.clone()), with(on_platform("b"), old)];
    let server = platform(&tokens);
    let run = list(&server, &["--unused-for", "90d", "--format", "ids"]).ok();
    assert_eq!(run.stdout, "");
    assert!(
        run.stderr
            .contains("[Warn] 2 tokens were left out: the server does not tell what --unused-for asks about")
    );
    let server = platform(&tokens[..1]);
    let run = list(&server, &["--scope", "x", "--format", "ids"]).ok();
    assert!(
        run.stderr.contains("[Warn] 1 token was left out: the server does not tell what --scope"),
        "{run:?}"
    );
}

#[test]
fn accessd_is_asked_page_by_page_for_exactly_what_is_meant() {
    let page = |tokens: Value, cursor: Option<&str>| {
        let mut page = json!({ "tokens": tokens });
        if let Some(cursor) = cursor {
            page["cursor"] = json!(cursor);
        }
        json_reply("200 OK", &page)
    };
    let server = Server::start(vec![
        page(json!([on_accessd("a"), on_accessd("b")]), Some("c+/1")),
        page(json!([]), Some("c2")),
        page(json!([on_accessd("c")]), None),
    ]);
    let arguments = [
        "--user=Frog",
        "--description=ci*",
        "--scope=applied-permissions/groups:*",
        "--refreshable",
        "--project=web",
        "--expires-within=7d",
        "--unused-for=90d",
        "--sort=expiry",
        "--reverse",
    ];
    assert_eq!(ids(&server, &arguments), ["a", "b", "c"]);
    let query = "GET /access/api/accessd/v1/tokens?username=frog&description=ci*&refreshable=true&order_by=expiry\
        &descending_order=true&scope=applied-permissions%2Fgroups%3A*&project=web&expires_within=604800\
        &unused_for=7776000&limit=1000";
    assert_eq!(
        lines(&server),
        [query.to_owned(), format!("{query}&cursor=c%2B%2F1"), format!("{query}&cursor=c2")]
    );
    // No further than wanted.
    let server = Server::start(vec![page(json!([on_accessd("a"), on_accessd("b")]), Some("c"))]);
    assert_eq!(ids(&server, &["--limit=2", "--expired"]), ["a", "b"]);
    assert!(server.call().line.contains("&state=expired&"));
}

#[test]
fn each_format_has_its_form() {
    let token = with(
        on_platform("id-1"),
        json!({"description": "a \"b\", \u{1b}[2J", "issued_at": 1_700_000_000, "expiry": null, "scope": "s", "odd": [1]}),
    );
    let run = list(&platform(std::slice::from_ref(&token)), &["--format=csv"]).ok();
    assert_eq!(
        run.stdout,
        "token_id,subject,scope,issued_at,expiry,last_used,refreshable,project,description\r\n\
         id-1,jfac@01/users/frog,s,1700000000,,,false,,\"a \"\"b\"\", \\u{1b}[2J\"\r\n"
    );
    let run = list(&platform(&[token.clone(), token.clone()]), &["--format=json"]).ok();
    assert!(!run.stdout.contains('\u{1b}'));
    let parsed: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(parsed, json!({"tokens": [token, token]}), "each as the server sent it");
    let run = list(&platform(&[token]), &[]).ok();
    assert_eq!(
        run.stdout,
        "ID    USER  SCOPE  CREATED     EXPIRES  LAST USED  DESCRIPTION\n\
         id-1  frog  s      2023-11-14  never               a \"b\", \\u{1b}[2J\n"
    );
}

#[test]
fn nothing_found_is_no_failure() {
    for (format, stdout) in [
        ("table", ""),
        ("ids", ""),
        ("json", "{\n  \"tokens\": []\n}\n"),
        ("csv", "token_id,subject,scope,issued_at,expiry,last_used,refreshable,project,description\r\n"),
    ] {
        let run = list(&platform(&[]), &["--format", format]).ok();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), (stdout, "[Info] no token matches\n"));
    }
}

#[test]
fn a_list_that_is_not_whole_is_a_failure() {
    let whole = json!({"tokens": [on_platform("id-1"), on_platform("id-2")]}).to_string();
    for body in [&whole[..whole.len() - 2], "", "<html>", "[]", r#"{"tokens":{}}"#] {
        let cut = || reply_with("200 OK", &["Content-Type: application/json"], body);
        let server = Server::start(vec![no_accessd(), cut()]);
        list(&server, &["--format=ids"]).fails(9, &["did not answer with a whole list", "not whole"]);
    }
    // After a page with a cursor it is accessd, and no platform is looked for.
    let first = json_reply("200 OK", &json!({"tokens": [on_accessd("a")], "cursor": "c"}));
    let server = Server::start(vec![first, no_accessd()]);
    list(&server, &[]).fails(9, &["the list so far is not whole"]);
}

#[test]
fn refusals_have_their_exit_codes() {
    let both = |status| Server::start(vec![refused(status, "X", "no"), refused(status, "X", "no")]);
    list(&both("401 Unauthorized"), &[]).fails(4, &["401", "no (X)"]);
    list(&both("403 Forbidden"), &[]).fails(5, &["an administrator's credentials, or your own token"]);
    list(&both("400 Bad Request"), &[]).fails(1, &["no (X)"]);
    list(&both("500 Internal Server Error"), &[]).fails(9, &["500"]);
    // A pause that a server asks for is none of the path's, and a wrong password is not sent twice.
    let one = |status| Server::start(vec![refused(status, "X", "no")]);
    list(&one("429 Too Many Requests"), &["--retries=0"]).fails(9, &["429"]);
    let server = one("401 Unauthorized");
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_USER", "frog").env("JF_PASSWORD", "canary");
    jf.run(&["token", "list"]).fails(4, &["401"]);
}

#[test]
fn flags_are_checked_before_anything_is_asked() {
    for (arguments, words) in [
        (&["--expired", "--expires-within=1d"][..], "exclude each other"),
        (&["--unused-for=soon"], "90d"),
        (&["--limit=0"], "limit"),
        (&["--sort=name"], "name"),
        (&["--format=yaml"], "table, json, csv, ids"),
        (&["extra"], "No arguments should be sent."),
        (&["--user", "a\nb"], "--user"),
        (&["--user="], "--user: it is empty"),
        (&["--description", ""], "--description: it is empty"),
        (&["--scope="], "--scope: it is empty"),
        (&["--project="], "--project: it is empty"),
    ] {
        list(&Server::untouched(), arguments).fails(2, &[words]);
    }
}

#[test]
fn user_chooses_and_does_not_log_in() {
    let server = Server::untouched();
    let url = server.url();
    let arguments = ["token", "list", "--url", &url, "--user", "frog", "--password-stdin"];
    Jf::new().stdin("canary").run(&arguments).fails(2, &["--user chooses tokens here", "JF_USER"]);
    let server = platform(&[]);
    let url = server.url();
    let arguments = ["token", "list", "--user", "frog"];
    let jf = Jf::new().env("JF_URL", &url).env("JF_USER", "admin").env("JF_PASSWORD", "canary");
    jf.run(&arguments).ok();
    assert_eq!(server.calls()[0].header("authorization"), Some("Basic YWRtaW46Y2FuYXJ5"));
}

#[test]
fn a_reader_that_has_seen_enough_is_no_failure() {
    let tokens: Vec<Value> = (0..20_000).map(|number| on_platform(&format!("id-{number}"))).collect();
    let server = platform(&tokens);
    let command = Jf::new().command(&["token", "list", "--format", "ids"]);
    let line = format!("{} token list --format ids | head -n 1", command.get_program().to_string_lossy());
    let output = std::process::Command::new("bash")
        .args(["-o", "pipefail", "-c", &line])
        .env("JF_URL", server.url())
        .env("JF_ACCESS_TOKEN", "t")
        .env("HOME", "/nonexistent")
        .output()
        .unwrap();
    assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), &b"id-0\n"[..]));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// Three pages, of which the first two take their time.
fn slow_pages() -> Server {
    let page = |id: &str, cursor: Option<&str>| json!({"tokens": [on_accessd(id)], "cursor": cursor});
    Server::start(vec![
        Reply::Late(Duration::from_millis(1200), page("a", Some("1")).to_string()),
        Reply::Late(Duration::from_millis(400), page("b", Some("2")).to_string()),
        json_reply("200 OK", &page("c", None)),
    ])
}

#[test]
fn who_waits_at_a_terminal_sees_how_far_it_is() {
    let arguments = ["token", "list", "--format=ids"];
    let server = slow_pages();
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "t");
    let session = Terminal::start_with_output_in_file(&jf, &arguments).expect("1 token read …").end().ok();
    assert_eq!(std::fs::read_to_string(jf.folder().join("out")).unwrap(), "a\nb\nc\n");
    assert!(session.screen.ends_with("\u{1b}[K"), "the line is gone: {session:?}");
    // The list itself is progress enough, and a log needs none.
    let server = slow_pages();
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "t");
    let session = Terminal::start(&jf, &arguments).end().ok();
    assert!(session.screen.ends_with("a\nb\nc\n") && !session.screen.contains('…'), "{session:?}");
    let server = slow_pages();
    let run = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "t").run(&arguments).ok();
    assert_eq!(run.stderr, "");
}

#[test]
fn a_refusal_that_drips_has_an_end() {
    let server = Trap::start(|mut stream, _| {
        read_head(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 99999\r\n\r\n");
        drip(&mut stream, &[b'x'; 600], Duration::from_millis(100));
    });
    let url = format!("http://127.0.0.1:{}", server.port());
    let jf = Jf::new().env("JF_URL", &url).env("JF_ACCESS_TOKEN", "t");
    jf.run(&["token", "list", "--timeout=2", "--retries=0"]).fails(5, &["403"]);
}

#[test]
fn a_cursor_that_leads_nowhere_is_no_endless_list() {
    let page = || json_reply("200 OK", &json!({"tokens": [on_accessd("a")], "cursor": "c"}));
    let server = Server::start(vec![page(), page()]);
    list(&server, &["--format=ids"]).fails(9, &["the list so far is not whole"]);
}

#[test]
fn silence_in_the_middle_of_a_list_has_an_end() {
    let server = Server::start(vec![no_accessd(), Reply::Stalled(r#"{"tokens":["#.to_owned())]);
    list(&server, &["--response-timeout=1"]).fails(9, &["nothing came for 1 s (--response-timeout)"]);
}
