//! `jf doctor` against the real service.

use crate::accessd;
use serde_json::{Value, json};
use std::fs;
use testkit::{Accessd, Jf};

const FILE: &str = ".jfrog/jfrog-cli.conf.v6";
const KEY: &str = "0123456789abcdef0123456789ABCDEF";

/// Name and status of each check, and the exit code.
fn statuses(jf: &Jf, flags: &[&str]) -> (Vec<(String, String)>, Value) {
    let run = jf.run(&[&["doctor", "--format=json", "--retries=0"], flags].concat());
    let report: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(report["ok"], run.code == 0, "{}", run.stdout);
    let text = |check: &Value, field: &str| check[field].as_str().unwrap().to_owned();
    let checks = report["checks"].as_array().unwrap();
    (checks.iter().map(|check| (text(check, "check"), text(check, "status"))).collect(), report)
}

/// The names of those that are not ok.
fn not_ok(statuses: &[(String, String)]) -> Vec<(&str, &str)> {
    let all = statuses.iter().filter(|(_, status)| status != "ok");
    all.map(|(name, status)| (name.as_str(), status.as_str())).collect()
}

fn found<'a>(report: &'a Value, name: &str) -> &'a str {
    let checks = report["checks"].as_array().unwrap();
    checks.iter().find(|check| check["check"] == name).unwrap()["found"].as_str().unwrap()
}

#[test]
fn a_healthy_installation_is_told_so() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({}));
    let jf = Jf::new().env("JFROG_CLI_ENCRYPTION_KEY", KEY).stdin(&minted.token);
    jf.run(&["c", "add", "main", "--url", &accessd.url(), "--access-token-stdin"]).succeeded();
    let (checks, report) = statuses(&jf, &[]);
    assert_eq!((checks.len(), not_ok(&checks)), (10, vec![]), "{report}");
    assert!(found(&report, "version").starts_with("accessd "), "{report}");
    assert!(found(&report, "credential").contains(&format!("user {}", frog.name)), "{report}");
    let plain = Jf::configured(&accessd, &minted.token);
    let (checks, report) = statuses(&plain, &[]);
    assert_eq!(not_ok(&checks), [("credential", "warn")], "{report}");
    assert!(!report.to_string().contains(&minted.token));
    let run = plain.run(&["doctor"]).succeeded();
    assert!(
        run.stdout.contains("\nok       clock          this machine and the server agree"),
        "{}",
        run.stdout
    );
}

#[test]
fn what_is_wrong_has_the_exit_code_that_commands_have() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({}));
    let jf = Jf::configured(&accessd, &minted.token);
    accessd.revoke(&accessd.admin_token(), &minted.id).expect(200);
    let (checks, report) = statuses(&jf, &[]);
    assert_eq!(not_ok(&checks), [("credential", "fail")], "{report}");
    assert_eq!(jf.run(&["doctor"]).code, 4);
    let url = accessd.url();
    let by_password = Jf::new().stdin(&frog.password);
    let flags = ["--url", &url, "--user", &frog.name, "--password-stdin"];
    let (checks, report) = statuses(&by_password, &flags);
    assert_eq!(not_ok(&checks), [], "{report}");
    accessd.stop();
    let (checks, report) = statuses(&jf, &[]);
    let skipped = ["version", "clock", "credential"].map(|name| (name, "skipped"));
    assert_eq!(not_ok(&checks), [&[("reach", "fail")], &skipped[..]].concat(), "{report}");
    assert_eq!(jf.run(&["doctor", "--retries=0"]).code, 8);
}

#[test]
fn an_expired_token_is_not_renewed_by_looking_at_it() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let pair = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 4}));
    let jf = Jf::new();
    fs::create_dir(jf.path(".jfrog")).unwrap();
    let server = json!({"url": format!("{}/", accessd.url()), "accessToken": pair.token, "refreshToken":
        pair.refresh_token, "serverId": "main", "isDefault": true, "webLogin": true});
    let text = json!({"servers": [server], "version": "6"}).to_string();
    jf.file(FILE, &text);
    std::thread::sleep(std::time::Duration::from_millis(5100));
    let (_, report) = statuses(&jf, &[]);
    assert!(
        found(&report, "credential").contains("it has expired, and the next command renews it"),
        "{report}"
    );
    assert_eq!(report["ok"], true);
    assert_eq!(fs::read_to_string(jf.path(FILE)).unwrap(), text, "nothing was written");
    // The refresh token is unspent, and whoami spends it.
    jf.run(&["whoami"]).succeeded();
    assert_ne!(fs::read_to_string(jf.path(FILE)).unwrap(), text);
}
