//! Older files, and encryption, by the built binary: what is in the file after the next change.

use crate::support::{Jf, stamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use std::fs;
use std::path::Path;

const KEY: &str = "0123456789abcdef0123456789ABCDEF";
const SECRETS: [&str; 5] =
    ["password", "accessToken", "sshPassphrase", "refreshToken", "artifactoryRefreshToken"];

fn golden(version: u8, form: &str) -> String {
    let name = format!("tests/golden/v{version}-{form}.json");
    fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

/// The name under which the existing tool of that time kept its file.
fn old_name(version: u8) -> &'static str {
    match version {
        0..=3 => "jfrog-cli.conf",
        4 => "jfrog-cli.conf.v4",
        _ => "jfrog-cli.conf.v5",
    }
}

/// A home with a file of this version.
fn home(version: u8, form: &str) -> Jf {
    // The folder comes with the file, which goes again.
    let jf = Jf::new().config("");
    fs::remove_file(jf.config_path()).unwrap();
    fs::write(jf.home().join(old_name(version)), golden(version, form)).unwrap();
    fs::set_permissions(
        jf.home().join(old_name(version)),
        std::os::unix::fs::PermissionsExt::from_mode(0o600),
    )
    .unwrap();
    jf
}

/// The default server of a golden file.
fn default_id(version: u8) -> String {
    let config: Value = serde_json::from_str(&golden(version, "converted")).unwrap();
    let servers = config["servers"].as_array().unwrap();
    let server = servers.iter().find(|server| server["isDefault"] == true).unwrap();
    server["serverId"].as_str().unwrap().to_owned()
}

/// Where each secret of the file stands, and its text.
fn secrets(text: &str) -> Vec<(usize, &'static str, String)> {
    let config: Value = serde_json::from_str(text).unwrap();
    let servers = config["servers"].as_array().unwrap().iter().enumerate();
    servers
        .flat_map(|(number, server)| {
            SECRETS
                .iter()
                .filter_map(move |field| Some((number, *field, server[*field].as_str()?.to_owned())))
        })
        .collect()
}

/// W57: a plain older file becomes one of version 6 at the next change, and stays, which is told.
#[test]
fn w57_a_plain_older_file_is_converted_and_left_with_a_warning() {
    for version in 0..=5 {
        let jf = home(version, "plain");
        // Reading converts nothing.
        assert_eq!(jf.run(&["config", "show"]).ok().stderr, "", "version {version}");
        assert!(!jf.config_path().exists());
        let run = jf.run(&["config", "use", &default_id(version)]).ok();
        assert_eq!(jf.config_text(), golden(version, "converted").trim_end(), "version {version}");
        let old = jf.home().join(old_name(version));
        assert_eq!(fs::read_to_string(&old).unwrap(), golden(version, "plain"));
        let warning =
            format!("[Warn] older configurations stay with the secrets that they have: {};", old.display());
        assert_eq!(run.stderr.matches(&warning).count(), 1, "{run:?}");
        // Told once: the next change says nothing.
        let add = ["config", "add", "more", "--url=https://h", "--access-token=t", "--user=u"];
        assert_eq!(jf.run(&add).ok().stderr, "", "version {version}");
    }
}

/// W19: an encrypted older file stays encrypted, and each of its secrets is still the one it was.
#[test]
fn w19_an_encrypted_older_file_is_converted_without_harm() {
    for version in 0..=5 {
        let jf = home(version, "encrypted").env("JFROG_CLI_ENCRYPTION_KEY", KEY).stdin(KEY);
        let add = ["config", "add", "more", "--url=https://h", "--access-token=canary", "--user=u"];
        let run = jf.run(&add).ok();
        assert!(run.stderr.contains(&format!("{};", jf.home().join(old_name(version)).display())), "{run:?}");
        assert_eq!(
            fs::read_to_string(jf.home().join(old_name(version))).unwrap(),
            golden(version, "encrypted")
        );

        let text = jf.config_text();
        assert!(text.contains("\n  \"enc\": true") && text.contains("\"version\": \"6\""), "{text}");
        for (_, field, secret) in secrets(&text) {
            let cipher = STANDARD.decode(&secret);
            assert!(cipher.is_ok_and(|cipher| cipher.len() > 28), "version {version}: {field} is {secret}");
        }
        for (number, field, secret) in secrets(&golden(version, "converted")) {
            let servers: Value = serde_json::from_str(&text).unwrap();
            let id = servers["servers"][number]["serverId"].as_str().unwrap();
            let line = jf.run(&["config", "export", id, "--master-key-stdin"]).ok().stdout;
            let server: Value = serde_json::from_slice(&STANDARD.decode(line.trim()).unwrap()).unwrap();
            let key = match field {
                "refreshToken" => "platformRefreshToken",
                "artifactoryRefreshToken" => "refreshToken",
                field => field,
            };
            assert_eq!(server[key], secret.as_str(), "version {version}: {field} of {id}");
        }
    }
}

#[test]
fn an_encrypted_file_is_not_touched_without_its_key() {
    let add = ["config", "add", "more", "--url=https://h", "--access-token=t"];
    for version in 0..=6 {
        for key in [None, Some("0123456789abcdef0123456789ABCDEG"), Some("short"), Some("")] {
            let jf = match version {
                6 => Jf::new().config(&golden(6, "encrypted")),
                _ => home(version, "encrypted"),
            };
            let jf = match key {
                Some(key) => jf.env("JFROG_CLI_ENCRYPTION_KEY", key),
                None => jf,
            };
            for arguments in [&add[..], &["config", "show"], &["config", "rm", "--quiet"]] {
                jf.run(arguments).fails(1, &["decrypt"]);
            }
            assert_eq!(jf.config_path().exists(), version == 6);
        }
    }
}

/// W21: what a version to come wrote is not rewritten as ours; unknown fields of ours survive.
#[test]
fn w21_unknown_versions_are_left_alone_and_unknown_fields_kept() {
    for version in ["\"7\"", "7", "\"\"", "null"] {
        let text = golden(6, "plain").replace("\"6\"", version);
        let jf = Jf::new().config(&text);
        let before = stamp(&jf);
        let run = jf.run(&["config", "use", "two"]);
        if run.code == 0 {
            assert_eq!(version, "null", "{run:?}");
        } else {
            assert!(run.stderr.contains("jfrog-cli.conf.v6"), "{run:?}");
            assert_eq!((jf.config_text(), stamp(&jf)), (text, before), "{version}");
        }
    }
    let jf = Jf::new().config(&golden(6, "plain"));
    jf.run(&["config", "rm", "two", "--quiet"]).ok();
    let text = jf.config_text();
    assert!(
        text.contains("\"ownField\": \"kept\"") && text.contains("\"ownTop\": {\n    \"kept\": true"),
        "{text}"
    );
}

/// A key beside a plain file: reading warns, the next change encrypts, `jf config use` of the default included.
#[test]
fn a_plain_file_is_encrypted_at_the_next_change_once_there_is_a_key() {
    let plain = golden(6, "plain");
    let jf = Jf::new().config(&plain).env("JFROG_CLI_ENCRYPTION_KEY", KEY);
    let before = stamp(&jf);
    let run = jf.run(&["config", "show"]).ok();
    assert_eq!(run.stderr.matches("[Warn]").count(), 1, "{run:?}");
    assert!(run.stderr.contains("secrets in the clear") && run.stderr.contains("jf config use"), "{run:?}");
    assert_eq!((jf.config_text(), stamp(&jf)), (plain.clone(), before));

    jf.run(&["config", "use", "one"]).ok();
    let text = jf.config_text();
    assert!(text.contains("\n  \"enc\": true"), "{text}");
    let copy = fs::read_to_string(jf.home().join("jfrog-cli.conf.v6.bak")).unwrap();
    for (_, _, secret) in secrets(&plain) {
        let secret = format!("\"{secret}\"");
        assert!(!text.contains(&secret) && !copy.contains(&secret), "{secret}");
    }
    // Nothing is left to do: no warning, no writing.
    let before = stamp(&jf);
    assert_eq!(jf.run(&["config", "show"]).ok().stderr, "");
    jf.run(&["config", "use", "one"]).ok();
    assert_eq!(stamp(&jf), before);

    for wrong in ["short", "", "0123456789abcdef0123456789ABCDEF0"] {
        let jf = Jf::new().config(&plain).env("JFROG_CLI_ENCRYPTION_KEY", wrong);
        jf.run(&["config", "use", "two"]).fails(1, &["Wrong length for master key", "32 bytes"]);
        assert_eq!(jf.config_text(), plain);
    }
}
