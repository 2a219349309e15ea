//! `jf login` with a person at the terminal and a platform that follows a script.

use crate::proxy_lab::connect_proxy;
use crate::support::{Call, Jf, Reply, Server, compact, reply, stamp};
use crate::terminal::Terminal;

const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln";
const MANUALLY: &str = "[Warn] Failed to automatically open the browser. Please open the URL manually.\n";
const LIST: &str = "Select whether to create a new server configuration or to web login to an existing one:\n  1) [New Server]\n";

fn tokens() -> String {
    format!(r#"{{"access_token":"{JWT}","refresh_token":"canary-refresh","token_type":"Bearer"}}"#)
}

/// The platform, from the ping to these looks for the tokens.
fn platform(looks: Vec<Reply>) -> Server {
    let mut replies = vec![reply("200 OK", "OK"), reply("200 OK", "")];
    replies.extend(looks);
    Server::start(replies)
}

/// Without a program that opens a browser.
fn jf() -> Jf {
    Jf::new().env("PATH", "/nowhere")
}

fn login(jf: &Jf, arguments: &[&str]) -> Terminal {
    Terminal::start(jf, &[&["login"], arguments].concat())
}

/// The session that the calls are about: made once, in each of them.
#[track_caller]
fn session_of(calls: &[Call]) -> String {
    assert_eq!(calls[0].line, "GET /artifactory/api/system/ping HTTP/1.1");
    assert_eq!(calls[1].line, "POST /access/api/v2/authentication/jfrog_client_login/request HTTP/1.1");
    let body: serde_json::Value = serde_json::from_str(&calls[1].body).unwrap();
    let session = body["session"].as_str().unwrap().to_owned();
    assert_eq!(calls[1].body, format!(r#"{{"session":"{session}"}}"#));
    assert!(session.len() == 36 && &session[14..15] == "4", "{session} is no UUIDv4");
    for call in &calls[2..] {
        assert_eq!(
            call.line,
            format!("GET /access/api/v2/authentication/jfrog_client_login/token/{session} HTTP/1.1")
        );
    }
    for call in calls {
        assert_eq!(call.header("authorization"), None);
    }
    session
}

/// The whole flow. W37: while the browser is waited for, others change the configuration.
#[test]
fn w37_web_login_waits_without_a_lock_and_keeps_what_it_got() {
    let server = platform(vec![
        reply("400 Bad Request", ""),
        reply("400 Bad Request", ""),
        reply("200 OK", &tokens()),
    ]);
    let (jf, url) = (jf(), server.url());
    let terminal = login(&jf, &["--url", &url, "--server-id", "web"]).expect(MANUALLY);
    let other = jf.run(&["config", "add", "other", "--url=https://h", "--access-token=t", "--user=u"]).ok();
    assert_eq!(other.stderr, "");
    assert!(!terminal.screen().contains("logged in") && compact(&jf).contains("other"));

    let end = terminal.end().ok();
    let session = session_of(&server.calls());
    assert_eq!(
        end.screen,
        format!(
            "After logging in via your web browser, please enter the code if prompted: {}\n\
             Please open the following URL in your browser to authenticate:\n\
             {url}/ui/login?jfClientSession={session}&jfClientName=JFrog-CLI&jfClientCode=1\n\
             {MANUALLY}[Info] You're now logged in!\n",
            &session[32..]
        )
    );
    let text = compact(&jf);
    assert!(
        text.contains(&format!(
            r#""user":"frog","accessToken":"{JWT}","refreshToken":"canary-refresh","serverId":"web","isDefault":true,"webLogin":true}}"#
        )),
        "{text}"
    );
    assert!(text.contains(r#""serverId":"other"}"#), "{text}");
}

#[test]
fn the_browser_is_opened_where_there_is_one() {
    use std::os::unix::fs::PermissionsExt as _;
    let server = platform(vec![reply("200 OK", &tokens())]);
    let jf = Jf::new();
    let opener = jf.folder().join("xdg-open");
    std::fs::write(&opener, "#!/bin/sh\nprintf %s \"$1\" > opened.part && /bin/mv opened.part opened\n")
        .unwrap();
    std::fs::set_permissions(&opener, std::fs::Permissions::from_mode(0o700)).unwrap();
    let folder = jf.folder().to_str().unwrap().to_owned();
    let jf = jf.env("PATH", &folder);
    let url = server.url();
    let end = login(&jf, &["--url", &url]).end().ok();
    assert!(!end.screen.contains(MANUALLY), "{end:?}");
    let session = session_of(&server.calls());
    // The program runs by itself; it may still be at it.
    while !jf.folder().join("opened").exists() {
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let opened = std::fs::read_to_string(jf.folder().join("opened")).unwrap();
    assert_eq!(
        opened,
        format!("{url}/ui/login?jfClientSession={session}&jfClientName=JFrog-CLI&jfClientCode=1")
    );
}

#[test]
fn what_goes_wrong_is_told_and_nothing_kept() {
    for (replies, code, words) in [
        (vec![reply("404 Not Found", "")], 6, "404"),
        (
            vec![reply("200 OK", ""), reply("404 Not Found", "")],
            6,
            "Oops! it looks like the web login option is unavailable right now.",
        ),
        (
            vec![reply("200 OK", ""), reply("200 OK", ""), reply("403 Forbidden", "")],
            5,
            "received unexpected response when getting the login authentication token",
        ),
        (
            vec![reply("200 OK", ""), reply("200 OK", ""), reply("200 OK", r#"{"access_token":""}"#)],
            9,
            "failed getting authentication token after web login",
        ),
        (
            vec![reply("200 OK", ""), reply("200 OK", ""), reply("200 OK", "<html>")],
            9,
            "failed getting authentication token after web login",
        ),
    ] {
        let (jf, server) = (jf(), Server::start(replies));
        let end = login(&jf, &["--url", &server.url()]).end().fails(code, &[words]);
        assert!(!jf.home().exists() && !end.screen.contains("logged in"), "{end:?}");
    }
}

#[test]
fn the_address_is_asked_and_the_id_made_of_the_host() {
    // By a proxy the platform has a name.
    for (url, id) in [("http://frog.platform.test", "frog"), ("http://10.1.2.3", "default-server")] {
        let server = platform(vec![reply("200 OK", &tokens())]);
        let proxy = connect_proxy(server.port());
        let jf = jf().env("HTTP_PROXY", &format!("http://{}", proxy.address));
        login(&jf, &[])
            .answer("Enter your JFrog Platform URL: ", "")
            .answer(
                "The JFrog Platform URL cannot be empty. Please try again.\nEnter your JFrog Platform URL: ",
                url,
            )
            .answer("Are you sure you want to continue? (y/n) [n]? ", "y")
            .end()
            .ok();
        let text = compact(&jf);
        assert!(text.contains(&format!(r#""serverId":"{id}","isDefault":true"#)), "{text}");
    }
}

#[test]
fn a_server_of_the_list_keeps_what_is_no_log_in() {
    let server = platform(vec![reply("200 OK", &tokens())]);
    let url = server.url();
    let jf = jf().config(&format!(
        r#"{{"servers":[{{"url":"{url}/","xrayUrl":"https://own/","user":"old","password":"gone","tokenRefreshInterval":60,"serverId":"one","own":1}},{{"url":"https://g/","serverId":"two","isDefault":true}}],"version":"6"}}"#
    ));
    login(&jf, &[]).expect(LIST).answer("  2) one\n  3) two\nNumber [1-3]: ", "2").end().ok();
    let text = compact(&jf);
    for part in [
        r#""xrayUrl":"https://own/""#,
        r#""own":1"#,
        r#""user":"frog","accessToken""#,
        r#""serverId":"one","isDefault":true,"webLogin":true"#,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
    assert!(
        !text.contains("gone")
            && !text.contains("tokenRefreshInterval")
            && text.matches("isDefault").count() == 1,
        "{text}"
    );
}

#[test]
fn a_new_server_of_the_list_and_ids_that_are_taken() {
    let server = platform(vec![reply("200 OK", &tokens())]);
    let proxy = connect_proxy(server.port());
    let jf = jf()
        .env("HTTP_PROXY", &format!("http://{}", proxy.address))
        .config(r#"{"servers":[{"url":"https://g/","serverId":"frog","isDefault":true}],"version":"6"}"#);
    login(&jf, &[])
        .answer(LIST, "1")
        .answer("Enter your JFrog Platform URL: ", "http://frog.test")
        .answer("Server ID 'frog' is that of another server. Enter another: ", "mine")
        .answer("continue? (y/n) [n]? ", "y")
        .end()
        .ok();
    let text = compact(&jf);
    assert!(
        text.contains(r#""serverId":"frog"}"#) && text.contains(r#""serverId":"mine","isDefault":true"#),
        "{text}"
    );
}

#[test]
fn legacy_needs_no_browser() {
    let server = Server::untouched();
    let jf = jf();
    let ways = "Select one of the following authentication methods:\n  1) Access Token\n  2) Username and Password / Reference token\nNumber [1-2]: ";
    let url = server.url();
    let end = login(&jf, &["--legacy", "--url", &url, "--server-id=a"])
        .answer(ways, "1")
        .answer_hidden("JFrog access token: ", JWT)
        .end()
        .ok();
    assert!(!end.screen.contains("eyJ"), "{end:?}");
    login(&jf, &["--legacy", "--url", &url, "--server-id=b"])
        .answer(ways, "2")
        .answer("JFrog username: ", "Toad")
        .answer_hidden("JFrog password or Reference Token: ", "canary")
        .end()
        .ok();
    let text = compact(&jf);
    assert!(
        text.contains(r#""user":"frog","accessToken""#)
            && text.contains(r#""user":"toad","password":"canary""#),
        "{text}"
    );
    assert!(
        text.contains(r#""serverId":"b","isDefault":true"#) && text.matches("isDefault").count() == 1,
        "{text}"
    );
}

#[test]
fn disable_token_refresh_is_kept() {
    let server = platform(vec![reply("200 OK", &tokens())]);
    let jf = jf();
    login(&jf, &["--url", &server.url(), "--disable-token-refresh"]).end().ok();
    let text = compact(&jf);
    assert!(
        text.contains(r#""webLogin":true,"disableTokenRefresh":true"#) && text.contains("default-server"),
        "{text}"
    );
}

#[test]
fn what_cannot_be_logged_in_to_is_told() {
    let ssh = r#"{"servers":[{"url":"ssh://h:22/","serverId":"one","isDefault":true}],"version":"6"}"#;
    let jf = jf().config(ssh);
    let before = stamp(&jf);
    login(&jf, &["--server-id=one"]).end().fails(2, &["web login cannot be performed via SSH"]);
    login(&jf, &["--server-id=nope"]).end().fails(6, &["'nope'", "one"]);
    login(&jf, &["arg"]).end().fails(2, &["No arguments should be sent."]);
    login(&jf, &["--url=nope"]).end().fails(2, &["--url", "https://"]);
    login(&jf, &["--url=https://h", "--server-id=use"]).end().fails(2, &["IDs: delete"]);
    login(&jf, &[])
        .answer(LIST, "9")
        .answer("valid option.", "x")
        .expect("valid option.")
        .type_in("\u{4}")
        .end()
        .fails(4, &["--server-id"]);
    assert_eq!(stamp(&jf), before);
}
