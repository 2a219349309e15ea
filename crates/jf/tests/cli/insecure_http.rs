//! W26: plain http beyond this machine is asked about, or warned of, before anything is sent. The platform lies
//! behind a proxy here, so that it has another name than this machine's.

use crate::proxy_lab::connect_proxy;
use crate::support::{Jf, Server, compact, reply};
use crate::terminal::Terminal;

const QUESTION: &str = "Your JFrog URL uses an insecure HTTP connection, instead of HTTPS. Are you sure you want to continue? (y/n) [n]? ";
const ABORTED: &str = "config was aborted due to an insecure HTTP connection";
const WARNING: &str = "[Warn] Your configured JFrog URL uses an insecure HTTP connection.";
const URL: &str = "http://platform.test";

/// With a proxy that nobody may call.
fn behind(proxy: &Server) -> Jf {
    Jf::new().env("HTTP_PROXY", &proxy.url())
}

/// Commands that send something, after the question.
const SENDING: [&[&str]; 4] = [
    &["config", "add", "one", "--url", URL, "--user=u", "--password=p"],
    &["config", "add", "one", "--url", URL, "--oidc-provider-name=gh", "--oidc-token-id=id"],
    &["config", "add", "one", "--artifactory-url", URL, "--user=u", "--password=p"],
    &["login", "--url", URL],
];

#[test]
fn w26_who_says_no_sends_nothing() {
    for arguments in SENDING {
        for no in ["n\n", "\n", "maybe\nmaybe\nmaybe\nmaybe\nmaybe\n", "\u{4}"] {
            let proxy = Server::untouched();
            let jf = behind(&proxy);
            let session = Terminal::start(&jf, arguments).expect(QUESTION).type_in(no).end();
            assert!(session.code == 2 || session.code == 4, "{session:?}");
            assert!(no.len() > 2 || no == "\u{4}" || session.screen.contains(ABORTED), "{session:?}");
            assert!(!jf.home().exists());
        }
    }
}

#[test]
fn w26_who_says_yes_is_asked_once() {
    let server = Server::start(vec![reply("200 OK", "encrypted")]);
    let proxy = connect_proxy(server.port());
    let jf = Jf::new().env("HTTP_PROXY", &format!("http://{}", proxy.address));
    let session = Terminal::start(&jf, SENDING[0]).answer(QUESTION, "y").end().ok();
    assert_eq!(session.screen.matches("insecure HTTP").count(), 1, "{session:?}");
    assert_eq!(server.call().header("host"), Some("platform.test"));
    assert!(compact(&jf).contains(r#""url":"http://platform.test/""#));
}

#[test]
fn w26_without_a_person_it_is_a_warning() {
    let server = Server::start(vec![reply("200 OK", "encrypted")]);
    let proxy = connect_proxy(server.port());
    let run = Jf::new().env("HTTP_PROXY", &format!("http://{}", proxy.address)).run(SENDING[0]).ok();
    assert_eq!(server.calls().len(), 1);
    assert_eq!(run.stderr.matches(WARNING).count(), 1, "{run:?}");
    let proxy = Server::untouched();
    let run = behind(&proxy)
        .run(&[
            "c",
            "add",
            "one",
            "--xray-url=http://x.test",
            "--url=https://h",
            "--access-token=t",
            "--user=u",
        ])
        .ok();
    assert_eq!(run.stderr.matches(WARNING).count(), 1, "{run:?}");
}

#[test]
fn w26_this_machine_is_no_stranger() {
    for host in ["127.0.0.1", "localhost", "[::1]", "127.8.9.1"] {
        let jf = Jf::new();
        let url = format!("http://{host}:1/");
        let session =
            Terminal::start(&jf, &["c", "add", "one", "--url", &url, "--access-token=t", "--user=u"])
                .end()
                .ok();
        assert!(!session.screen.contains("insecure"), "{session:?}");
    }
}

#[test]
fn w26_edit_asks_for_what_is_new_only() {
    let proxy = Server::untouched();
    let jf = behind(&proxy).config(
        r#"{"servers":[{"url":"http://old.test/","serverId":"one","isDefault":true}],"version":"6"}"#,
    );
    let session = Terminal::start(&jf, &["c", "edit", "one", "--disable-token-refresh"]).end().ok();
    assert!(!session.screen.contains("insecure"), "{session:?}");
    let text = jf.config_text();
    Terminal::start(&jf, &["c", "edit", "one", "--url", URL])
        .answer(QUESTION, "n")
        .end()
        .fails(2, &[ABORTED]);
    assert_eq!(jf.config_text(), text);
}
