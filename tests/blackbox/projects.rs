//! `/access/api/v1/projects`: the calls that Terraform's project provider and the Go client make, one after the other,
//! and what becomes of a project's tokens.

use crate::{ACCESSD_TOKENS, GROUPS, PROJECTS, TOKENS, USERS, accessd};
use serde_json::{Value, json};
use testkit::{Accessd, Answer, python, unique};

fn call(accessd: &Accessd, token: &str, method: &str, path: &str, body: Value) -> Answer {
    let call = accessd.http().request(method, path).bearer(token).header("Accept", "*/*");
    if body.is_null() { call.send() } else { call.json(body).send() }
}

/// A project of a new key, whose administrators manage its members.
fn new_project(accessd: &Accessd) -> String {
    let key = unique("web");
    accessd.project(&key);
    key
}

#[test]
fn terraforms_provider_makes_changes_and_deletes_a_project() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let (frog, group) = (accessd.new_user("frog"), accessd.new_group("readers", json!({})));
    let send = |method: &str, path: &str, body| call(&accessd, &admin, method, path, body);
    let key = unique("tf");
    let path = format!("{PROJECTS}/{key}");
    let project = |quota: i64, manage: bool| {
        json!({
            "project_key": key, "display_name": "My project", "description": "made by terraform",
            "admin_privileges": {"manage_members": manage, "manage_resources": true, "index_resources": true},
            "storage_quota_bytes": quota, "soft_limit": false, "storage_quota_email_notification": true,
        })
    };
    // What the provider reads back has to be what it has sent, or it plans a change for ever.
    let is_kept = |sent: &Value| {
        let read = send("GET", &path, Value::Null).expect(200).json();
        for (field, value) in sent.as_object().unwrap() {
            match value.as_object() {
                Some(inner) => inner.iter().for_each(|(name, value)| assert_eq!(&read[field][name], value)),
                None => assert_eq!(&read[field], value, "{field}"),
            }
        }
    };
    assert_eq!(send("GET", &path, Value::Null).expect(404).error_code(), "NOT_FOUND");
    send("POST", PROJECTS, project(-1, true)).expect(201);
    is_kept(&project(-1, true));
    let again = send("POST", PROJECTS, project(-1, true)).expect(409);
    assert_eq!(again.error_code(), "CONFLICT");
    assert!(again.error_message().ends_with("already exists"), "{}", again.body);
    send("PUT", &path, project(21_474_836_480, false)).expect(200);
    is_kept(&project(21_474_836_480, false));
    // Roles, then members that have them; both are read back whole.
    let role = json!({
        "name": "QA", "description": "QA role", "type": "CUSTOM", "environments": ["DEV"],
        "actions": ["READ_REPOSITORY", "ANNOTATE_REPOSITORY"],
    });
    send("POST", &format!("{path}/roles"), role.clone()).expect(201);
    assert_eq!(send("GET", &format!("{path}/roles/QA"), Value::Null).expect(200).json(), role);
    let mut changed = role.clone();
    changed["environments"] = json!(["DEV", "PROD"]);
    send("PUT", &format!("{path}/roles/QA"), changed.clone()).expect(200);
    let listed = send("GET", &format!("{path}/roles"), Value::Null).expect(200).json();
    let custom: Vec<_> = listed.as_array().unwrap().iter().filter(|role| role["type"] == "CUSTOM").collect();
    assert_eq!(custom, [&changed]);
    for (kind, name) in [("users", &frog.name), ("groups", &group)] {
        let member = format!("{path}/{kind}/{name}");
        let body = json!({"name": name, "roles": ["Developer", "QA"]});
        assert_eq!(send("GET", &member, Value::Null).expect(404).error_code(), "NOT_FOUND");
        send("PUT", &member, body.clone()).expect(200);
        assert_eq!(send("GET", &member, Value::Null).expect(200).json(), body);
        let all = send("GET", &format!("{path}/{kind}"), Value::Null).expect(200).json();
        assert_eq!(all, json!({"members": [body]}));
    }
    send("DELETE", &format!("{path}/users/{}", frog.name), Value::Null).expect(204);
    send("DELETE", &format!("{path}/groups/{group}"), Value::Null).expect(204);
    send("DELETE", &format!("{path}/roles/QA"), Value::Null).expect(204);
    send("DELETE", &format!("{path}/roles/QA"), Value::Null).expect(404);
    let attach = send("PUT", &format!("{PROJECTS}/_/attach/repositories/libs/{key}?force=true"), Value::Null);
    assert_eq!(attach.expect(501).error_code(), "NOT_IMPLEMENTED");
    send("DELETE", &path, Value::Null).expect(204);
    assert_eq!(send("GET", &path, Value::Null).expect(404).error_code(), "NOT_FOUND");
}

#[test]
fn the_go_client_sends_only_what_is_set() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let group = accessd.new_group("writers", json!({}));
    let send = |method: &str, path: &str, body| call(&accessd, &admin, method, path, body);
    let key = unique("go");
    let path = format!("{PROJECTS}/{key}");
    let made = send(
        "POST",
        PROJECTS,
        json!({
            "display_name": "testProject", "description": "My Test Project", "project_key": key,
            "admin_privileges": {"manage_members": true, "manage_resources": true, "index_resources": false},
            "soft_limit": false, "storage_quota_bytes": 1_073_741_825,
        }),
    );
    assert!(matches!(made.status, 200 | 201), "{}", made.body);
    let before = send("GET", &path, Value::Null).expect(200).json();
    let change =
        json!({"project_key": key, "admin_privileges": {"index_resources": true}, "soft_limit": true});
    send("PUT", &path, change).expect(200);
    let mut wanted = before;
    wanted["soft_limit"] = json!(true);
    wanted["admin_privileges"]["index_resources"] = json!(true);
    assert_eq!(send("GET", &path, Value::Null).expect(200).json(), wanted, "the rest is as it was");
    let all = send("GET", PROJECTS, Value::Null).expect(200).json();
    assert!(all.as_array().unwrap().contains(&wanted));
    let member = json!({"name": group, "roles": ["Contributor", "Release Manager"]});
    send("PUT", &format!("{path}/groups/{group}"), member.clone()).expect(200);
    let groups = send("GET", &format!("{path}/groups"), Value::Null).expect(200).json();
    assert_eq!(groups, json!({"members": [member]}));
    send("DELETE", &format!("{path}/groups/{group}"), Value::Null).expect(204);
    send("DELETE", &path, Value::Null).expect(204);
}

#[test]
fn a_projects_administrator_makes_shows_and_revokes_the_projects_tokens() {
    let accessd = accessd();
    let (own, other) = (new_project(&accessd), new_project(&accessd));
    let (lead, robot) = (accessd.new_user("lead"), unique("robot"));
    let lists = |path: &str| {
        let path = format!("{path}?username={robot}");
        let list = call(&accessd, &lead.token, "GET", &path, Value::Null).expect(200).json();
        list["tokens"].as_array().unwrap().len()
    };
    let roles =
        |key: &str| json!({"username": robot, "scope": format!("applied-permissions/roles:{key}:Viewer")});
    accessd.ask_token(&lead.token, roles(&own)).expect(403);
    let member = format!("{PROJECTS}/{own}/users/{}", lead.name);
    let body = json!({"roles": ["Project Admin"]});
    call(&accessd, &accessd.admin_token(), "PUT", &member, body).expect(200);
    let first = accessd.mint(&lead.token, roles(&own));
    let second = accessd.mint(&lead.token, roles(&own));
    accessd.mint(&accessd.admin_token(), roles(&other));
    assert_eq!(accessd.whoami(&first.token).json()["project"], own);
    accessd.ask_token(&lead.token, roles(&other)).expect(403);
    assert_eq!((lists(TOKENS), lists(ACCESSD_TOKENS)), (2, 2));
    accessd.revoke(&lead.token, &first.id).expect(200);
    assert!(!accessd.accepts(&first.token));
    for path in [USERS, GROUPS] {
        call(&accessd, &lead.token, "GET", path, Value::Null).expect(403);
        call(&accessd, &second.token, "GET", path, Value::Null).expect(403);
    }
    call(&accessd, &accessd.admin_token(), "DELETE", &member, Value::Null).expect(204);
    accessd.ask_token(&lead.token, roles(&own)).expect(403);
    assert_eq!((lists(TOKENS), lists(ACCESSD_TOKENS)), (0, 0));
    assert!(accessd.accepts(&second.token), "it is the project's");
    call(&accessd, &accessd.admin_token(), "DELETE", &format!("{PROJECTS}/{own}"), Value::Null).expect(204);
    assert!(!accessd.accepts(&second.token));
}

#[test]
fn tokens_of_a_project_survive_a_restart_and_its_deletion_too() {
    let accessd = Accessd::start();
    let (kept, deleted) = (new_project(&accessd), new_project(&accessd));
    let mint = |key: &str| {
        accessd
            .mint(
                &accessd.admin_token(),
                json!({"username": "x", "project_key": key,
        "scope": "applied-permissions/groups:readers"}),
            )
            .token
    };
    let (alive, dead) = (mint(&kept), mint(&deleted));
    call(&accessd, &accessd.admin_token(), "DELETE", &format!("{PROJECTS}/{deleted}"), Value::Null)
        .expect(204);
    accessd.stop();
    accessd.restart();
    assert!(accessd.accepts(&alive) && !accessd.accepts(&dead));
    call(&accessd, &accessd.admin_token(), "GET", &format!("{PROJECTS}/{kept}"), Value::Null).expect(200);
    call(&accessd, &accessd.admin_token(), "GET", &format!("{PROJECTS}/{deleted}"), Value::Null).expect(404);
}

#[test]
fn dohq_artifactory_reads_back_what_it_sent() {
    let accessd = accessd();
    let said = python("dohq_projects.py", &[&accessd.url(), &accessd.admin_token(), &unique("dohq")]);
    let told: Value = serde_json::from_str(&said).expect("the script prints JSON");
    let read = json!(["Web shop", "d", true, true, true, false, true, 1_i64 << 40]);
    assert_eq!(told, json!({"read": read, "changed": "e", "deleted": true}));
}
