//! What went wrong in other token services, as named tests (docs/regressions.md): those that need the real program.

use crate::{ACCESSD_TOKENS, GROUPS, TOKENS, USERS, accessd};
use serde_json::{Value, json};
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use testkit::{Accessd, Call};

/// Starts the program with one variable set, on a folder of its own, and gives what it says if it refuses to serve.
fn refusal(variable: &str, value: &str) -> Option<String> {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(testkit::program("accessd"));
    command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(folder.path().join("data"));
    let mut child = command.env_clear().env(variable, value).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    let serves = BufReader::new(child.stderr.take().unwrap()).lines().map_while(Result::ok).any(|line| {
        said.push_str(&line);
        line.contains("listening on")
    });
    let _ = child.kill();
    child.wait().unwrap();
    (!serves).then_some(said)
}

#[test]
fn reg_1_cve_2026_82329_a_blank_short_or_default_secret_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("key");
    for secret in [
        "",
        " ",
        "\n",
        "\t \n",
        "0",
        "changeme",
        "password",
        "default",
        "00000000000000000000000000000000",
        &"0".repeat(64),
        &"f".repeat(64),
        &"ab".repeat(32),
        &"01".repeat(32),
        &" ".repeat(64),
        &"g".repeat(64),
        &"a1".repeat(31),
    ] {
        let said = refusal("ACCESSD_MASTER_KEY", secret);
        let said = said.unwrap_or_else(|| panic!("{secret:?} was accepted"));
        assert!(said.contains("ACCESSD_MASTER_KEY") || said.contains("master key"), "{secret:?}: {said}");
        std::fs::write(&file, secret).unwrap();
        std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        let said = refusal("ACCESSD_MASTER_KEY_FILE", &file.to_string_lossy());
        assert!(said.is_some_and(|said| said.contains("master key")), "{secret:?} in a file was accepted");
    }
    assert!(refusal("ACCESSD_MASTER_KEY_FILE", "").is_some());
    assert!(refusal("ACCESSD_MASTER_KEY", &"0123456789abcdef".repeat(4)).is_none(), "the test can tell");
}

/// What an attacker tries first on a service of this kind.
const DEFAULTS: [(&str, &str); 14] = [
    ("admin", "password"),
    ("admin", "admin"),
    ("admin", ""),
    ("admin", "changeme"),
    ("admin", "jfrog"),
    ("Admin", "password"),
    ("access-admin", "password"),
    ("access-admin", "admin"),
    ("xray", "password"),
    ("jffe", "password"),
    ("anonymous", ""),
    ("anonymous", "anonymous"),
    ("_internal", ""),
    ("", ""),
];

/// Refused, or told to wait, as who guesses may be.
#[track_caller]
fn is_refused(call: &Call) {
    let answer = call.send();
    assert!([401, 429].contains(&answer.status), "{call:?}: {}", answer.body);
}

#[test]
fn reg_17_cve_2019_9733_and_reg_18_cve_2019_17444_no_default_account_opens_from_anywhere() {
    let (first, second) = (Accessd::start(), Accessd::start());
    assert_ne!(first.first_password(), second.first_password(), "a default password");
    assert!(first.first_password().len() >= 20);
    for (name, password) in DEFAULTS {
        is_refused(&first.http().get(USERS).basic(name, password));
    }
    for header in [
        "X-Forwarded-For",
        "X-Real-IP",
        "X-Client-IP",
        "X-Originating-IP",
        "X-Remote-IP",
        "X-Remote-Addr",
        "X-Cluster-Client-IP",
        "True-Client-IP",
        "CF-Connecting-IP",
        "Forwarded",
        "X-Forwarded-Host",
        "X-ProxyUser-Ip",
    ] {
        let value = if header == "Forwarded" { "for=127.0.0.1" } else { "127.0.0.1" };
        for call in [
            first.http().get(USERS).basic("access-admin", "password"),
            first.http().get(USERS).basic("admin", "password"),
            first.http().get("/access/api/v1/cert/root"),
        ] {
            is_refused(&call.header(header, value));
        }
    }
}

/// What would change the answer if it were read as SQL.
const INJECTIONS: [&str; 16] = [
    "' OR '1'='1",
    "' OR 1=1 --",
    "'; DROP TABLE tokens; --",
    "' UNION SELECT kid FROM signing_keys --",
    "x' AND (SELECT COUNT(*) FROM users) > 0 --",
    "' AND randomblob(500000000) IS NOT NULL --",
    "\\' OR 1=1 --",
    "\" OR \"\"=\"",
    "%' OR 1=1 --",
    "%",
    "_",
    "*",
    "1) OR (1=1",
    "created; DELETE FROM tokens",
    "(CASE WHEN 1=1 THEN created ELSE expiry END)",
    "\u{0}' OR 1=1",
];

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02X}")).collect()
}

#[test]
fn reg_15_cve_2021_3860_text_is_never_read_as_sql() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let boss = accessd.new_admin("boss");
    for text in INJECTIONS {
        let value = encoded(text);
        for (path, parameters) in [
            (
                TOKENS,
                &["username", "description", "token_id", "order_by", "descending_order", "refreshable"][..],
            ),
            (
                ACCESSD_TOKENS,
                &[
                    "username",
                    "description",
                    "scope",
                    "project",
                    "token_id",
                    "state",
                    "order_by",
                    "cursor",
                    "limit",
                ],
            ),
            (USERS, &["username", "status", "cursor", "limit", "descendingOrder", "onlyAdmins"]),
            (GROUPS, &["name", "groupName", "cursor", "limit", "descendingOrder"]),
        ] {
            for parameter in parameters {
                let answer = accessd.http().get(&format!("{path}?{parameter}={value}")).bearer(&admin).send();
                let asked = format!("{path}?{parameter}={text}: {} {}", answer.status, answer.body);
                assert!([200, 400].contains(&answer.status), "{asked}");
                let found = answer.json()["tokens"].as_array().map_or(0, Vec::len);
                // A star alone stands for any text, and a filter of the wire that is unknown for nothing.
                assert!(answer.status == 400 || text == "*" || found == 0, "{asked}");
            }
        }
        for path in [TOKENS, USERS, GROUPS] {
            let answer = accessd.http().get(&format!("{path}/{value}")).bearer(&admin).send();
            assert_eq!(answer.status, 404, "{path}/{text}: {}", answer.body);
        }
        for call in [
            accessd.http().post(TOKENS).json(json!({"username": text})),
            accessd.http().post(TOKENS).json(json!({"project_key": text})),
            accessd.http().post(TOKENS).json(json!({"audience": text})),
            accessd.http().post(TOKENS).json(json!({"scope": format!("applied-permissions/roles:{text}:x")})),
            accessd
                .http()
                .post(USERS)
                .json(json!({"username": text, "email": text, "password": "Pass-word-1234"})),
            accessd.http().delete(&format!("{TOKENS}/revoke")).json(json!({"token": text})),
            accessd.http().post(&format!("{ACCESSD_TOKENS}/revoke")).json(json!({"token_ids": [text]})),
        ] {
            let answer = call.bearer(&admin).send();
            assert!(answer.status < 500, "{text}: {}", answer.body);
        }
    }
    assert!(accessd.accepts(&boss.token), "and everything is still there");
}

#[test]
fn reg_36_cve_2026_46405_a_refusal_brings_no_token_and_leaves_none() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let before = accessd.tokens_of(&frog.name).len();
    let minted = accessd.mint(&frog.token, json!({"refreshable": true}));
    let refresh = |bearer: &str, token: &str| accessd.ask_refresh(bearer, token);
    for answer in [
        accessd.ask_token(&frog.token, json!({"scope": "applied-permissions/admin"})),
        accessd.ask_token(&frog.token, json!({"username": toad.name})),
        accessd.ask_token(&frog.token, json!({"expires_in": 0})),
        accessd.ask_token(&frog.token, json!({"expires_in": -1})),
        accessd.ask_token(&frog.token, json!({"expires_in": "never"})),
        accessd.ask_token(&frog.token, json!({"description": "x".repeat(2_000)})),
        accessd.ask_token("nobody", json!({})),
        refresh(&toad.token, &minted.refresh_token),
        refresh(&frog.token, "acrt_nonsense"),
        accessd.http().post(TOKENS).bearer(&frog.token).header("Idempotency-Key", "").json("{}").send(),
        accessd.http().post(TOKENS).bearer(&frog.token).body("text/plain", "{}").send(),
    ] {
        assert!((400..500).contains(&answer.status), "{}", answer.body);
        let told: Value = answer.json();
        assert!(told.get("errors").is_some() && told.as_object().unwrap().len() == 1, "{told}");
        for name in ["access_token", "eyJ", "acrt_"] {
            assert!(!answer.body.replace("acrt_nonsense", "").contains(name), "{told}");
        }
    }
    assert_eq!(accessd.tokens_of(&frog.name).len(), before + 1, "the one that was made");
    assert!(accessd.accepts(&minted.token));
}

#[test]
fn reg_55_a_key_has_the_size_it_says() {
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    for (setting, bytes) in [("2048", 256), ("3072", 384)] {
        let accessd = Accessd::builder().env("ACCESSD_TOKEN_KEY_SIZE", setting).start();
        let key = accessd.http().get("/.well-known/jwks.json").send().expect(200).json()["keys"][0].clone();
        let modulus = URL_SAFE_NO_PAD.decode(key["n"].as_str().unwrap()).unwrap();
        assert_eq!((modulus.len(), modulus[0] >> 7), (bytes, 1), "{setting}: to the bit");
        assert_eq!(key["e"], "AQAB");
    }
}

/// Every function of every source file of the workspace, with its file.
fn functions() -> Vec<(PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut folders = vec![root.join("crates"), root.join("tests")];
    let mut functions = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let text = std::fs::read_to_string(&path).unwrap();
                let names = text.split("fn ").skip(1).filter_map(|rest| rest.split(['(', '<']).next());
                functions.extend(names.map(|name| (path.clone(), name.to_owned())));
            }
        }
    }
    functions
}

#[test]
fn the_table_of_regressions_names_tests_that_exist() {
    let table = include_str!("../../docs/regressions.md");
    assert!(!table.contains("<!--"), "nothing in it waits for anything");
    let functions = functions();
    let mut named = 0;
    for path in table.split('`').skip(1).step_by(2).filter(|text| text.contains("::")) {
        let parts: Vec<&str> = path.split("::").collect();
        let [.., file, test] = parts.as_slice() else { continue };
        let in_file = |path: &Path| path.file_stem().is_some_and(|stem| stem == *file);
        let is_file =
            *file == "conformance" && functions.iter().any(|(path, _)| path.ends_with(format!("{test}.rs")));
        assert!(is_file || functions.iter().any(|(path, name)| name == test && in_file(path)), "{path}");
        named += 1;
    }
    assert!(named > 60, "{named}");
    for number in 1..=61 {
        assert!(table.contains(&format!("\n| {number} | ")), "{number}");
    }
}
