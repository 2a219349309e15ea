//! Pings, versions, keys and the root certificate.

use crate::accessd;
use serde_json::json;

#[test]
fn pings_are_for_everybody() {
    let accessd = accessd();
    for path in ["/access/api/v1/system/ping", "/artifactory/api/system/ping"] {
        let answer = accessd.http().get(path).send().expect(200);
        assert_eq!(answer.body.trim(), "OK");
        assert!(answer.header("content-type").is_some_and(|t| t.starts_with("text/plain")));
        accessd.http().get(path).bearer("nonsense").send();
    }
}

#[test]
fn artifactorys_version_satisfies_the_gates_of_clients() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let path = "/artifactory/api/system/version";
    let answer = accessd.http().get(path).bearer(&frog.token).send().expect(200);
    assert_eq!(answer.keys(), ["version", "revision", "addons", "license"]);
    let json = answer.json();
    let version: Vec<u32> =
        json["version"].as_str().unwrap().split('.').map(|n| n.parse().unwrap()).collect();
    assert!(version.len() == 3 && (version[0], version[1], version[2]) >= (7, 84, 3), "{version:?}");
    assert!(json["addons"].is_array());
    for call in [
        accessd.http().get(path),
        accessd.http().get(path).bearer("a.b.c"),
        accessd.http().get(path).basic(&frog.name, "wrong"),
    ] {
        let answer = call.send().expect(401);
        let error = &answer.json()["errors"][0];
        assert_eq!(error["status"], 401, "Artifactory's shape: {}", answer.body);
        assert!(error.get("code").is_none());
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Artifactory Realm\""));
    }
    accessd.http().get(path).basic(&frog.name, &frog.password).send().expect(200);
    let expired = accessd.mint(&frog.token, json!({"expires_in": 1}));
    std::thread::sleep(std::time::Duration::from_millis(2100));
    let answer = accessd.http().get(path).bearer(&expired.token).send().expect(401);
    assert_eq!(answer.json()["errors"][0]["message"], "Token failed verification: expired");
}

#[test]
fn accesss_version_has_a_name() {
    let accessd = accessd();
    let answer =
        accessd.http().get("/access/api/v1/system/version").bearer(&accessd.admin_token()).send().expect(200);
    assert!(answer.json()["name"].is_string(), "{}", answer.body);
}

#[test]
fn the_root_certificate_is_for_administrators_in_two_forms() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let path = "/access/api/v1/cert/root";
    accessd.http().get(path).send().expect(401);
    accessd.http().get(path).bearer(&frog.token).send().expect(403);
    let plain = accessd.http().get(path).bearer(&accessd.admin_token()).send().expect(200);
    assert!(plain.header("content-type").is_some_and(|t| t.starts_with("text/plain")));
    assert!(plain.body.bytes().all(|b| b.is_ascii_alphanumeric() || b"+/=".contains(&b)), "{}", plain.body);
    let pem = accessd
        .http()
        .get(&format!("{path}?formatted=true"))
        .bearer(&accessd.admin_token())
        .send()
        .expect(200);
    let inside: String = pem.body.lines().filter(|line| !line.starts_with("-----")).collect();
    assert_eq!(inside, plain.body);
    let off = accessd
        .http()
        .get(&format!("{path}?formatted=false"))
        .bearer(&accessd.admin_token())
        .send()
        .expect(200);
    assert_eq!(off.body, plain.body);
}

#[test]
fn the_public_keys_are_public() {
    let accessd = accessd();
    let answer = accessd.http().get("/.well-known/jwks.json").send().expect(200);
    assert!(answer.header("content-type").is_some_and(|t| t.contains("json")));
    assert_eq!(answer.json()["keys"].as_array().unwrap().len(), 1);
}
