//! `jf config add`, `show`, `use` and `remove`: the file byte by byte.

use crate::support::Jf;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// A JWT without signature whose subject is `jfac@x/users/Frog`.
const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln";

fn mode(path: &Path) -> u32 {
    std::fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn add_writes_the_known_file() {
    let jf = Jf::new();
    let run = jf
        .run(&["config", "add", "prod", "--url", "https://h", "--access-token", JWT, "--interactive=false"])
        .ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""));
    assert_eq!(
        jf.config_text(),
        format!(
            r#"{{
  "servers": [
    {{
      "url": "https://h/",
      "artifactoryUrl": "https://h/artifactory/",
      "distributionUrl": "https://h/distribution/",
      "xrayUrl": "https://h/xray/",
      "missionControlUrl": "https://h/mc/",
      "pipelinesUrl": "https://h/pipelines/",
      "user": "frog",
      "accessToken": "{JWT}",
      "serverId": "prod",
      "isDefault": true
    }}
  ],
  "version": "6"
}}"#
        )
    );
    assert_eq!((mode(&jf.config_path()), mode(&jf.home())), (0o600, 0o700));
    assert_eq!(mode(&jf.home().join("locks")), 0o700);
}

#[test]
fn add_keeps_a_password_and_arms_the_renewal() {
    let jf = Jf::new().stdin("a <secret>\n");
    jf.run(&["c", "add", "--url=https://h/", "--user=Frog", "--password-stdin", "--xray-url", "https://x"])
        .ok();
    let text = jf.config_text();
    for part in [
        r#""xrayUrl": "https://x/""#,
        r#""user": "frog""#,
        r#""password": "a \u003csecret\u003e""#,
        r#""tokenRefreshInterval": 60"#,
        r#""serverId": "Default-Server""#,
    ] {
        assert!(text.contains(part), "{part} is missing in {text}");
    }
}

#[test]
fn nothing_is_replaced_unless_asked_for() {
    let jf = Jf::new();
    let add = |more: &[&str]| jf.run(&[&["c", "add", "--url", "https://h", "--access-token"], more].concat());
    add(&[JWT, "a"]).ok();
    add(&[JWT, "b"]).ok();
    let before = jf.config_text();
    add(&["other", "a"]).fails(7, &["Server ID 'a' already exists.", "--overwrite"]);
    assert_eq!(jf.config_text(), before);
    let run = add(&["other", "a", "--overwrite"]).ok();
    assert!(run.stderr.contains("probably a reference token"), "{}", run.stderr);
    let after = jf.config_text();
    let place = |id: &str| after.find(&format!("\"serverId\": \"{id}\"")).unwrap();
    assert!(
        place("b") < place("a")
            && after.matches("isDefault").count() == 1
            && place("a") < after.find("isDefault").unwrap()
    );

    jf.run(&["c", "add", "--url=https://h", "--access-token=t"]).ok();
    jf.run(&["c", "add", "--url=https://h", "--access-token=t"])
        .fails(7, &["'Default-Server' already exists"]);
}

#[test]
fn what_add_cannot_use_is_named() {
    for (code, arguments, words) in [
        (4, &["a"][..], &["--url"][..]),
        (4, &["a", "--url", "https://h"], &["--access-token-stdin"]),
        (4, &["a", "--url", "https://h", "--user", "u"], &["--password-stdin"]),
        (2, &["a", "--url", "https://h", "--password", "p"], &["--user"]),
        (2, &["a", "--url", "h", "--access-token", "t"], &["--url", "https://"]),
        (
            2,
            &["a", "--url=https://h", "--access-token=t", "--user=u", "--password=p"],
            &["Only one authentication method"],
        ),
        (2, &["use", "--url=https://h", "--access-token=t"], &["server can't have one of the following IDs"]),
        (2, &["a", "b"], &["Wrong number of arguments (2)."]),
        (4, &["a", "--interactive", "--url=https://h"], &["--interactive=false"]),
        (2, &["a", "--url=https://h", "--client-cert-path=nope"], &["File doesn't exist at nope"]),
        (2, &["a", "--url=https://h", "--access-token=x y"], &["access token"]),
    ] {
        let jf = Jf::new();
        jf.run(&[&["config", "add"], arguments].concat()).fails(code, words);
        assert!(!jf.config_path().exists(), "{arguments:?}");
    }
}

#[test]
fn show_hides_secrets_in_every_format() {
    let jf = Jf::new().config(&format!(
        r#"{{"servers":[{{"url":"https://h/","accessToken":"{JWT}","refreshToken":"canary","serverId":"one","isDefault":true,"own":"canary"}},{{"url":"https://g/","user":"u","password":"canary","serverId":"two"}}],"version":"6"}}"#
    ));
    let text = jf.run(&["c", "show"]).ok().stdout;
    assert_eq!(
        text,
        "Server ID:\t\t\ttwo\nJFrog Platform URL:\t\thttps://g/\nUser:\t\t\t\tu\nPassword:\t\t\t***\nDefault:\t\t\tfalse\n\n\
         Server ID:\t\t\tone\nJFrog Platform URL:\t\thttps://h/\nAccess token:\t\t\t*** (Subject: 'jfac@x/users/Frog')\nRefresh token:\t\t\t***\nDefault:\t\t\ttrue\n\n"
    );
    let json = jf.run(&["c", "s", "one", "--format", "json"]).ok().stdout;
    assert_eq!(
        json,
        "[\n  {\n    \"url\": \"https://h/\",\n    \"accessToken\": \"***\",\n    \"refreshToken\": \"***\",\n    \"serverId\": \"one\",\n    \"isDefault\": true\n  }\n]\n"
    );
    let table = jf.run(&["c", "show", "--format=table"]).ok().stdout;
    assert!(table.contains("---\nFIELD          VALUE\nserver_id      one\n"), "{table}");
    for output in [text, json, table] {
        assert!(!output.contains("canary") && !output.contains(JWT));
    }
    jf.run(&["c", "show", "three"]).fails(6, &["Server ID 'three' does not exist."]);
    jf.run(&["c", "show", "--format", "xml"]).fails(2, &["json, table"]);
    assert_eq!(Jf::new().run(&["c", "show"]).ok().stdout, "");
}

const TWO: &str = r#"{"servers":[{"url":"https://h/","serverId":"one","isDefault":true,"own":1},{"url":"https://g/","serverId":"two"}],"version":"6","top":[]}"#;

#[test]
fn use_moves_the_default() {
    let jf = Jf::new().config(TWO);
    let run = jf.run(&["config", "use", "two"]).ok();
    assert_eq!(
        (run.stdout.as_str(), run.stderr.as_str()),
        ("", "[Info] Using server ID 'two' (https://g/)\n")
    );
    let text = jf.config_text();
    assert!(
        text.find("isDefault") > text.find("two")
            && text.contains("\"own\": 1")
            && text.contains("\"top\": []")
    );
    jf.run(&["config", "use", "two"]).ok();
    assert_eq!(jf.config_text(), text);
    jf.run(&["config", "use", "three"]).fails(6, &["Could not find a server with ID 'three'."]);
    jf.run(&["config", "use"]).fails(2, &["Wrong number of arguments (0)."]);
}

#[test]
fn remove_asks_or_is_told() {
    let jf = Jf::new().config(TWO).stdin("y\n");
    jf.run(&["c", "rm", "one"]).fails(4, &["--quiet"]);
    jf.run(&["c", "rm"]).fails(4, &["--quiet"]);
    let run = jf.run(&["c", "rm", "three", "--quiet"]).ok();
    assert!(run.stderr.contains("\"three\" configuration could not be found."));
    jf.run(&["c", "rm", "one", "--quiet"]).ok();
    let text = jf.config_text();
    assert!(!text.contains("\"one\"") && text.contains("\"isDefault\": true"), "{text}");
    jf.run(&["config", "remove", "--quiet"]).ok();
    assert_eq!(jf.config_text(), "{\n  \"servers\": [],\n  \"version\": \"6\",\n  \"top\": []\n}");
    let ci = Jf::new().config(TWO).env("CI", "true");
    ci.run(&["c", "rm", "one"]).ok();
}

#[test]
fn what_cannot_be_read_is_left_alone() {
    for text in
        ["", "{", "[]", r#"{"servers":[],"version":"7"}"#, r#"{"servers":[],"version":"6","enc":true}"#]
    {
        let jf = Jf::new().config(text);
        for arguments in
            [&["show"][..], &["add", "a", "--url=https://h", "--access-token=t"], &["rm", "--quiet"]]
        {
            jf.run(&[&["config"], arguments].concat()).fails(1, &["jfrog-cli.conf.v6"]);
            assert_eq!(jf.config_text(), text);
        }
    }
}

#[test]
fn a_link_stays_a_link() {
    let jf = Jf::new().config(TWO);
    let real = jf.folder().join("dotfiles");
    std::fs::rename(jf.config_path(), &real).unwrap();
    std::os::unix::fs::symlink(&real, jf.config_path()).unwrap();
    jf.run(&["c", "use", "two"]).ok();
    assert!(std::fs::symlink_metadata(jf.config_path()).unwrap().is_symlink());
    assert!(std::fs::read_to_string(&real).unwrap().contains("\"own\": 1"));
}

#[test]
fn plain_http_is_warned_about() {
    let run = Jf::new().run(&["c", "add", "--url=http://h.example", "--access-token", JWT]).ok();
    assert!(run.stderr.contains("[Warn] Your configured JFrog URL uses an insecure HTTP connection."));
}

#[test]
fn w39_help_says_what_happens() {
    let jf = Jf::new().config(TWO);
    let help = |command: &str| {
        let text = jf.run(&["config", command, "--help"]).ok().stdout;
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert!(help("use").contains("An unknown server is an error."));
    jf.run(&["config", "use", "nobody"]).fails(6, &["Could not find a server with ID 'nobody'."]);
    assert!(help("import").contains("with --overwrite; else it is an error"));
    let exported = jf.run(&["config", "export", "two"]).ok().stdout;
    jf.run(&["config", "import", exported.trim()]).fails(7, &["--overwrite"]);
    assert!(help("remove").contains("the first one left becomes the default"));
    jf.run(&["config", "remove", "one", "--quiet"]).ok();
    assert!(jf.config_text().contains("\"isDefault\": true"));
}
