//! `jf doctor`, the checks that ask the server: whether it answers, what it is, its clock, the credential, its renewal.

use crate::doctor_world::{
    JSON, Report, accessd, configured, date, encrypted, good_me, in_seconds, introduction, me, plain_token,
};
use crate::lab::{PASSWORD, TOKEN, Trap, assert_no_secret, read_call_into};
use crate::proxy_lab::connect_proxy;
use crate::refresh_world::{HOUR, REFRESHABLE, config, jwt, token};
use crate::support::{Jf, Reply, Server, reply, reply_with};
use crate::tls_world::{Authority, Pair, self_signed, server_config};
use rustls::{ServerConnection, StreamOwned};
use std::io::Write as _;
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 24 * HOUR;
const REFUSED: &str = r#"{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, expired"}]}"#;

/// A server that says who it is, with these replies behind.
fn answering(ahead: i64, replies: Vec<Reply>) -> Server {
    Server::start(introduction(ahead).into_iter().chain(replies).collect())
}

fn told(me: &str) -> Vec<Reply> {
    vec![reply_with("200 OK", &[JSON], me)]
}

/// The same over TLS, with what accessd tells of a good token.
fn tls_server(own: &Pair) -> Server {
    let config = server_config(own, None, rustls::ALL_VERSIONS);
    let replies = introduction(0).into_iter().chain(told(&good_me())).collect();
    Server::serve(replies, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Some(Box::new(StreamOwned::new(connection, stream)))
    })
}

#[test]
fn a_private_authority_is_needed_and_named() {
    let root = Authority::new("root");
    let own = root.sign("localhost", |_| {});
    let server = tls_server(&own);
    let jf = encrypted(&server.https_url());
    std::fs::write(jf.folder().join("ca.pem"), &root.pair.certificate).unwrap();
    let closed = crate::tls_world::start(&own, None, 0);
    let report = Report::of(&jf, &["--url", &closed.https_url(), "--access-token=t"]);
    report.says("reach", "fail", &["UnknownIssuer", "--ca-cert"]);
    assert_eq!((report.run.code, report.names("skipped")), (8, vec!["version", "clock", "credential"]));
    let report = Report::of(&jf, &["--ca-cert=ca.pem"]);
    assert_eq!(report.names("ok").len(), 10, "{:?}", report.run);
    report.says("tls", "ok", &["1 certificate of ca.pem (--ca-cert)"]);

    let report = Report::of(&encrypted(&tls_server(&own).https_url()), &["--insecure-tls", "--timeout=1"]);
    report.says("tls", "warn", &["--insecure-tls"]);
    let other = crate::tls_world::start(&self_signed("other.example"), None, 0);
    let report = Report::of(&Jf::new(), &["--url", &other.https_url(), "--access-token=t"]);
    report.says("reach", "fail", &["no answer to GET"]);
}

#[test]
fn what_keeps_the_server_away_is_told_as_every_command_does() {
    for (answer, code, words) in [
        (reply("404 Not Found", "<html>"), 6, &["server response: 404", "is the platform's address"][..]),
        (
            reply("503 Service Unavailable", r#"{"errors":[{"message":"soon"}]}"#),
            9,
            &["503", "soon", "try again later"],
        ),
        (
            reply_with("302 Found", &["Location: http://elsewhere.test/login"], ""),
            1,
            &["http://elsewhere.test"],
        ),
        (Reply::HangUp, 8, &["no answer to GET", "the server runs"]),
        (Reply::Silence(Duration::from_secs(2)), 8, &["longer than 1 s", "--timeout"]),
    ] {
        let server = Server::start(vec![answer]);
        let report = Report::of(&configured(&server.url(), ""), &["--timeout=1"]);
        report.says("reach", "fail", words);
        assert_eq!(report.names("skipped"), ["version", "clock", "credential"]);
        assert_eq!(report.run.code, code, "{words:?}");
        let call = server.call();
        assert!(call.line.contains("system/ping") && call.header("authorization").is_none(), "{call:?}");
    }
}

#[test]
fn a_server_that_does_not_answer_everybody_answers() {
    let mut replies = introduction(0);
    replies[0] = reply_with("401 Unauthorized", &[&date(0)], "");
    let server = Server::start(replies.into_iter().chain(told(&good_me())).collect());
    let report = Report::of(&encrypted(&server.url()), &[]);
    report.says("reach", "ok", &["answers after", "401 Unauthorized"]);
    assert_eq!(report.names("ok").len(), 10);
}

#[test]
fn a_proxy_on_the_way_is_used_and_told() {
    let server = accessd(&good_me());
    let proxy = connect_proxy(server.port());
    let address = format!("http://frog:canary@{}", proxy.address);
    let jf = encrypted("https://other.test").env("HTTP_PROXY", &address);
    let report = Report::of(&jf, &["--url=http://platform.test", "--access-token", &plain_token()]);
    report.says("proxy", "ok", &["the proxy http://***@", "of the variable HTTP_PROXY"]);
    report.says("address", "warn", &["not encrypted"]);
    assert_eq!((report.run.code, report.names("warn")), (0, vec!["address"]), "{:?}", report.run);
}

#[test]
fn what_the_server_is_is_told_as_far_as_it_says() {
    let unknown = || reply("404 Not Found", "");
    let public = || vec![unknown(), reply("200 OK", &good_me())];
    let name = || reply("200 OK", r#"{"name":"7.104.2"}"#);
    let artifactory =
        || reply("200 OK", r#"{"version":"7.105.1","revision":"81","addons":[],"license":"x"}"#);
    for (access, artifactory, me, status, words) in [
        (name(), artifactory(), public(), "ok", "a platform of version 7.104.2"),
        (unknown(), artifactory(), public(), "ok", "a platform of version 7.105.1"),
        (reply("401 No", ""), artifactory(), public(), "ok", "a platform of version 7.105.1"),
        (
            name(),
            reply("403 No", ""),
            told(&good_me()),
            "ok",
            "accessd, which speaks as a platform of version 7.104.2",
        ),
        (reply("200 OK", "<html>"), unknown(), public(), "warn", "the server does not say what it is"),
    ] {
        let mut replies = vec![reply_with("200 OK", &[&date(0)], "OK"), access, artifactory];
        replies.extend(me);
        let server = Server::start(replies);
        let report = Report::of(&configured(&server.url(), ""), &[]);
        report.says("version", status, &[words]);
    }
    let server = accessd(&good_me());
    let report = Report::of(&configured(&server.url(), ""), &[]);
    report.says("version", "ok", &["accessd 0.1.0, which speaks as a platform of version 7.111.4"]);
    // An Artifactory elsewhere that is not there.
    let replies = vec![reply_with("200 OK", &[&date(0)], "OK"), name()];
    let server = Server::start(replies.into_iter().chain(told(&good_me())).collect());
    let apart = r#""artifactoryUrl":"http://127.0.0.1:1/","#;
    let report = Report::of(&configured(&server.url(), apart), &[]);
    report.says("version", "warn", &["a platform of version 7.104.2", "Artifactory: no answer to GET"]);
}

#[test]
fn clocks_are_compared_by_the_date_header() {
    for (ahead, status, words) in [
        (0, "ok", "agree on the time"),
        (-3, "ok", "ahead of the server's"),
        (30, "warn", "s behind the server's"),
        (-30, "warn", "s ahead of the server's"),
        (600, "fail", "s behind the server's"),
        (-600, "fail", "s ahead of the server's"),
    ] {
        let server = answering(ahead, told(&good_me()));
        let report = Report::of(&encrypted(&server.url()), &[]);
        report.says("clock", status, &[words]);
        assert_eq!(report.run.code, i32::from(status == "fail"));
        report.says("credential", "ok", &["accepted"]);
    }
    let mut replies = introduction(0);
    replies[0] = reply("200 OK", "OK");
    let server = Server::start(replies.into_iter().chain(told(&good_me())).collect());
    Report::of(&encrypted(&server.url()), &[]).says("clock", "ok", &["not compared"]);
}

#[test]
fn a_refused_token_fails_in_the_servers_words() {
    let refused = || reply("401 Unauthorized", REFUSED);
    let mut replies = introduction(0);
    replies[2] = refused();
    let server = Server::start(replies.into_iter().chain([refused(), refused()]).collect());
    let report = Report::of(&configured(&server.url(), ""), &[]);
    let words = [
        "401 Unauthorized",
        "Invalid token, expired",
        "access token of the configuration",
        "jf config edit one",
    ];
    report.says("credential", "fail", &words);
    assert_eq!((report.run.code, report.names("fail")), (4, vec!["credential"]));
    report.says("version", "ok", &["7.111.4"]);
}

#[test]
fn a_wrong_password_is_sent_once() {
    for (status, code) in [("401 Unauthorized", 4), ("200 OK", 0)] {
        let mut replies = introduction(0);
        if code == 4 {
            replies[2] = reply(status, r#"{"errors":[{"message":"Bad Credentials"}]}"#);
        }
        let server = Server::start(replies);
        let jf = Jf::new().stdin(PASSWORD);
        let report = Report::of(&jf, &["--url", &server.url(), "--user=frog", "--password-stdin"]);
        assert_eq!(report.run.code, code);
        if code == 4 {
            report.says("credential", "fail", &["Bad Credentials", "check --access-token"]);
        } else {
            report.says("credential", "ok", &["accepted: password of the flag --password-stdin, user frog"]);
            report.says("renewal", "ok", &["tokens of the configuration only"]);
        }
        let with_password =
            server.calls().iter().filter(|call| call.header("authorization").is_some()).count();
        assert_eq!(with_password, 1);
        assert_no_secret(&report.run.stdout);
    }
}

#[test]
fn no_credential_is_a_failure_of_its_own() {
    let server = Server::start(introduction(0));
    let report = Report::of(&Jf::new(), &["--url", &server.url()]);
    report.says("credential", "fail", &["no credentials for", "--access-token-stdin"]);
    assert_eq!((report.run.code, report.names("fail")), (4, vec!["credential"]));
    assert!(server.calls().iter().all(|call| call.header("authorization").is_none()));
}

#[test]
fn the_end_of_the_token_and_how_it_is_kept_are_told() {
    let ends =
        |scope: &str, left: i64| me(&format!(r#","scope":"{scope}","expiry":{}"#, in_seconds(left + 60)));
    let user = "applied-permissions/user";
    for (answer, notice, status, words) in [
        (
            ends(user, 30 * DAY),
            "",
            "ok",
            &["user frog, scope applied-permissions/user", "it expires in 30 days ("][..],
        ),
        (
            ends(user, 5 * HOUR),
            "",
            "warn",
            &["it expires in 5 hours (", "jf token rotate --self --server-id one"],
        ),
        (ends(user, 3 * DAY), "1d", "ok", &["it expires in"]),
        (ends(user, HOUR), "0", "ok", &["it expires in"]),
        (me(r#","scope":"applied-permissions/user""#), "", "ok", &["it never expires"]),
        (
            me(r#","scope":"applied-permissions/groups:a applied-permissions/admin""#),
            "",
            "warn",
            &["it is an administrator's, and never expires"],
        ),
        (me(""), "", "ok", &["it never expires"]),
    ] {
        let server = answering(0, told(&answer));
        let report = Report::of(&encrypted(&server.url()).env("JF_EXPIRY_NOTICE", notice), &[]);
        report.says("credential", status, words);
        assert_eq!(report.run.code, 0);
    }
    let server = accessd(&good_me());
    let report = Report::of(&configured(&server.url(), ""), &[]);
    report.says(
        "credential",
        "warn",
        &["kept in plain text", "JFROG_CLI_ENCRYPTION_KEY", "jf config use one"],
    );
    let server = answering(0, told(&ends(user, HOUR)));
    let report = Report::of(&Jf::new(), &["--url", &server.url(), "--access-token=t"]);
    report.says("credential", "warn", &["access token of the flag --access-token", "jf token create"]);
}

#[test]
fn a_token_that_the_platform_keeps_no_record_of_is_accepted_all_the_same() {
    let unknown = || reply("404 Not Found", "");
    let server = answering(0, vec![unknown(), unknown()]);
    let jf = Jf::new().config(&config(&server.url(), &token(HOUR, 90 * DAY + 60), ""));
    let report = Report::of(&jf, &[]);
    report.says(
        "credential",
        "warn",
        &["accepted: access token of the configuration", "it expires in 90 days"],
    );
}

#[test]
fn whether_the_token_is_renewed_is_told() {
    let near = || token(30 * DAY, 5 * DAY + 60);
    let reference = "cmVmdGtuOjAxOjE5MDAwMDAwMDA6YVo5YVo5YVo5YVo5YVo5YVo5YVo5YVo5YVo5";
    let off = format!(r#"{REFRESHABLE}"disableTokenRefresh":true,"#);
    for (token, fields, flags, status, words) in [
        (near(), REFRESHABLE, &[][..], "ok", "there is a refresh token, which is used in 36 hours"),
        (token(HOUR, 60), REFRESHABLE, &[], "ok", "there is a refresh token, and the next command uses it"),
        (near(), REFRESHABLE, &["--disable-token-refresh"], "ok", "--disable-token-refresh switches it off"),
        (near(), off.as_str(), &[], "ok", "disableTokenRefresh switches it off for this server"),
        (near(), "", &[], "ok", "kept without a refresh token"),
        (jwt("{}"), REFRESHABLE, &[], "ok", "says of no end"),
        (reference.to_owned(), REFRESHABLE, &[], "warn", "jf does not renew reference tokens"),
        (near(), r#""password":"p","refreshToken":"r","#, &[], "ok", "there is no access token to renew"),
    ] {
        let replies = if fields.contains("password") { Vec::new() } else { told(&good_me()) };
        let server = answering(0, replies);
        let jf = Jf::new().config(&config(&server.url(), &token, fields));
        Report::of(&jf, flags).says("renewal", status, &[words]);
        assert!(server.calls().iter().all(|call| call.line.starts_with("GET ")));
    }
}

#[test]
fn no_secret_is_shown_at_any_level() {
    // It repeats what it was sent, in every field and header, and fails.
    for status in ["200 OK", "401 Unauthorized", "500 Oh"] {
        let echo = Trap::start(move |mut stream, note| {
            let mut seen = Vec::new();
            read_call_into(&mut stream, &mut |bytes| seen.extend_from_slice(bytes));
            note(&seen);
            let text = String::from_utf8_lossy(&seen).replace("\r\n", " ").replace('"', "'");
            let is_ping = text.contains("system/ping");
            let body = format!(
                r#"{{"name":"{text}","version":"{text}","license":"{text}","token_id":"{text}","subject":"{text}","scope":"{text}","errors":[{{"message":"{text}"}}]}}"#
            );
            let status = if is_ping { "200 OK" } else { status };
            let _ = write!(
                stream,
                "HTTP/1.1 {status}\r\nContent-Type: application/json\r\nWarning: 299 x \"{text}\"\r\nContent-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
        });
        let url = format!("http://127.0.0.1:{}", echo.port());
        for format in ["json", "table"] {
            for flags in [&["--access-token-stdin"][..], &["--user=frog", "--password-stdin"]] {
                let secret = if flags.len() == 1 { TOKEN } else { PASSWORD };
                let jf = Jf::new().stdin(secret).env("JFROG_CLI_LOG_LEVEL", "DEBUG");
                for command in ["doctor", "whoami"] {
                    let run = jf
                        .run(&[&[command, "--format", format, "--url", &url, "--retries=0"], flags].concat());
                    for text in [&run.stdout, &run.stderr] {
                        assert_no_secret(text.replace("uthorization", ""));
                    }
                }
            }
        }
        assert!(echo.text().contains("uthorization"));
    }
}

#[test]
fn nothing_of_the_servers_steers_the_terminal() {
    let text = serde_json::Value::String("a\u{1b}[2J\u{7}\u{202e}\nok       faked".to_owned()).to_string();
    let version = format!(r#"{{"name":{text},"version":{text},"revision":{text},"license":{text}}}"#);
    let me = format!(r#"{{"token_id":{text},"subject":{text},"scope":{text},"issued_at":1}}"#);
    for format in ["json", "table"] {
        let replies = vec![
            reply_with("200 OK", &[&date(0)], "OK"),
            reply("200 OK", &version),
            reply("200 OK", &version),
            reply_with("200 OK", &[JSON], &me),
        ];
        let server = Server::start(replies);
        let run = configured(&server.url(), "").run(&["doctor", "--format", format]).ok();
        assert!(
            !run.stdout.contains(['\u{1b}', '\u{7}', '\u{202e}']) && !run.stdout.contains("\nok       faked"),
            "{run:?}"
        );
    }
}
