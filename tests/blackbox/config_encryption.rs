//! The encrypted configuration, with Python's cryptography as the witness: each reads what the other wrote.

use serde_json::Value;
use std::fs;
use testkit::{Jf, python};

const FILE: &str = ".jfrog/jfrog-cli.conf.v6";
const VARIABLE: &str = "JFROG_CLI_ENCRYPTION_KEY";
const KEY: &str = "0123456789abcdef0123456789ABCDEF";
/// What only text can carry whole: quotes, what Go escapes, and beyond ASCII.
const PASSWORD: &str = "a <secret> & \"more\", é 🐸";

fn text(jf: &Jf) -> String {
    fs::read_to_string(jf.path(FILE)).unwrap()
}

fn file(jf: &Jf) -> Value {
    serde_json::from_str(&text(jf)).unwrap()
}

#[track_caller]
fn add_by_password(jf: &Jf) {
    jf.run(&["c", "add", "one", "--url=https://one.example.com", "--user=frog", "--password-stdin"])
        .succeeded();
}

#[track_caller]
fn decrypted(sealed: &Value) -> String {
    python("config_crypto.py", &["decrypt", KEY, sealed.as_str().expect("a text")])
}

#[test]
fn python_decrypts_what_jf_encrypts() {
    let jf = Jf::new().env(VARIABLE, KEY).stdin(PASSWORD);
    add_by_password(&jf);
    let config = file(&jf);
    assert_eq!(config.as_object().unwrap().keys().collect::<Vec<_>>(), ["servers", "version", "enc"]);
    assert_eq!(config["enc"], true);
    let first = &config["servers"][0];
    assert_eq!(decrypted(&first["password"]).trim_end(), PASSWORD);
    assert_eq!((&first["user"], &first["serverId"]), (&"frog".into(), &"one".into()));
    assert!(!text(&jf).contains("secret"), "{}", text(&jf));

    jf.run(&["c", "add", "two", "--url=https://two.example.com", "--access-token=a.b.c"]).succeeded();
    let config = file(&jf);
    assert_eq!(decrypted(&config["servers"][1]["accessToken"]).trim_end(), "a.b.c");
    assert_eq!(decrypted(&config["servers"][0]["password"]).trim_end(), PASSWORD);
    assert_ne!(config["servers"][0]["password"], first["password"], "each writing has its own nonce");
}

#[test]
fn jf_decrypts_what_python_encrypts() {
    let accessd = crate::accessd();
    let frog = accessd.new_user("frog");
    let sealed = python("config_crypto.py", &["encrypt", KEY, &frog.token]);
    let config = format!(
        r#"{{"servers":[{{"url":"{}/","accessToken":"{}","serverId":"one","isDefault":true}}],"version":"6","enc":true}}"#,
        accessd.url(),
        sealed.trim_end()
    );
    let jf = Jf::new().env(VARIABLE, KEY);
    fs::create_dir(jf.path(".jfrog")).unwrap();
    jf.file(FILE, &config);
    jf.run(&["atc"]).succeeded();
    assert_eq!(text(&jf), config, "reading changes nothing");

    let by_file = Jf::new();
    fs::create_dir_all(by_file.path(".jfrog/security")).unwrap();
    by_file.file(FILE, &config);
    by_file
        .run(&["atc"])
        .failed(1, &[VARIABLE, "cannot decrypt config: security configuration file was not found"]);
    by_file.file(".jfrog/security/security.yaml", &format!("masterKey: \"{KEY}\"\n"));
    by_file.run(&["atc"]).succeeded();
}

#[test]
fn without_the_right_key_nothing_is_read_or_lost() {
    let jf = Jf::new().env(VARIABLE, KEY).stdin("canary-password");
    add_by_password(&jf);
    let before = text(&jf);
    for (key, words) in [
        ("ffffffffffffffffffffffffffffffff", "cipher: message authentication failed"),
        ("short", "crypto/aes: invalid key size 5"),
        ("", "crypto/aes: invalid key size 0"),
        ("/no/such/file.key", "failed to stat encryption key file '/no/such/file.key'"),
    ] {
        let other = Jf::new().env(VARIABLE, key);
        fs::create_dir(other.path(".jfrog")).unwrap();
        other.file(FILE, &before);
        for arguments in [
            &["c", "show"][..],
            &["c", "add", "two", "--url=https://two.example.com", "--access-token=canary"],
            &["c", "rm", "one", "--quiet"],
        ] {
            let run = other.run(arguments).failed(1, &[words]);
            assert!(!run.stderr.contains("canary"), "{}", run.stderr);
            assert_eq!(text(&other), before);
        }
    }
}

#[test]
fn a_key_of_the_wrong_length_writes_nothing() {
    let jf = Jf::new().env(VARIABLE, "sixteen bytes...");
    jf.run(&["c", "add", "one", "--url=https://one.example.com", "--access-token=canary"]).failed(
        1,
        &["cannot encrypt config:  Wrong length for master key. Key should have a length of exactly: 32 bytes"],
    );
    assert!(!jf.path(FILE).exists());
}
