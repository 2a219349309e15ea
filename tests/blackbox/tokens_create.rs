//! `POST /access/api/v1/tokens`: every field with its default and its limit, in both encodings.

use crate::{TOKENS, accessd};
use serde_json::json;
use testkit::{Minted, claims};

#[test]
fn an_empty_request_makes_a_token_for_the_caller_with_the_defaults() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for call in [
        accessd.http().post(TOKENS),
        accessd.http().post(TOKENS).json("{}"),
        accessd.http().post(TOKENS).form(&[]),
    ] {
        let answer = call.bearer(&frog.token).send().expect(200);
        assert_eq!(answer.keys(), ["token_id", "access_token", "expires_in", "scope", "token_type"]);
        assert_eq!(
            answer.header("content-type").map(|t| t.split(';').next().unwrap()),
            Some("application/json")
        );
        let json = answer.json();
        assert_eq!(json["expires_in"], 31_536_000);
        assert_eq!(json["scope"], "applied-permissions/user");
        assert_eq!(json["token_type"], "Bearer");
        let claims = claims(json["access_token"].as_str().unwrap());
        assert_eq!(claims["jti"], json["token_id"]);
        assert_eq!(claims["aud"], "*@*");
        assert!(claims["sub"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)));
        assert_eq!(claims["exp"].as_u64().unwrap() - claims["iat"].as_u64().unwrap(), 31_536_000);
    }
}

#[test]
fn everything_at_once_in_json_and_in_a_form_means_the_same() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    accessd.project("web");
    let keys =
        ["token_id", "access_token", "refresh_token", "expires_in", "scope", "token_type", "reference_token"];
    let json = accessd.http().post(TOKENS).bearer(&admin).json(json!({
        "grant_type": "client_credentials", "username": frog.name, "project_key": "web",
        "scope": "applied-permissions/groups:readers", "expires_in": 3600, "refreshable": true,
        "description": "nightly build", "audience": "jfrt@* jfac@*", "include_reference_token": true,
        "force_revocable": true,
    }));
    let form = accessd.http().post(TOKENS).bearer(&admin).form(&[
        ("grant_type", "client_credentials"),
        ("username", &frog.name),
        ("project_key", "web"),
        ("scope", "applied-permissions/groups:readers"),
        ("expires_in", "3600"),
        ("refreshable", "True"),
        ("description", "nightly build"),
        ("audience", "jfrt@* jfac@*"),
        ("include_reference_token", "TRUE"),
        ("force_revocable", "true"),
    ]);
    for call in [json, form] {
        let answer = call.send().expect(200);
        assert_eq!(answer.keys(), keys);
        let minted = Minted::from_answer(answer);
        assert_eq!(minted.answer.json()["expires_in"], 3600);
        let claims = claims(&minted.token);
        assert_eq!(claims["aud"], json!(["jfrt@*", "jfac@*"]));
        assert_eq!(claims["scp"], "applied-permissions/groups:readers");
        let info =
            accessd.http().get(&format!("{TOKENS}/{}", minted.id)).bearer(&admin).send().expect(200).json();
        assert_eq!(info["description"], "nightly build");
        assert_eq!(info["refreshable"], true);
        assert_eq!(info["project"], "web");
        assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    }
}

#[test]
fn what_clients_send_besides_is_passed_over() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for body in [
        json!({"access_token": "a.b.c", "token_type": "Bearer", "unknown": {"deep": [1, 2]}}),
        json!({"project_key": "", "grant_type": "client_credentials", "include_reference_token": false}),
        json!({"scope": null, "username": null, "expires_in": null, "refreshable": null}),
        json!({"username": frog.name.to_uppercase()}),
    ] {
        let minted = accessd.mint(&frog.token, body);
        assert!(claims(&minted.token)["sub"].as_str().unwrap().ends_with(&format!("/users/{}", frog.name)));
    }
    let form: &[(&str, &str)] =
        &[("project_key", ""), ("scope", ""), ("username", ""), ("refreshable", "False"), ("x", "y")];
    let answer = accessd.http().post(TOKENS).bearer(&frog.token).form(form).send().expect(200);
    assert_eq!(answer.keys(), ["token_id", "access_token", "expires_in", "scope", "token_type"]);
}

#[test]
fn booleans_in_forms_come_in_any_case() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for (word, refreshable) in
        [("True", true), ("true", true), ("TRUE", true), ("tRuE", true), ("False", false), ("FALSE", false)]
    {
        let form: &[(&str, &str)] = &[("refreshable", word)];
        let answer = accessd.http().post(TOKENS).bearer(&frog.token).form(form).send().expect(200);
        assert_eq!(answer.json()["refresh_token"].is_string(), refreshable, "{word}");
    }
}

#[test]
fn a_lifetime_of_zero_is_for_ever() {
    let accessd = accessd();
    let minted =
        accessd.mint(&accessd.admin_token(), json!({"expires_in": 0, "include_reference_token": true}));
    assert_eq!(minted.answer.keys(), ["token_id", "access_token", "scope", "token_type", "reference_token"]);
    assert!(claims(&minted.token).get("exp").is_none());
    let info = accessd.whoami(&minted.token).expect(200).json();
    assert!(info.get("expiry").is_none(), "{info}");
}

#[test]
fn limits_are_met_to_the_letter() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let groups = |length: usize| {
        let prefix = "applied-permissions/groups:";
        let mut list = String::new();
        while prefix.len() + list.len() + 51 <= length {
            list.push_str(&format!("{:050},", list.len()));
        }
        let rest = length - prefix.len() - list.len();
        format!("{prefix}{list}{}", "g".repeat(rest))
    };
    let audience = |length: usize| format!("jfrt@{}", "a".repeat(length - 5));
    assert_eq!(groups(500).len(), 500);
    accessd.project(&"p".repeat(32));
    for body in [
        json!({"description": "d".repeat(1024)}),
        json!({"description": "ä".repeat(1024)}),
        json!({"scope": groups(500), "username": boss.name}),
        json!({"audience": audience(255)}),
        json!({"scope": "applied-permissions/groups:g", "username": "n".repeat(255)}),
        json!({"project_key": "p".repeat(32)}),
    ] {
        accessd.mint(&boss.token, body);
    }
    let before = accessd.tokens_of(&boss.name).len();
    for (body, field, limit) in [
        (json!({"description": "d".repeat(1025)}), "description", "1024"),
        (json!({"scope": groups(501)}), "scope", "500"),
        (json!({"audience": audience(256)}), "audience", "255"),
        (json!({"scope": "applied-permissions/groups:g", "username": "n".repeat(256)}), "username", "255"),
        (json!({"project_key": "p".repeat(33)}), "project_key", "32"),
    ] {
        let answer = accessd.ask_token(&boss.token, body).expect(400);
        assert_eq!(answer.error_code(), "BAD_REQUEST");
        let message = answer.error_message();
        assert!(message.contains(field) && message.contains(limit), "{message}");
    }
    assert_eq!(accessd.tokens_of(&boss.name).len(), before, "a refusal makes no token");
}

#[test]
fn each_wrong_value_is_refused_by_name_and_makes_nothing() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let before = accessd.tokens_of(&boss.name).len();
    for (body, field) in [
        (r#"{"expires_in":-1}"#, "expires_in"),
        (r#"{"expires_in":1.5}"#, "expires_in"),
        (r#"{"expires_in":1e3}"#, "expires_in"),
        (r#"{"expires_in":"60"}"#, "expires_in"),
        (r#"{"expires_in":"soon"}"#, "expires_in"),
        (r#"{"expires_in":18446744073709551616}"#, "expires_in"),
        (r#"{"expires_in":18446744073709551615}"#, "expires_in"),
        (r#"{"expires_in":true}"#, "expires_in"),
        (r#"{"refreshable":"true"}"#, "refreshable"),
        (r#"{"refreshable":1}"#, "refreshable"),
        (r#"{"include_reference_token":"yes"}"#, "include_reference_token"),
        (r#"{"scope":["applied-permissions/user"]}"#, "scope"),
        (r#"{"scope":7}"#, "scope"),
        (r#"{"username":{"name":"x"}}"#, "username"),
        (r#"{"username":"a/b"}"#, "Invalid formatted name"),
        (r#"{"username":"é"}"#, "Invalid formatted name"),
        (r#"{"username":"a\u0000b"}"#, "username"),
        (r#"{"description":"a\u0000b"}"#, "description"),
        (r#"{"description":"a\u001b[2Jb"}"#, "description"),
        (r#"{"description":"a\nb"}"#, "description"),
        (r#"{"scope":"applied-permissions/groups:a\u0007"}"#, "scope"),
        (r#"{"scope":"applied-permissions/groups:\"a"}"#, "scope"),
        (r#"{"scope":"applied-permissions/groups:"}"#, "scope"),
        (r#"{"scope":"applied-permissions/groups:a,,b"}"#, "scope"),
        (r#"{"scope":"applied-permissions/everything"}"#, "applied-permissions/everything"),
        (r#"{"scope":"applied-permissions/user  applied-permissions/admin"}"#, "scope"),
        (r#"{"scope":" "}"#, "scope"),
        (r#"{"scope":"system:metrics:w"}"#, "system:metrics:w"),
        (r#"{"audience":"nobody@*"}"#, "audience"),
        (r#"{"audience":"jfrt"}"#, "audience"),
        (r#"{"audience":" "}"#, "audience"),
        (r#"{"project_key":"No Key"}"#, "project_key"),
        (r#"{"grant_type":"password"}"#, "grant_type"),
        (r#"{"grant_type":"refresh_token"}"#, "refresh_token"),
        (r#"{"description":1}"#, "description"),
    ] {
        let answer = accessd.http().post(TOKENS).bearer(&boss.token).json(body).send();
        assert_eq!(answer.status, 400, "{body}: {}", answer.body);
        assert_eq!(answer.error_code(), "BAD_REQUEST", "{body}");
        let message = answer.error_message();
        assert!(message.contains(field), "{body}: {message}");
    }
    for (form, field) in [
        (("expires_in", "-1"), "expires_in"),
        (("expires_in", "1.5"), "expires_in"),
        (("expires_in", "0x10"), "expires_in"),
        (("expires_in", "+5"), "expires_in"),
        (("expires_in", "18446744073709551616"), "expires_in"),
        (("refreshable", "yes"), "refreshable"),
        (("refreshable", "1"), "refreshable"),
        (("description", "a\0b"), "description"),
    ] {
        let answer = accessd.http().post(TOKENS).bearer(&boss.token).form(&[form]).send();
        assert_eq!(answer.status, 400, "{form:?}: {}", answer.body);
        assert!(answer.error_message().contains(field), "{form:?}: {}", answer.body);
    }
    assert_eq!(accessd.tokens_of(&boss.name).len(), before, "a refusal makes no token");
}

#[test]
fn every_scope_of_the_grammar_comes_back_as_it_was_sent() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    accessd.project("web");
    for scope in [
        "applied-permissions/user",
        "applied-permissions/admin",
        "applied-permissions/groups:readers",
        "applied-permissions/groups:readers,writers",
        r#"applied-permissions/groups:"group 2","a,b",plain"#,
        r#"applied-permissions/groups:"admin-group","#,
        "applied-permissions/groups:a applied-permissions/admin",
        "applied-permissions/roles:web:Developer",
        r#"applied-permissions/roles:web:"Release Manager",Viewer"#,
        "artifact:generic-local:r",
        "artifact:generic-local/path/**:r,w",
        "artifact:generic-*:rwd",
        "artifact:a:*",
        "system:metrics:r",
        "system:livelogs:r",
        "system:identities:r",
        "system:permissions:*",
        "system:info:r system:storage:r",
        "project:web:r",
        "project:web/members/**:r",
        "applied-permissions/user api:*",
    ] {
        let minted = accessd.mint(&boss.token, json!({"scope": scope}));
        assert_eq!(minted.answer.json()["scope"], scope);
        assert_eq!(claims(&minted.token)["scp"], scope);
        let info =
            accessd.http().get(&format!("{TOKENS}/{}", minted.id)).bearer(&boss.token).send().expect(200);
        assert_eq!(info.json()["scope"], scope);
    }
}

#[test]
fn a_user_name_may_be_a_full_subject() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let subject = claims(&frog.token)["sub"].as_str().unwrap().to_owned();
    let minted = accessd.mint(&accessd.admin_token(), json!({"username": subject}));
    assert_eq!(claims(&minted.token)["sub"], subject.as_str());
}

#[test]
fn with_user_scope_the_user_must_exist_and_be_enabled() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let answer = accessd.ask_token(&admin, json!({"username": "nobody-at-all"}));
    assert_eq!(answer.status, 400, "{}", answer.body);
    assert!(answer.error_message().contains("nobody-at-all"));
    for status in ["disabled", "locked"] {
        let frog = accessd.new_user("frog");
        accessd.change_user(&frog.name, json!({"status": status}));
        let answer = accessd.ask_token(&admin, json!({"username": frog.name}));
        assert!(matches!(answer.status, 400 | 403), "{status}: {} {}", answer.status, answer.body);
        assert!(answer.error_message().contains(status), "{}", answer.body);
    }
}

#[test]
fn with_another_scope_names_may_be_anybodys_and_the_answer_warns() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let group = accessd.new_group("readers", json!({}));
    let frog = accessd.new_user("frog");
    let groups = |name: &str| format!("applied-permissions/groups:{name}");
    for (body, missing) in [
        (json!({"username": "robot-unknown", "scope": groups(&group)}), Some("robot-unknown")),
        (json!({"username": frog.name, "scope": groups("group-unknown")}), Some("group-unknown")),
        (json!({"username": "robot-unknown", "scope": "applied-permissions/admin"}), Some("robot-unknown")),
        (json!({"username": frog.name, "scope": groups(&group)}), None),
        (json!({"username": frog.name}), None),
    ] {
        let minted = accessd.mint(&admin, body);
        assert!(accessd.accepts(&minted.token));
        let warning = minted.answer.header("warning").unwrap_or_default();
        match missing {
            Some(name) => {
                assert!(warning.starts_with("299 accessd \"") && warning.contains(name), "{warning:?}");
            }
            None => assert_eq!(warning, ""),
        }
    }
}

#[test]
fn answers_with_secrets_are_not_to_be_stored() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": true}));
    let refreshed = accessd.refresh(&minted);
    for answer in [minted.answer, refreshed.answer] {
        assert!(
            answer.header("cache-control").is_some_and(|value| value.contains("no-store")),
            "{:?}",
            answer.headers
        );
    }
}
