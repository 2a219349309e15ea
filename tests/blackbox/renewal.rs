//! A configured server whose access token is renewed by its refresh token, against the real service: together,
//! interrupted, and with answers that get lost.

use crate::accessd;
use serde_json::{Value, json};
use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;
use testkit::{Accessd, Fault, FaultProxy, Jf, Minted, program};

/// A home with one server at `url` that has this pair, as a web login leaves it.
fn home_with(url: &str, pair: &Minted) -> Jf {
    let jf = Jf::new();
    fs::create_dir(jf.path(".jfrog")).unwrap();
    let server = json!({"url": format!("{url}/"), "accessToken": pair.token, "refreshToken": pair.refresh_token,
        "serverId": "main", "isDefault": true, "webLogin": true});
    jf.file(".jfrog/jfrog-cli.conf.v6", &json!({"servers": [server], "version": "6"}).to_string());
    jf
}

fn stored(jf: &Jf) -> Value {
    let text = fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).unwrap();
    serde_json::from_str::<Value>(&text).unwrap()["servers"][0].clone()
}

fn pair(accessd: &Accessd, seconds: u64) -> (String, Minted) {
    let frog = accessd.new_user("frog");
    let pair = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": seconds}));
    (frog.name, pair)
}

#[test]
fn commands_at_once_make_one_renewal_and_all_succeed() {
    let accessd = accessd();
    let (name, old) = pair(&accessd, 20);
    let jf = home_with(&accessd.url(), &old);
    // The last tenth of the lifetime.
    std::thread::sleep(Duration::from_millis(18_300));
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| jf.run(&["api", "access/api/v1/tokens/me"]).succeeded());
        }
    });
    let server = stored(&jf);
    assert!(accessd.accepts(server["accessToken"].as_str().unwrap()));
    assert!(!accessd.accepts(&old.token));
    assert_eq!(accessd.tokens_of(&name).len(), 2, "the user's own token, and one live one of the family");
}

/// A pair whose access token has ended; its successor lives long enough to be used.
fn ended_pair(accessd: &Accessd) -> Minted {
    let (_, pair) = pair(accessd, 4);
    std::thread::sleep(Duration::from_millis(5100));
    pair
}

#[test]
fn a_lost_answer_costs_no_log_in() {
    let accessd = accessd();
    let all = [&[Fault::LoseAnswer][..], &[Fault::CutAnswer(20)], &[Fault::Refuse, Fault::LoseAnswer]];
    std::thread::scope(|scope| {
        for faults in all {
            let accessd = &accessd;
            scope.spawn(move || {
                let old = ended_pair(accessd);
                let proxy = FaultProxy::to_port(accessd.port(), faults);
                let jf = home_with(&proxy.url(), &old);
                jf.run(&["api", "access/api/v1/tokens/me"]).succeeded();
                assert_eq!(proxy.faults_left(), 0, "{faults:?}");
                assert_ne!(stored(&jf)["refreshToken"], old.refresh_token.as_str());
            });
        }
    });
}

#[test]
fn a_renewal_killed_at_any_moment_costs_no_log_in() {
    let accessd = accessd();
    std::thread::scope(|scope| {
        for milliseconds in [20, 60, 120, 200, 260, 300, 330, 360, 400] {
            let accessd = &accessd;
            scope.spawn(move || kill_after(milliseconds, accessd));
        }
    });
}

fn kill_after(milliseconds: u64, accessd: &Accessd) {
    let old = ended_pair(accessd);
    // The service renews at once; its answer is on the way for 300 ms.
    let proxy = FaultProxy::to_port(accessd.port(), &[Fault::Delay(300)]);
    let jf = home_with(&proxy.url(), &old);
    let mut child = Command::new(program("jf"))
        .args(["api", "access/api/v1/tokens/me"])
        .env_clear()
        .env("HOME", jf.home())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    std::thread::sleep(Duration::from_millis(milliseconds));
    child.kill().unwrap();
    child.wait().unwrap();
    jf.run(&["api", "access/api/v1/tokens/me"]).succeeded();
}

#[test]
fn a_token_that_is_not_due_is_left_alone() {
    let accessd = accessd();
    let (_, old) = pair(&accessd, 3600);
    let jf = home_with(&accessd.url(), &old);
    jf.run(&["api", "access/api/v1/tokens/me"]).succeeded();
    assert_eq!(stored(&jf)["accessToken"], old.token.as_str());
    assert!(accessd.accepts(&old.token));
}

#[test]
fn a_session_that_is_over_says_how_to_log_in_again() {
    let accessd = accessd();
    let old = ended_pair(&accessd);
    accessd.revoke(&accessd.admin_token(), &old.id);
    let jf = home_with(&accessd.url(), &old);
    jf.atc(&[]).failed(4, &["Refresh access token failed", "jf login --server-id main"]);
    assert_eq!(stored(&jf)["refreshToken"], old.refresh_token.as_str(), "nothing is lost by a failure");
}
