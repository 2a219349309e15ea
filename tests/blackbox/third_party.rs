//! Clients from PyPI that nobody here wrote: they create and revoke tokens against `accessd`.

use crate::accessd;
use serde_json::json;
use testkit::{Shared, python, unique};

#[test]
fn pyartifactory_creates_and_revokes_a_token() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let before = accessd.tokens_of(&frog.name).len();
    let said =
        python("pyartifactory_client.py", &[&accessd.url(), &accessd.admin_token(), &frog.name, &frog.token]);
    let made: serde_json::Value = serde_json::from_str(&said).expect("the script prints JSON");
    let (kept, revoked) = (made["kept"].as_str().unwrap(), made["revoked"].as_str().unwrap());
    assert!(accessd.accepts(kept) && !accessd.accepts(revoked));
    assert_eq!(made["revoke_again"], json!(false), "it is told that there is nothing left to revoke");
    assert_eq!(made["expires_in"], json!([3600, 120, null]));
    assert_eq!(made["refused"], json!("InvalidTokenDataError"));
    assert!(
        accessd.accepts(made["by_basic"].as_str().unwrap()),
        "made with a token in the place of a password"
    );
    let refresh_token = made["refresh_token"].as_str().unwrap();
    accessd
        .ask_refresh(
            &accessd.mint(&accessd.admin_token(), json!({"username": frog.name})).token,
            refresh_token,
        )
        .expect(200);
    assert!(accessd.tokens_of(&frog.name).len() > before);
}

#[test]
fn requests_and_urllib_speak_to_it() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let said = python("requests_client.py", &[&accessd.url(), &frog.token]);
    assert_eq!(said.trim(), "created, used and revoked");
}

static WITH_API_KEYS: Shared = Shared::new(&[("ACCESSD_SECURITY_DISABLE_API_KEY_CREATION", "false")]);

#[test]
fn pyartifactory_manages_users_groups_and_api_keys() {
    let accessd = WITH_API_KEYS.service();
    let name = unique("pya");
    let said = python(
        "pyartifactory_legacy.py",
        &[&accessd.url(), &accessd.admin_token(), &name, "a long password"],
    );
    let made: serde_json::Value = serde_json::from_str(&said).expect("the script prints JSON");
    assert!(made["key"].as_str().unwrap().starts_with("AKCp8"));
}

#[test]
fn dohq_artifactory_manages_users_groups_api_keys_and_tokens() {
    let accessd = WITH_API_KEYS.service();
    let name = unique("dohq");
    let said = python("dohq_client.py", &[&accessd.url(), &accessd.admin_token(), &name, "a long password"]);
    let made: serde_json::Value = serde_json::from_str(&said).expect("the script prints JSON");
    assert!(!accessd.accepts(made["token"].as_str().unwrap()), "its user is gone");
}
