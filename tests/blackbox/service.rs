//! The program around the API: starting, a second start, `admin-token` beside a running service, settings.

use serde_json::json;
use std::fs;
use testkit::{Accessd, claims};

#[test]
fn a_stop_is_orderly_and_a_restart_knows_everything() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"include_reference_token": true, "refreshable": true}));
    let root =
        accessd.http().get("/access/api/v1/cert/root").bearer(&accessd.admin_token()).send().expect(200).body;
    let password = accessd.first_password();
    assert_eq!(accessd.stop(), Some(0), "{}", accessd.log());
    accessd.restart();
    assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    accessd.refresh(&minted);
    let again = accessd.http().get("/access/api/v1/cert/root").bearer(&frog.token).send();
    assert!(again.status == 403 || again.body == root, "{}", again.body);
    assert_eq!(
        accessd.http().get("/access/api/v1/cert/root").bearer(&accessd.admin_token()).send().expect(200).body,
        root
    );
    assert_eq!(accessd.first_password(), password, "a second start makes no new administrator");
    accessd.http().get(crate::USERS).basic("admin", &password).send().expect(200);
}

#[test]
fn admin_token_prints_a_bare_token_beside_a_running_service() {
    let accessd = Accessd::start();
    let data = accessd.data_folder().to_string_lossy().into_owned();
    let output = accessd.run(&["admin-token", "--data-dir", &data]);
    assert!(output.status.success());
    let stdout = String::from_utf8(output.stdout).unwrap();
    let token = stdout.strip_suffix('\n').unwrap();
    assert!(!token.contains(char::is_whitespace));
    let claims_of = claims(token);
    assert_eq!(claims_of["exp"].as_u64().unwrap() - claims_of["iat"].as_u64().unwrap(), 900, "15 minutes");
    assert!(claims_of["sub"].as_str().unwrap().ends_with("/users/admin"));
    accessd.http().get(crate::USERS).bearer(token).send().expect(200);

    let boss = accessd.new_admin("boss");
    let output = accessd.run(&["admin-token", "--data-dir", &data, "--expiry", "2h", "--user", &boss.name]);
    let token = String::from_utf8(output.stdout).unwrap();
    let claims_of = claims(token.trim());
    assert_eq!(claims_of["exp"].as_u64().unwrap() - claims_of["iat"].as_u64().unwrap(), 7200);
    assert!(claims_of["sub"].as_str().unwrap().ends_with(&format!("/users/{}", boss.name)));
    let info = accessd.whoami(token.trim()).expect(200).json();
    accessd.revoke(&accessd.admin_token(), info["token_id"].as_str().unwrap()).expect(200);
    assert!(!accessd.accepts(token.trim()), "it is revocable as any other");
}

#[test]
fn admin_token_works_while_the_service_is_down_and_refuses_nonsense() {
    let accessd = Accessd::start();
    let data = accessd.data_folder().to_string_lossy().into_owned();
    let mistyped = format!("{data}-mistyped");
    accessd.stop();
    let output = accessd.run(&["admin-token", "--data-dir", &data]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let token = String::from_utf8(output.stdout).unwrap();
    for arguments in [
        &["admin-token", "--data-dir", &data, "--expiry", "soon"][..],
        &["admin-token", "--data-dir", &data, "--expiry", "-1"],
        &["admin-token", "--data-dir", &mistyped],
        &["admin-token", "--data-dir", &data, "--no-such-flag"],
    ] {
        if testkit::is_postgres() && arguments.contains(&mistyped.as_str()) {
            continue; // The database is found without the folder.
        }
        let output = accessd.run(arguments);
        assert!(!output.status.success(), "{arguments:?}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
        assert!(!output.stderr.is_empty(), "{arguments:?}");
    }
    assert!(!std::path::Path::new(&mistyped).exists(), "a mistyped folder is no new service");
    accessd.restart();
    assert!(accessd.accepts(token.trim()));
}

#[test]
fn a_second_service_on_the_same_folder_is_refused() {
    if testkit::is_postgres() {
        return; // There the database is shared, and the folder holds nothing that two could spoil.
    }
    let accessd = Accessd::start();
    let data = accessd.data_folder().to_string_lossy().into_owned();
    let output = accessd.run(&["serve", "--listen", "127.0.0.1:0", "--data-dir", &data]);
    assert!(!output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains(&data) && !said.contains("listening on"), "{said}");
    assert!(accessd.accepts(&accessd.admin_token()));
    accessd.kill();
    accessd.restart();
    assert!(accessd.accepts(&accessd.admin_token()), "a lock that a dead process left does not count");
}

#[test]
fn the_first_start_writes_the_first_password_once_and_for_the_owner() {
    let accessd = Accessd::start();
    let file = accessd.data_folder().join("bootstrap/admin.json");
    let text = fs::read_to_string(&file).unwrap();
    let keys: serde_json::Value = serde_json::from_str(&text).unwrap();
    assert!(
        keys["username"] == "admin" && keys["password"].is_string(),
        "{:?}",
        keys.as_object().unwrap().keys()
    );
    accessd.http().get(crate::USERS).basic("admin", &accessd.first_password()).send().expect(200);
    accessd.http().get(crate::USERS).basic("admin", "password").send().expect(401);
    let other = Accessd::start();
    assert_ne!(accessd.first_password(), other.first_password());
}

#[test]
fn what_it_cannot_do_it_says_before_it_serves() {
    let folder = tempfile::tempdir().unwrap();
    let accessd = Accessd::builder().data_folder(&folder.path().join("served")).start();
    let data = folder.path().join("data").to_string_lossy().into_owned();
    let settings = folder.path().join("accessd.toml");
    fs::write(&settings, "[token]\ndefault-expyri = 60\n").unwrap();
    let settings = settings.to_string_lossy().into_owned();
    let port = format!("127.0.0.1:{}", accessd.port());
    for (arguments, word) in [
        (&["--listen", "127.0.0.1:0", "--database", "postgres://host/db"][..], "postgres"),
        (&["--listen", "nonsense"], "listen"),
        (&["--listen", "0.0.0.0:0"], "plain"),
        (&["--listen", &port], "use"),
        (&["--listen", "127.0.0.1:0", "--config", &settings], "default-expyri"),
        (&["--listen", "127.0.0.1:0", "--config", "/nowhere/accessd.toml"], "/nowhere/accessd.toml"),
        (&["--no-such-flag"], "no-such-flag"),
    ] {
        let output = accessd.run(&[&["serve", "--data-dir", &data][..], arguments].concat());
        let said = String::from_utf8_lossy(&output.stderr).to_lowercase();
        assert!(!output.status.success(), "{arguments:?}");
        assert!(said.contains(word) && !said.contains("listening on"), "{arguments:?}: {said}");
        assert!(output.stdout.is_empty(), "{arguments:?}");
    }
}

#[test]
fn check_tells_every_setting_and_where_it_comes_from() {
    let accessd = Accessd::builder().env("ACCESSD_TOKEN_MAX_EXPIRY", "99000000").start();
    let data = accessd.data_folder();
    fs::write(data.join("accessd.toml"), "[token]\ndefault-expiry = 3601\n").unwrap();
    let output = accessd.run(&["check", "--data-dir", &data.to_string_lossy(), "--listen", "127.0.0.1:7"]);
    let said = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    for (setting, value, origin) in [
        ("token.default-expiry", "3601", "(file)"),
        ("token.max-expiry", "99000000", "ACCESSD_TOKEN_MAX_EXPIRY"),
        ("server.listen", "127.0.0.1:7", "--listen"),
        ("token.allow-refreshable", "true", "default"),
    ] {
        let line = said
            .lines()
            .find(|line| line.contains(setting))
            .unwrap_or_else(|| panic!("no {setting} in {said}"));
        assert!(line.contains(value) && line.contains(origin), "{line}");
    }
}

#[test]
fn a_settings_file_counts() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    drop(Accessd::builder().data_folder(&data).start());
    fs::write(data.join("accessd.toml"), "[token]\ndefault-expiry = 3601\n").unwrap();
    let accessd = Accessd::builder().data_folder(&data).start();
    let frog = accessd.new_user("frog");
    assert_eq!(accessd.mint(&frog.token, json!({})).answer.json()["expires_in"], 3601);
}

#[test]
fn a_setting_that_makes_no_sense_names_itself() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    for (name, value) in [
        ("ACCESSD_TOKEN_MAX_EXPIRY", "soon"),
        ("ACCESSD_TOKEN_MAX_EXPIRY", "-1"),
        ("ACCESSD_TOKEN_ALLOW_REFRESHABLE", "perhaps"),
        ("ACCESSD_TOKEN_SIGNATURE", "none"),
        ("ACCESSD_TOKEN_NO_SUCH_SETTING", "1"),
    ] {
        let output = std::process::Command::new(testkit::program("accessd"))
            .args(["serve", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(&data)
            .env_clear()
            .env(name, value)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{name}={value}");
        assert!(said.contains(name), "{name}={value}: {said}");
    }
}
