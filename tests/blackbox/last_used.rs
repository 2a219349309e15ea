//! When tokens were last used: shown at once, on disk a few seconds later, and never a reason to fail.

use crate::{ACCESSD_TOKENS, accessd};
use serde_json::{Value, json};
use std::thread::sleep;
use std::time::Duration;
use testkit::{Accessd, python};

fn last_used(accessd: &Accessd, credential: &str, id: &str) -> Option<u64> {
    let path = format!("{ACCESSD_TOKENS}/{id}");
    accessd.http().get(&path).bearer(credential).send().expect(200).json()["last_used"].as_u64()
}

/// How many tokens have a last use in the database.
fn on_disk(accessd: &Accessd) -> usize {
    if let Some(database) = accessd.database() {
        let used = database.execute("SELECT COUNT(*) FROM tokens WHERE last_used IS NOT NULL");
        return used.parse().unwrap();
    }
    let database = accessd.data_folder().join("accessd.db");
    python("used_tokens.py", &[&database.to_string_lossy()]).trim().parse().unwrap()
}

#[test]
fn every_way_to_present_a_token_shows() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let mint = || accessd.mint(&frog.token, json!({"refreshable": true, "include_reference_token": true}));
    let unused = mint();
    assert_eq!(last_used(&accessd, &frog.token, &unused.id), None);
    let me = || accessd.http().get(&format!("{}/me", crate::TOKENS));
    let (jwt, reference, basic, key, refresh) = (mint(), mint(), mint(), mint(), mint());
    me().bearer(&jwt.token).send().expect(200);
    me().bearer(&reference.reference_token).send().expect(200);
    me().basic(&frog.name, &basic.token).send().expect(200);
    me().header("X-JFrog-Art-Api", &key.token).send().expect(200);
    accessd.refresh(&refresh);
    for minted in [&jwt, &reference, &basic, &key, &refresh] {
        let details =
            accessd.http().get(&format!("{ACCESSD_TOKENS}/{}", minted.id)).bearer(&frog.token).send();
        let details = details.expect(200).json();
        assert!(details["last_used"].as_u64() >= details["issued_at"].as_u64(), "{details}");
    }
    let page =
        accessd.http().get(&format!("{ACCESSD_TOKENS}?state=all")).bearer(&frog.token).send().expect(200);
    let unused_ones = |token: &&Value| token.get("last_used").is_none();
    let page = page.json();
    let never: Vec<&Value> = page["tokens"].as_array().unwrap().iter().filter(unused_ones).collect();
    assert_eq!(never.len(), 2, "the unused one, and what the refresh made: {never:?}");
}

#[test]
fn a_wrong_credential_is_no_use() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let minted = accessd.mint(&frog.token, json!({}));
    accessd.http().get(crate::TOKENS).basic(&toad.name, &minted.token).send().expect(401);
    accessd.whoami(&format!("{}x", minted.token)).expect(401);
    assert_eq!(last_used(&accessd, &frog.token, &minted.id), None);
}

#[test]
fn an_orderly_stop_writes_what_was_noted() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({}));
    assert!(accessd.accepts(&minted.token));
    assert_eq!(accessd.stop(), Some(0), "{}", accessd.log());
    // The administrator's, the user's and this one.
    assert_eq!(on_disk(&accessd), 3);
    accessd.restart();
    assert!(last_used(&accessd, &frog.token, &minted.id).is_some());
}

#[test]
fn a_kill_loses_the_last_seconds_at_most_and_nothing_else() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": true}));
    assert!(accessd.accepts(&minted.token));
    // Nobody asks: it is written by itself.
    for _ in 0..600 {
        if on_disk(&accessd) == 3 {
            break;
        }
        sleep(Duration::from_millis(100));
    }
    let late = accessd.mint(&frog.token, json!({}));
    assert!(accessd.accepts(&late.token));
    accessd.kill();
    assert_eq!(on_disk(&accessd), 3);
    accessd.restart();
    assert!(last_used(&accessd, &frog.token, &minted.id).is_some());
    assert!(accessd.accepts(&late.token), "that its use is forgotten does no harm");
    assert!(last_used(&accessd, &frog.token, &late.id).is_some());
    accessd.refresh(&minted);
}

#[test]
fn a_database_of_the_first_release_goes_on() {
    if testkit::is_postgres() {
        return; // The first release knew SQLite only.
    }
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let body = json!({"refreshable": true, "include_reference_token": true});
    let minted = accessd.mint(&frog.token, body);
    let revoked = accessd.mint(&frog.token, json!({}));
    accessd.revoke(&frog.token, &revoked.id).expect(200);
    assert_eq!(accessd.stop(), Some(0));
    let database = accessd.data_folder().join("accessd.db");
    python("first_schema.py", &[&database.to_string_lossy()]);
    accessd.restart();
    assert_eq!(last_used(&accessd, &accessd.admin_token(), &minted.id), None);
    assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    assert!(!accessd.accepts(&revoked.token));
    assert!(last_used(&accessd, &frog.token, &minted.id).is_some());
    accessd.refresh(&minted);
}
