//! Who may ask for what: a token never mints wider than itself, nor than its user may today.

use crate::{TOKENS, USERS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, Shared};

static CAPPED: Shared =
    Shared::new(&[("ACCESSD_TOKEN_MAX_EXPIRY", "3600"), ("ACCESSD_TOKEN_DEFAULT_EXPIRY", "600")]);
static LENIENT: Shared = Shared::new(&[("ACCESSD_TOKEN_ALLOW_NEVER_EXPIRING_FOR_USERS", "true")]);

#[track_caller]
fn is_forbidden(accessd: &Accessd, credential: &str, body: Value, word: &str) {
    let answer = accessd.ask_token(credential, body.clone());
    assert_eq!(answer.status, 403, "{body}: {}", answer.body);
    assert_eq!(answer.error_code(), "FORBIDDEN");
    assert!(answer.error_message().contains(word), "{body}: {}", answer.body);
}

#[test]
fn users_ask_for_themselves_with_user_scope_and_no_more() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let group = accessd.new_group("readers", json!({"members": [frog.name]}));
    let before = accessd.tokens_of(&frog.name).len();
    for (body, word) in [
        (json!({"username": toad.name}), "username"),
        (json!({"username": "admin"}), "username"),
        (json!({"username": "nobody-at-all"}), "username"),
        (json!({"scope": "applied-permissions/admin"}), "scope"),
        (json!({"scope": format!("applied-permissions/groups:{group}")}), "scope"),
        (json!({"scope": "applied-permissions/user applied-permissions/admin"}), "scope"),
        (json!({"scope": "applied-permissions/roles:web:Developer"}), "scope"),
        (json!({"scope": "system:metrics:r"}), "scope"),
        (json!({"scope": "artifact:repo:r"}), "scope"),
        (json!({"project_key": "web"}), "project_key"),
        (json!({"expires_in": 0}), "expires_in"),
    ] {
        is_forbidden(&accessd, &frog.token, body, word);
    }
    assert_eq!(accessd.tokens_of(&frog.name).len(), before);
    for body in [
        json!({"username": frog.name}),
        json!({"scope": "applied-permissions/user"}),
        json!({"expires_in": 99_999_999, "audience": "jfac@*", "refreshable": true, "description": "mine"}),
    ] {
        accessd.mint(&frog.token, body);
    }
}

#[test]
fn a_narrow_token_makes_no_tokens_even_an_administrators() {
    let accessd = accessd();
    accessd.project("web");
    let boss = accessd.new_admin("boss");
    for scope in [
        "applied-permissions/groups:readers",
        "applied-permissions/roles:web:Developer",
        "artifact:repo:*",
        "system:identities:*",
        "system:metrics:r",
        "api:*",
    ] {
        let narrow = accessd.mint(&boss.token, json!({"scope": scope})).token;
        for body in [
            json!({}),
            json!({"scope": scope}),
            json!({"scope": "applied-permissions/user"}),
            json!({"scope": "applied-permissions/admin"}),
            json!({"username": "robot", "scope": "applied-permissions/groups:readers"}),
        ] {
            is_forbidden(&accessd, &narrow, body, "");
        }
        let user = json!({"username": testkit::unique("x"), "password": "Pass-word-1234"});
        if !scope.contains("identities") {
            accessd.http().post(USERS).bearer(&narrow).json(user).send().expect(403);
            accessd.http().get(USERS).bearer(&narrow).send().expect(403);
        }
    }
}

#[test]
fn an_audience_or_a_project_binds_the_children() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let narrow = accessd.mint(&boss.token, json!({"audience": "jfac@* jfrt@*"})).token;
    accessd.mint(&narrow, json!({"audience": "jfrt@*"}));
    accessd.mint(&narrow, json!({"audience": "jfrt@01abc jfac@*"}));
    is_forbidden(&accessd, &narrow, json!({"audience": "*@*"}), "audience");
    is_forbidden(&accessd, &narrow, json!({"audience": "jfac@* jfxr@*"}), "audience");
    accessd.project("web");
    let bound = accessd.mint(&boss.token, json!({"project_key": "web"})).token;
    for body in [json!({"project_key": "shop"}), json!({"scope": "applied-permissions/admin"})] {
        is_forbidden(&accessd, &bound, body, "");
    }
    let child = accessd.mint(&bound, json!({}));
    assert_eq!(accessd.whoami(&child.token).json()["project"], "web", "it is inherited");
    accessd.http().get(USERS).bearer(&bound).send().expect(403);
}

#[test]
fn a_child_lives_no_longer_than_the_user_may_ask_for() {
    let accessd = CAPPED.service();
    let frog = accessd.new_user("frog");
    let own = accessd.mint(&accessd.admin_token(), json!({"username": frog.name, "expires_in": 0})).token;
    assert_eq!(accessd.mint(&own, json!({})).answer.json()["expires_in"], 600, "the default");
    assert_eq!(accessd.mint(&own, json!({"expires_in": 3600})).answer.json()["expires_in"], 3600);
    for (seconds, limit) in [(3601, "3600"), (31_536_000, "3600"), (0, "0")] {
        is_forbidden(&accessd, &own, json!({"expires_in": seconds}), "expires_in");
        is_forbidden(&accessd, &own, json!({"expires_in": seconds}), limit);
    }
    let boss = accessd.new_admin("boss");
    assert_eq!(accessd.mint(&boss.token, json!({"expires_in": 99_999})).answer.json()["expires_in"], 99_999);
    assert!(accessd.mint(&boss.token, json!({"expires_in": 0})).answer.json().get("expires_in").is_none());
}

#[test]
fn where_the_setting_allows_it_users_make_tokens_without_end() {
    let accessd = LENIENT.service();
    let frog = accessd.new_user("frog");
    assert!(accessd.mint(&frog.token, json!({"expires_in": 0})).answer.json().get("expires_in").is_none());
}

#[test]
fn an_admin_scope_token_is_as_good_as_its_maker() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let frog = accessd.new_user("frog");
    let admin_scope =
        accessd.mint(&boss.token, json!({"scope": "applied-permissions/admin", "username": "robot-x"}));
    accessd.mint(&admin_scope.token, json!({"username": frog.name}));
    accessd.http().get(USERS).bearer(&admin_scope.token).send().expect(200);
    // A plain user's name on it takes nothing away: its rights come from the scope.
    let for_frog =
        accessd.mint(&boss.token, json!({"scope": "applied-permissions/admin", "username": frog.name}));
    accessd.http().get(USERS).bearer(&for_frog.token).send().expect(200);
    let plain = accessd.mint(&for_frog.token, json!({"scope": "applied-permissions/user"}));
    accessd.http().get(USERS).bearer(&plain.token).send().expect(403);
}

#[test]
fn users_and_groups_are_for_administrators() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let group = accessd.new_group("readers", json!({}));
    let user = format!("{USERS}/{}", toad.name);
    let own = format!("{USERS}/{}", frog.name);
    let group_path = format!("{}/{group}", crate::GROUPS);
    let http = accessd.http();
    for call in [
        http.get(USERS),
        http.get(&user),
        http.delete(&user),
        http.patch(&user).json(r#"{"admin":true}"#),
        http.patch(&own).json(r#"{"admin":true}"#),
        http.put(&format!("{user}/password")).json(r#"{"password":"Pass-word-1234"}"#),
        http.patch(&format!("{own}/groups")).json(json!({"add": [group]})),
        http.post(USERS).json(json!({"username": "x-y-z", "password": "Pass-word-1234", "admin": true})),
        http.get(crate::GROUPS),
        http.get(&group_path),
        http.delete(&group_path),
        http.patch(&group_path).json(r#"{"admin_privileges":true}"#),
        http.patch(&format!("{group_path}/members")).json(json!({"add": [frog.name]})),
        http.post(crate::GROUPS).json(json!({"name": "own-group", "admin_privileges": true})),
    ] {
        let answer = call.clone().bearer(&frog.token).send();
        assert_eq!(answer.status, 403, "{call:?}: {}", answer.body);
        assert_eq!(answer.error_code(), "FORBIDDEN");
        call.send().expect(401);
    }
    assert!(accessd.accepts(&toad.token));
    accessd.ask_token(&frog.token, json!({"scope": "applied-permissions/admin"})).expect(403);
    accessd.http().get(TOKENS).bearer(&frog.token).send().expect(200);
}

#[test]
fn reading_identities_is_a_scope_of_its_own() {
    let accessd = accessd();
    let reader = accessd.mint(&accessd.admin_token(), json!({"scope": "system:identities:r"})).token;
    accessd.http().get(USERS).bearer(&reader).send().expect(200);
    accessd.http().get(crate::GROUPS).bearer(&reader).send().expect(200);
    let user = json!({"username": "x-y-z", "password": "Pass-word-1234"});
    accessd.http().post(USERS).bearer(&reader).json(user).send().expect(403);
}
