//! What a failed refresh does: as long as the token is good, no more than a warning.

use crate::refresh_world::{HOUR, REFRESHABLE, config, due, ended, field, renewed, token};
use crate::support::{CREATED, Jf, Reply, Server, reply};

const ONCE: [&str; 2] = ["atc", "--retries=0"];

#[test]
fn w32_a_failure_with_a_good_token_is_a_warning() {
    for answer in [
        reply("500 Internal Server Error", ""),
        reply("403 Forbidden", r#"{"errors":[{"message":"spent"}]}"#),
        Reply::HangUp,
        reply("200 OK", "<html>"),
        reply("302 Found", ""),
    ] {
        let server = Server::start(vec![answer, reply("200 OK", CREATED)]);
        let old = due();
        let text = config(&server.url(), &old, REFRESHABLE);
        let jf = Jf::new().config(&text);
        let run = jf.run(&ONCE).ok();
        let warning = "[Warn] the access token of server 'one' could not be renewed and is used as it is";
        assert!(run.stderr.contains(warning) && !run.stderr.contains("canary"), "{run:?}");
        assert_eq!(server.calls()[1].header("authorization"), Some(&*format!("Bearer {old}")));
        assert_eq!(jf.config_text(), text);
    }
}

#[test]
fn w32_a_failure_with_an_ended_token_has_the_exit_code_of_its_cause() {
    for (answer, code, words) in [
        (reply("500 Internal Server Error", ""), 9, "server response: 500 Internal Server Error"),
        (
            reply("403 Forbidden", r#"{"errors":[{"message":"spent"}]}"#),
            4,
            "server response: 403 Forbidden\n  spent",
        ),
        (reply("401 Unauthorized", ""), 4, "server response: 401 Unauthorized"),
        (Reply::HangUp, 8, "no answer to POST"),
    ] {
        let server = Server::start(vec![answer]);
        let jf = Jf::new().config(&config(&server.url(), &ended(), REFRESHABLE));
        let run = jf.run(&ONCE).fails(code, &[&format!("Refresh access token failed: {words}"), "hint: "]);
        assert!(!run.stderr.contains("canary") && !run.stderr.contains("old-refresh"), "{run:?}");
    }
}

#[test]
fn w33_an_answer_without_a_token_overwrites_nothing() {
    for body in [
        r#"{"access_token":"","refresh_token":""}"#,
        r#"{"refresh_token":"x"}"#,
        r#"{"access_token":null}"#,
        r#"{"access_token":1,"refresh_token":"x"}"#,
        r#"{"reference_token":"r","refresh_token":"x"}"#,
        "{}",
        "",
    ] {
        let server = Server::start(vec![reply("200 OK", body), reply("200 OK", CREATED)]);
        let text = config(&server.url(), &due(), REFRESHABLE);
        let jf = Jf::new().config(&text);
        let run = jf.run(&ONCE).ok();
        assert!(run.stderr.contains("without a new access token; nothing was changed"), "{body}: {run:?}");
        assert_eq!(jf.config_text(), text, "{body}");
    }
}

#[test]
fn w33_an_answer_without_a_refresh_token_keeps_the_old_one() {
    for refresh in [r#""refresh_token":"","#, ""] {
        let fresh = token(0, HOUR);
        let body = renewed(&fresh).replace(r#""refresh_token":"new-refresh","#, refresh);
        let server = Server::start(vec![reply("200 OK", &body), reply("200 OK", CREATED)]);
        let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
        jf.run(&["atc"]).ok();
        assert_eq!(
            [field(&jf, "accessToken"), field(&jf, "refreshToken")],
            [fresh, "old-refresh".to_owned()]
        );
    }
}

/// With a file where the folder of the locks should be: not even root can make a folder there.
fn unwritable(jf: Jf) -> Jf {
    std::fs::write(jf.home().join("locks"), "").unwrap();
    jf
}

#[test]
fn where_nothing_can_be_written_a_good_token_goes_on_and_no_refresh_is_asked_for() {
    let server = Server::created();
    let jf = unwritable(Jf::new().config(&config(&server.url(), &due(), REFRESHABLE)));
    let run = jf.run(&["atc"]).ok();
    assert!(run.stderr.contains("could not be renewed") && run.stderr.contains("locks"), "{run:?}");
    let nobody = Server::untouched();
    let jf = unwritable(Jf::new().config(&config(&nobody.url(), &ended(), REFRESHABLE)));
    jf.run(&["atc"]).fails(1, &["Refresh access token failed: cannot create", "locks"]);
}
