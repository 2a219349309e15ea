//! What a failed refresh does: as long as the token is good, no more than a warning.

use crate::refresh_world::{HOUR, REFRESHABLE, config, due, ended, field, renewed, token};
use crate::support::{CREATED, Jf, Reply, Server, reply};
use std::time::Duration;

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
        r#"{"access_token":"no token","refresh_token":"x"}"#,
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

#[test]
fn a_server_that_moved_meanwhile_gets_and_loses_nothing() {
    for (token, code) in [(due(), 0), (ended(), 7)] {
        let old = Server::start(if code == 0 { vec![reply("200 OK", CREATED)] } else { Vec::new() });
        let new = Server::untouched();
        let jf = Jf::new().config(&config(&old.url(), &token, REFRESHABLE));
        // Another program holds the lock while the command waits to renew, and moves the server.
        let mut holder = std::process::Command::new("sleep").arg("60").spawn().unwrap();
        let folder = jf.home().join("locks/config");
        std::fs::create_dir_all(&folder).unwrap();
        let lock = folder.join(format!("jfrog-cli.conf.lck.{}.1", holder.id()));
        std::fs::write(&lock, "").unwrap();
        let moved = config(&new.url(), "new-canary", REFRESHABLE);
        let run = std::thread::scope(|scope| {
            let run = scope.spawn(|| jf.run(&ONCE));
            std::thread::sleep(Duration::from_millis(1500));
            std::fs::write(jf.config_path(), &moved).unwrap();
            std::fs::remove_file(&lock).unwrap();
            run.join().unwrap()
        });
        holder.kill().unwrap();
        holder.wait().unwrap();
        assert_eq!(run.code, code, "{run:?}");
        assert!(run.stderr.contains("was changed by another command meanwhile"), "{run:?}");
        assert_eq!(jf.config_text(), moved);
        assert!(
            old.calls().iter().all(|call| call.header("authorization") == Some(&format!("Bearer {token}")))
        );
    }
}

#[test]
fn a_renewal_that_can_wait_takes_only_part_of_the_time() {
    let server = Server::start(vec![Reply::Silence(Duration::from_secs(4)), reply("200 OK", CREATED)]);
    let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
    let run = jf.run(&["atc", "--timeout=12", "--response-timeout=3", "--retries=0"]).ok();
    assert!(run.stderr.contains("could not be renewed and is used as it is"), "{run:?}");
}

/// The old token is dead as soon as the server has begun to renew it, whether its answer comes or not.
#[test]
fn a_renewal_whose_answer_did_not_come_is_made_up_for_when_the_old_token_is_refused() {
    let server = Server::start(vec![
        Reply::Silence(Duration::from_secs(3)),
        reply("401 Unauthorized", ""),
        reply("200 OK", &renewed("new.token.here")),
        reply("200 OK", CREATED),
    ]);
    let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
    jf.run(&["atc", "--timeout=20", "--response-timeout=2", "--retries=0"]).ok();
    assert_eq!(
        (field(&jf, "accessToken").as_str(), field(&jf, "refreshToken").as_str()),
        ("new.token.here", "new-refresh")
    );
    let calls = server.calls();
    assert!(calls[2].body.contains("old-refresh"));
    assert_eq!(calls[3].header("authorization"), Some("Bearer new.token.here"));
}

#[test]
fn what_is_switched_off_is_not_made_up_for_either() {
    let server = Server::start(vec![reply("401 Unauthorized", "")]);
    let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
    jf.run(&["atc", "--disable-token-refresh", "--retries=0"]).fails(4, &["server response: 401"]);
    assert!(!server.call().body.contains("refresh_token"));
}
