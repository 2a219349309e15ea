//! Users who lose their rights: disabled, deleted, demoted. Their tokens are refused on the next request,
//! and nothing brings them back.

use crate::{TOKENS, accessd};
use serde_json::json;
use testkit::{Accessd, Minted, User};

/// Everything a user can hold: plain, reference, refreshable, admin scope, group scope.
fn tokens_of_all_kinds(accessd: &Accessd, user: &User) -> Vec<Minted> {
    let admin = accessd.admin_token();
    let group = "applied-permissions/groups:readers";
    vec![
        accessd.mint(&user.token, json!({})),
        accessd.mint(&user.token, json!({"include_reference_token": true})),
        accessd.mint(&user.token, json!({"refreshable": true})),
        accessd.mint(&admin, json!({"username": user.name, "scope": "applied-permissions/admin"})),
        accessd.mint(&admin, json!({"username": user.name, "scope": group, "expires_in": 0})),
    ]
}

#[track_caller]
fn all_are_refused(accessd: &Accessd, user: &User, tokens: &[Minted]) {
    assert!(!accessd.accepts(&user.token));
    for minted in tokens {
        assert!(!accessd.accepts(&minted.token), "{}", minted.answer.body);
        if !minted.reference_token.is_empty() {
            assert!(!accessd.accepts(&minted.reference_token));
        }
        if !minted.refresh_token.is_empty() {
            accessd.ask_refresh(&minted.token, &minted.refresh_token).expect(401);
        }
        accessd.ask_token(&minted.token, json!({})).expect(401);
    }
    assert_eq!(accessd.tokens_of(&user.name), [] as [serde_json::Value; 0], "and none is listed");
}

#[test]
fn a_disabled_users_tokens_are_refused_and_stay_so() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let tokens = tokens_of_all_kinds(&accessd, &frog);
    assert!(tokens.iter().all(|minted| accessd.accepts(&minted.token)));
    accessd.change_user(&frog.name, json!({"status": "disabled"}));
    all_are_refused(&accessd, &frog, &tokens);
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(401);
    accessd.change_user(&frog.name, json!({"status": "enabled"}));
    all_are_refused(&accessd, &frog, &tokens);
    accessd.http().get(TOKENS).basic(&frog.name, &frog.password).send().expect(200);
    let new = accessd.mint(&accessd.admin_token(), json!({"username": frog.name}));
    assert!(accessd.accepts(&new.token));
}

#[test]
fn a_deleted_users_tokens_are_refused_and_a_namesake_does_not_revive_them() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let tokens = tokens_of_all_kinds(&accessd, &frog);
    accessd.delete_user(&frog.name);
    all_are_refused(&accessd, &frog, &tokens);
    let again = json!({"username": frog.name, "password": frog.password, "email": "frog@example.com"});
    accessd.http().post(crate::USERS).bearer(&accessd.admin_token()).json(again).send().expect(201);
    all_are_refused(&accessd, &frog, &tokens);
    let answer = accessd.ask_refresh(&accessd.admin_token(), &tokens[2].refresh_token);
    assert!(matches!(answer.status, 403 | 404), "{}", answer.body);
}

#[test]
fn a_demoted_administrators_tokens_are_refused() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let tokens = tokens_of_all_kinds(&accessd, &boss);
    let admin_scope = accessd.mint(&boss.token, json!({"scope": "applied-permissions/admin"}));
    accessd.change_user(&boss.name, json!({"admin": false}));
    all_are_refused(&accessd, &boss, &tokens);
    assert!(!accessd.accepts(&admin_scope.token));
    accessd.change_user(&boss.name, json!({"admin": true}));
    all_are_refused(&accessd, &boss, &tokens);
}

#[test]
fn who_loses_the_group_that_made_an_administrator_is_demoted_too() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    for how in ["membership", "privileges", "the group"] {
        let group = accessd.new_group("bosses", json!({"admin_privileges": true}));
        let boss = accessd.new_user_with("boss", json!({"groups": [group]}));
        accessd.http().get(crate::USERS).bearer(&boss.token).send().expect(200);
        let tokens = tokens_of_all_kinds(&accessd, &boss);
        let path = format!("{}/{group}", crate::GROUPS);
        match how {
            "membership" => accessd
                .http()
                .patch(&format!("{path}/members"))
                .bearer(&admin)
                .json(json!({"remove": [boss.name]}))
                .send()
                .expect(200),
            "privileges" => accessd
                .http()
                .patch(&path)
                .bearer(&admin)
                .json(json!({"admin_privileges": false}))
                .send()
                .expect(200),
            _ => accessd.http().delete(&path).bearer(&admin).send().expect(204),
        };
        all_are_refused(&accessd, &boss, &tokens);
    }
}

#[test]
fn what_takes_nothing_away_kills_nothing() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let group = accessd.new_group("readers", json!({}));
    for change in [
        json!({"email": "new@example.com"}),
        json!({"groups": [group]}),
        json!({"groups": []}),
        json!({"admin": true}),
        json!({"profile_updatable": false}),
        json!({}),
    ] {
        accessd.change_user(&frog.name, change.clone());
        assert!(accessd.accepts(&frog.token), "{change}");
    }
}

#[test]
fn a_token_for_a_name_that_was_nobodys_gets_no_rights_when_somebody_gets_the_name() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let name = testkit::unique("robot");
    let body = json!({"username": name, "scope": "applied-permissions/groups:readers"});
    let minted = accessd.mint(&admin, body);
    assert!(accessd.accepts(&minted.token));
    let user = json!({"username": name, "password": "Pass-word-of-robot-9", "email": "r@example.com"});
    accessd.http().post(crate::USERS).bearer(&admin).json(user).send().expect(201);
    // It was made for a name and its groups, not for the user: whichever way, it has no rights of the user.
    let answer = accessd.ask_token(&minted.token, json!({}));
    assert!(matches!(answer.status, 401 | 403), "{} {}", answer.status, answer.body);
}

#[test]
fn what_was_made_for_a_name_before_its_user_cannot_be_refreshed_once_the_user_lost_its_rights() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    for how in ["disabled", "deleted", "demoted"] {
        let name = testkit::unique("robot");
        let scope = "applied-permissions/groups:readers";
        let early = accessd.mint(&admin, json!({"username": name, "scope": scope, "refreshable": true}));
        let user = json!({
            "username": name, "password": "Pass-word-of-robot-9", "email": "r@example.com", "admin": true,
        });
        let create =
            || accessd.http().post(crate::USERS).bearer(&admin).json(user.clone()).send().expect(201);
        create();
        // It depends on the user no more than it did.
        let early = accessd.refresh(&early);
        match how {
            "disabled" => {
                accessd.change_user(&name, json!({"status": "disabled"}));
                accessd.change_user(&name, json!({"status": "enabled"}));
            }
            "deleted" => {
                accessd.delete_user(&name);
                create();
            }
            _ => {
                accessd.change_user(&name, json!({"admin": false}));
            }
        }
        assert!(!accessd.accepts(&early.token), "{how}");
        let own = accessd.mint(&admin, json!({"username": name}));
        for (bearer, status) in [(&own, 404), (&early, 401)] {
            let answer = accessd.ask_refresh(&bearer.token, &early.refresh_token);
            assert_eq!(answer.status, status, "{how}: {}", answer.body);
        }
    }
}
