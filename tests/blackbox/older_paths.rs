//! Call by call, what Vault's plugin, Terraform's providers and the Go library ask besides tokens.

use crate::accessd;
use serde_json::json;
use testkit::{Accessd, unique};

#[test]
fn terraforms_client_starts_up() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let get = |path: &str| accessd.http().get(path).bearer(&admin).header("accept", "*/*").send().expect(200);
    assert!(get("/access/api/v1/system/version").json()["name"].as_str().unwrap().starts_with("7."));
    assert!(get("/artifactory/api/system/version").json()["version"].as_str().unwrap().starts_with("7."));
    let license = get("/artifactory/api/system/license").json();
    assert!(["Enterprise", "Commercial", "Edge"].contains(&license["type"].as_str().unwrap()), "{license}");
    let usage =
        json!({"productId": "terraform-provider-artifactory/1", "features": [{"featureId": "Resource/x"}]});
    accessd.http().post("/artifactory/api/system/usage").bearer(&admin).json(usage).send().expect(200);
    // Create, read at once, delete, read: access-api.md 7.3.
    let body = json!({"username": unique("tf"), "scope": "applied-permissions/groups:readers", "project_key": "",
        "expires_in": 0, "refreshable": false, "include_reference_token": false, "grant_type": "client_credentials"});
    let made = accessd.mint(&admin, body);
    let path = format!("/access/api/v1/tokens/{}", made.id);
    assert_eq!(get(&path).keys()[..3], ["token_id", "subject", "issued_at"]);
    accessd.http().delete(&path).bearer(&admin).send().expect(200);
    accessd.http().get(&path).bearer(&admin).send().expect(404);
}

#[test]
fn vaults_plugin_goes_its_way() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let form = "application/x-www-form-urlencoded";
    let get =
        |path: &str, token: &str| accessd.http().get(path).bearer(token).header("content-type", form).send();
    get("/artifactory/api/system/version", &admin).expect(200);
    get("/access/api/v1/tokens/me", &admin).expect(200);
    get("/access/api/v1/cert/root", &admin).expect(200);
    let usage = json!({"productId": "vault-plugin-secrets-artifactory/1.8"});
    accessd.http().post("/artifactory/api/system/usage").bearer(&admin).json(usage).send().expect(200);
    // Rotation: a new administrator token with the old one, then the old one goes.
    let old = accessd.mint(&admin, json!({"scope": "applied-permissions/admin", "force_revocable": true}));
    let new = accessd.mint(&old.token, json!({"scope": "applied-permissions/admin", "expires_in": 0}));
    let path = format!("/access/api/v1/tokens/{}", old.id);
    accessd.http().delete(&path).bearer(&new.token).send().expect(200);
    assert!(!accessd.accepts(&old.token) && accessd.accepts(&new.token));
    get("/artifactory/api/system/version", &new.token).expect(200);
}

#[test]
fn the_go_library_manages_users_and_groups() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let (name, group) = (unique("jcg"), unique("jcgs"));
    let user = format!("/artifactory/api/security/users/{name}");
    let team = format!("/artifactory/api/security/groups/{group}");
    accessd.http().get(&user).bearer(&admin).send().expect(404);
    let body = json!({"name": group, "description": "d", "autoJoin": false, "adminPrivileges": false,
        "realm": "internal", "realmAttributes": "", "usersNames": [], "externalId": ""});
    accessd.http().put(&team).bearer(&admin).json(body).send().expect(201);
    let body = json!({"name": name, "email": "a@example.org", "password": "a long password", "admin": false,
        "profileUpdatable": true, "disableUIAccess": false, "internalPasswordDisabled": false, "groups": [group],
        "watchManager": false, "reportsManager": false, "policyManager": false, "projectAdmin": false});
    accessd.http().put(&user).bearer(&admin).json(body).send().expect(201);
    let read = accessd.http().get(&user).bearer(&admin).send().expect(200).json();
    assert_eq!((&read["name"], &read["groups"]), (&json!(name), &json!([group])));
    let with_users = format!("{team}?includeUsers=true");
    let read = accessd.http().get(&with_users).bearer(&admin).send().expect(200).json();
    assert_eq!(read["userNames"], json!([name]));
    let change = json!({"name": name, "email": "b@example.org"});
    accessd.http().post(&user).bearer(&admin).json(change).send().expect(200);
    let locked = "/artifactory/api/security/lockedUsers";
    assert!(accessd.http().get(locked).bearer(&admin).send().expect(200).json().is_array());
    let unlock = format!("/artifactory/api/security/unlockUsers/{name}");
    accessd.http().post(&unlock).bearer(&admin).send().expect(200);
    accessd.http().delete(&user).bearer(&admin).send().expect(200);
    accessd.http().delete(&team).bearer(&admin).send().expect(200);
    accessd.http().get(&team).bearer(&admin).send().expect(404);
    let invite = json!({"invited_email": "x@example.org", "source": "cli"});
    let refusal =
        accessd.http().post("/access/api/v1/users/invite").bearer(&admin).json(invite).send().expect(501);
    assert_eq!(refusal.error_code(), "NOT_IMPLEMENTED");
}

#[test]
fn what_administrators_set_outlives_a_restart() {
    let accessd = Accessd::start();
    let admin = accessd.admin_token();
    let frog = accessd.new_user("frog");
    let put = |path: &str, body| accessd.http().put(path).bearer(&admin).json(body).send().expect(200);
    put("/access/api/v1/config/token/default_expiry", json!({"default_token_expiration": 120}));
    put(
        "/access/api/v1/config/security/authentication/basic_authentication_enabled",
        json!({"enabled": false}),
    );
    accessd.kill();
    accessd.restart();
    assert_eq!(accessd.mint(&admin, json!({})).answer.json()["expires_in"], 120);
    let by_password =
        || accessd.http().get("/artifactory/api/system/version").basic(&frog.name, &frog.password).send();
    by_password().expect(401);
    // Whoever has the data folder is not locked out.
    let output = accessd.run(&["admin-token", "--data-dir", &accessd.data_folder().to_string_lossy()]);
    let token = String::from_utf8(output.stdout).unwrap();
    let path = "/access/api/v1/config/security/authentication/basic_authentication_enabled";
    let body = json!({"enabled": true});
    accessd.http().put(path).bearer(token.trim()).json(body).send().expect(200);
    by_password().expect(200);
}

#[test]
fn probes_find_it_alive_and_ready() {
    let accessd = accessd();
    for path in ["/access/api/v1/system/liveness", "/access/api/v1/system/readiness"] {
        assert_eq!(accessd.http().get(path).send().expect(200).body, "OK");
    }
}
