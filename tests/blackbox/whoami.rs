//! `jf whoami` against the real service: what it says is what the wire says.

use crate::accessd;
use serde_json::{Value, json};
use testkit::Jf;

fn told(jf: &Jf, flags: &[&str]) -> Value {
    let run = jf.run(&[&["whoami", "--format=json"], flags].concat()).succeeded();
    serde_json::from_str(&run.stdout).unwrap()
}

#[test]
fn a_token_is_told_as_the_service_sees_it() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"expires_in": 3600, "include_reference_token": true}));
    let wire = accessd.whoami(&minted.token).expect(200).json();
    let configured = Jf::configured(&accessd, &minted.token);
    let by_reference =
        Jf::new().env("JF_URL", &accessd.url()).env("JF_ACCESS_TOKEN", &minted.reference_token);
    for (jf, kind, from) in [
        (&configured, "access_token", "configuration"),
        (&by_reference, "reference_token", "JF_ACCESS_TOKEN"),
    ] {
        let told = told(jf, &[]);
        for field in ["token_id", "expiry", "issued_at", "scope"] {
            assert_eq!(told[field], wire[field], "{field} {told}");
        }
        assert_eq!(told["user"], frog.name.as_str());
        assert_eq!((&told["credential"], &told["credential_from"]), (&kind.into(), &from.into()));
        let by_service = ["accessd", "platform"].contains(&told["told_by"].as_str().unwrap());
        assert!(by_service && told["accepted"] == true, "{told}");
    }
    let run = configured.run(&["whoami"]).succeeded();
    assert!(run.stdout.contains(&frog.name) && run.stdout.contains("expires        in "), "{}", run.stdout);
    for secret in [&minted.token, &minted.reference_token] {
        assert!(!run.stdout.contains(secret.as_str()), "{}", run.stdout);
    }
}

#[test]
fn a_password_is_accepted_or_refused() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let url = accessd.url();
    let flags = ["--url", &url, "--user", &frog.name, "--password-stdin"];
    let right = told(&Jf::new().stdin(&frog.password), &flags);
    assert_eq!((&right["user"], &right["credential"]), (&frog.name.as_str().into(), &"password".into()));
    let wrong = Jf::new().stdin("canary-password");
    let run = wrong.run(&[&["whoami"][..], &flags].concat()).failed(4, &["server response: 401", "hint:"]);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn a_token_that_was_revoked_is_nobodys() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({}));
    let jf = Jf::configured(&accessd, &minted.token);
    accessd.revoke(&accessd.admin_token(), &minted.id).expect(200);
    jf.run(&["whoami"]).failed(4, &["server response: 401", "jf config edit main --access-token-stdin"]);
}
