//! `--enc-password`: the password as Artifactory encrypts it, asked for once.

use crate::support::{Jf, Run, Server, compact, reply};

const PATH: &str = "GET /artifactory/api/security/encryptedPassword HTTP/1.1";
/// `frog:plain`.
const BASIC: &str = "Basic ZnJvZzpwbGFpbg==";

fn add(jf: &Jf, server: &Server, more: &[&str]) -> Run {
    let url = server.url();
    jf.run(&[&["config", "add", "one", "--url", &url, "--user=Frog", "--password-stdin"], more].concat())
}

fn jf() -> Jf {
    Jf::new().stdin("plain\n")
}

#[test]
fn the_encrypted_password_is_what_is_kept() {
    for more in [&[][..], &["--enc-password"], &["--enc-password=true"]] {
        let (jf, server) = (jf(), Server::start(vec![reply("200 OK", "{DESede}abc==\n")]));
        let run = add(&jf, &server, more).ok();
        assert_eq!(run.stderr, "");
        let call = server.call();
        assert_eq!((call.line.as_str(), call.header("authorization")), (PATH, Some(BASIC)));
        assert!(
            compact(&jf).contains(r#""user":"frog","password":"{DESede}abc==","tokenRefreshInterval":60"#)
        );
    }
}

#[test]
fn a_server_that_cannot_is_told_once_and_only_a_failure_if_it_was_asked_for() {
    for (status, code, words) in [
        ("409 Conflict", 7, "Your Artifactory server is not configured to encrypt passwords."),
        ("404 Not Found", 6, "404"),
        ("401 Unauthorized", 4, "401"),
        ("503 Service Unavailable", 9, "503"),
    ] {
        let (jf1, server) = (jf(), Server::start(vec![reply(status, "")]));
        let run = add(&jf1, &server, &[]).ok();
        assert_eq!(run.stderr.matches("[Warn]").count(), 1, "{run:?}");
        assert!(
            run.stderr.contains("kept as it was given") && run.stderr.contains("--enc-password=false"),
            "{run:?}"
        );
        assert!(compact(&jf1).contains(r#""password":"plain""#));

        let (jf2, server) = (jf(), Server::start(vec![reply(status, "")]));
        let run = add(&jf2, &server, &["--enc-password"]);
        let run = run.fails(
            code,
            &["The following error was received while trying to encrypt your password: ", words],
        );
        // W53: no command is named that does not exist.
        assert!(!run.stderr.contains("art config") && !run.stderr.contains("plain"), "{run:?}");
        assert!(!jf2.home().exists());
    }
}

#[test]
fn what_cannot_be_an_encrypted_password_is_not_kept() {
    let long = "x".repeat(1025);
    for body in ["<html>login</html>", "two words", "two\nlines", "pass\u{e9}", "a\u{1b}b", " \n", &long] {
        let (jf1, server) = (jf(), Server::start(vec![reply("200 OK", body)]));
        let run = add(&jf1, &server, &[]).ok();
        assert!(run.stderr.contains("the server did not encrypt it (its answer is no"), "{body:?} {run:?}");
        assert!(compact(&jf1).contains(r#""password":"plain""#));
        let (jf2, server) = (jf(), Server::start(vec![reply("200 OK", body)]));
        add(&jf2, &server, &["--enc-password"]).fails(9, &["while trying to encrypt", "is no encrypted"]);
        assert!(!jf2.home().exists());
    }
}

#[test]
fn nobody_is_called_who_was_not_asked_for() {
    let (jf, server) = (jf(), Server::untouched());
    add(&jf, &server, &["--enc-password=false"]).ok();
    let url = server.url();
    jf.run(&["config", "add", "two", "--url", &url, "--access-token=t", "--user=u"]).ok();
    jf.run(&["config", "edit", "one", "--disable-token-refresh"]).ok();
    jf.run(&["config", "show"]).ok();
    jf.run(&["config", "use", "two"]).ok();
}

#[test]
fn artifactorys_own_address_is_asked() {
    let (jf, platform) = (jf(), Server::untouched());
    let artifactory = Server::start(vec![reply("200 OK", "enc")]);
    let url = format!("{}/other", artifactory.url());
    add(&jf, &platform, &["--artifactory-url", &url]).ok();
    assert_eq!(artifactory.call().line, "GET /other/api/security/encryptedPassword HTTP/1.1");
    let artifactory = Server::start(vec![reply("200 OK", "enc2")]);
    jf.run(&["c", "edit", "one", "--artifactory-url", &artifactory.url(), "--password-stdin"]).ok();
    let call = artifactory.call();
    assert_eq!(
        (call.line.as_str(), call.header("authorization")),
        ("GET /api/security/encryptedPassword HTTP/1.1", Some(BASIC))
    );
    assert!(compact(&jf).contains(r#""password":"enc2""#));
}
