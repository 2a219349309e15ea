//! Nothing secret stays behind: not in the log, not in the database, not in any file of the data folder,
//! however it is written. And no file is for others to read.

use crate::TOKENS;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE_NO_PAD},
};
use serde_json::json;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use testkit::{Accessd, Jf};

/// Everything below a folder: the folders, and the files with their content.
fn walk(folder: &Path) -> (Vec<PathBuf>, Vec<(PathBuf, Vec<u8>)>) {
    let (mut folders, mut files) = (vec![folder.to_owned()], Vec::new());
    let mut at = 0;
    while at < folders.len() {
        for entry in fs::read_dir(&folders[at]).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path)
            } else {
                files.push((path.clone(), fs::read(&path).unwrap()))
            }
        }
        at += 1;
    }
    (folders, files)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The ways in which a secret could be written down.
fn disguises(secret: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![
        secret.as_bytes().to_vec(),
        STANDARD_NO_PAD.encode(secret).into_bytes(),
        URL_SAFE_NO_PAD.encode(secret).into_bytes(),
        hex(secret.as_bytes()).into_bytes(),
        hex(secret.as_bytes()).to_uppercase().into_bytes(),
        secret.bytes().map(|byte| format!("%{byte:02X}")).collect::<String>().into_bytes(),
        secret.replace('_', "%5F").replace('-', "%2D").into_bytes(),
        secret.chars().rev().collect::<String>().into_bytes(),
    ];
    for plain in [
        STANDARD.decode(secret),
        URL_SAFE_NO_PAD.decode(secret),
        URL_SAFE_NO_PAD.decode(secret.trim_start_matches("acrt_")),
    ]
    .into_iter()
    .flatten()
    {
        forms.push(hex(&plain).into_bytes());
        forms.push(plain);
    }
    forms
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack.windows(needle.len()).any(|window| window == needle)
}

#[test]
fn no_secret_is_found_in_the_log_or_the_data_folder() {
    let accessd = Accessd::builder()
        .env("ACCESSD_SECURITY_ALLOW_BASIC_TOKEN_CREATION", "true")
        .env("ACCESSD_SECURITY_DISABLE_API_KEY_CREATION", "false")
        .env("ACCESSD_LOG_LEVEL", "trace")
        .start();
    let first_password = accessd.first_password();
    let mut secrets: Vec<(&str, String)> = vec![("first password", first_password.clone())];
    let mut keep = |name: &'static str, secret: &str| secrets.push((name, secret.to_owned()));
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();

    // A life: log in, make tokens of all kinds in all ways, use, refresh, reuse, revoke, be refused.
    keep("admin token", &signature(&accessd.admin_token()));
    let frog = accessd.new_user("frog");
    keep("password", &frog.password);
    keep("token", &signature(&frog.token));
    let body = json!({"refreshable": true, "include_reference_token": true});
    let first = accessd.mint(&frog.token, body.clone());
    let second = accessd.refresh(&first);
    for minted in [&first, &second] {
        keep("token", &signature(&minted.token));
        keep("refresh token", &minted.refresh_token);
        if !minted.reference_token.is_empty() {
            keep("reference token", &minted.reference_token);
        }
    }
    accessd.accepts(&second.token);
    accessd.ask_refresh(&frog.token, &first.refresh_token).expect(404);
    let basic = accessd
        .http()
        .post(TOKENS)
        .basic(&frog.name, &frog.password)
        .header("Idempotency-Key", "canary-idempotency-key")
        .json(&body);
    let basic = testkit::Minted::from_answer(basic.send());
    keep("token", &signature(&basic.token));
    keep("reference token", &basic.reference_token);
    keep("refresh token", &basic.refresh_token);
    keep("idempotency key", "canary-idempotency-key");
    accessd.http().get(TOKENS).basic("admin", &first_password).send().expect(200);
    let key = "/artifactory/api/security/apiKey";
    let api_key = accessd.http().post(key).basic(&frog.name, &frog.password).send().expect(201).json();
    keep("API key", api_key["apiKey"].as_str().unwrap());
    accessd.http().get(key).header("X-JFrog-Art-Api", api_key["apiKey"].as_str().unwrap()).send().expect(200);
    let pair = accessd.http().post("/artifactory/api/security/token").basic(&frog.name, &frog.password);
    let pair = pair.form(&[("refreshable", "true")]).send().expect(200).json();
    let (access, refresh) = (pair["access_token"].as_str().unwrap(), pair["refresh_token"].as_str().unwrap());
    let form = [("grant_type", "refresh_token"), ("access_token", access), ("refresh_token", refresh)];
    let renewed =
        accessd.http().post("/artifactory/api/security/token").form(&form).send().expect(200).json();
    for pair in [&pair, &renewed] {
        keep("token", &signature(pair["access_token"].as_str().unwrap()));
        keep("refresh token", pair["refresh_token"].as_str().unwrap());
    }
    for wrong in ["canary-wrong-password-1", "canary-wrong-password-2"] {
        keep("wrong password", wrong);
        accessd.http().get(TOKENS).basic(&frog.name, wrong).send().expect(401);
        accessd.http().get(TOKENS).bearer(wrong).send().expect(401);
        accessd.http().get(&format!("{TOKENS}/{wrong}?token={wrong}")).bearer(&frog.token).send();
        accessd
            .http()
            .delete(&format!("{TOKENS}/revoke"))
            .bearer(&accessd.admin_token())
            .json(json!({"token": wrong}))
            .send();
        accessd.http().post(TOKENS).bearer(&frog.token).body("text/canary", wrong).send().expect(415);
        accessd
            .http()
            .post(TOKENS)
            .bearer(&frog.token)
            .json(format!("{{\"scope\":{wrong}"))
            .send()
            .expect(400);
    }
    accessd
        .http()
        .delete(&format!("{TOKENS}/revoke"))
        .bearer(&accessd.admin_token())
        .json(json!({"token": second.token}))
        .send();
    accessd
        .http()
        .put(&format!("{}/{}/password", crate::USERS, frog.name))
        .bearer(&accessd.admin_token())
        .json(json!({"password": "Canary-New-Password-3"}))
        .send()
        .expect(204);
    keep("new password", "Canary-New-Password-3");
    let reference =
        accessd.mint(&accessd.admin_token(), json!({"username": frog.name, "include_reference_token": true}));
    keep("reference token", &reference.reference_token);

    // The database as it is while running, and as a stop leaves it.
    for stopped in [false, true] {
        if stopped {
            assert_eq!(accessd.stop(), Some(0), "{}", accessd.log());
        }
        let (_, mut files) = walk(accessd.scratch_folder());
        if let Some(database) = accessd.database() {
            files.push(("the dump of the database".into(), database.dump().into_bytes()));
            files.push(("PostgreSQL's log".into(), database.cluster().log().into_bytes()));
        }
        files.retain(|(path, _)| !path.ends_with("bootstrap/admin.json"));
        assert!(
            files.iter().any(|(_, content)| contains(content, frog.name.as_bytes())),
            "the search finds what is there"
        );
        for (name, secret) in &secrets {
            for form in disguises(secret).iter().filter(|form| form.len() >= 12) {
                for (path, content) in &files {
                    assert!(!contains(content, form), "a {name} stands in {}", path.display());
                }
            }
        }
    }
}

#[test]
fn what_accessd_tells_beyond_the_wire_holds_no_secret() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let body = json!({"refreshable": true, "include_reference_token": true});
    let first = accessd.mint(&frog.token, body.clone());
    let second = accessd.refresh(&first);
    let third = accessd.mint(&frog.token, body);
    let tokens = crate::ACCESSD_TOKENS;
    let get = |path: String| accessd.http().get(&path).bearer(&frog.token).send().expect(200);
    let post = |path: String, body: serde_json::Value| {
        accessd.http().post(&path).bearer(&frog.token).json(body).send().expect(200)
    };
    let answers = [
        get(format!("{tokens}?state=all")),
        get(format!("{tokens}?limit=1")),
        get(format!("{tokens}/{}", first.id)),
        get(format!("{tokens}/me")),
        post(format!("{tokens}/{}/revocation", second.id), json!({"after": 60})),
        post(format!("{tokens}/revoke"), json!({"token_ids": [first.id, third.id]})),
    ];
    let signature = |token: &str| token.rsplit('.').next().unwrap().to_owned();
    for answer in &answers {
        for minted in [&first, &second, &third] {
            let secrets =
                [signature(&minted.token), minted.refresh_token.clone(), minted.reference_token.clone()];
            for secret in secrets {
                for form in disguises(&secret).iter().filter(|form| form.len() >= 12) {
                    assert!(!contains(answer.body.as_bytes(), form), "{}", answer.body);
                }
            }
        }
    }
}

#[test]
fn every_file_and_folder_is_the_owners_only() {
    let accessd = Accessd::start();
    accessd.mint(&accessd.admin_token(), json!({}));
    let (folders, files) = walk(&accessd.data_folder());
    // With PostgreSQL the lock and the first password, else database and key, too.
    assert!(files.len() >= if testkit::is_postgres() { 2 } else { 4 }, "{:?}", files.len());
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    for folder in folders {
        assert_eq!(mode(&folder), 0o700, "{}", folder.display());
    }
    for (file, _) in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[test]
fn the_signing_key_stands_nowhere_in_the_clear() {
    let accessd = Accessd::start();
    accessd.mint(&accessd.admin_token(), json!({}));
    let (_, files) = walk(&accessd.data_folder());
    // PKCS#8 of an RSA key begins with version 0 and the identifier of rsaEncryption.
    let pkcs8 =
        [0x02, 0x01, 0x00, 0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01];
    for (path, content) in files {
        assert!(!contains(&content, &pkcs8), "{}", path.display());
        assert!(!contains(&content, b"PRIVATE KEY"), "{}", path.display());
    }
}

#[test]
fn jf_tells_no_credential_in_a_message() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let dead = accessd.mint(&frog.token, json!({}));
    accessd.revoke(&frog.token, &dead.id).expect(200);
    for (token, arguments) in [
        (dead.token.as_str(), &["atc"][..]),
        (&frog.token, &["atc", "--grant-admin"]),
        (&frog.token, &["atc", "--format", "xml"]),
        (&frog.token, &["atc", "--no-such-flag"]),
        ("canary.token.text", &["atc"]),
    ] {
        let run = Jf::with_flags(&accessd, token).env("JFROG_CLI_LOG_LEVEL", "DEBUG").run(arguments);
        assert_ne!(run.code, 0);
        let secret = token.rsplit('.').next().unwrap();
        assert!(!run.stderr.contains(secret), "{}: {}", run.command, run.stderr);
    }
    let (password, mistyped) = ("canary-password-77", "--acces-token=canary-mistyped");
    let run = Jf::new().run(&[
        "atc",
        "--url",
        &accessd.url(),
        "--user",
        &frog.name,
        "--password",
        password,
        mistyped,
    ]);
    assert!(!run.stderr.contains("canary"), "{}", run.stderr);
}
