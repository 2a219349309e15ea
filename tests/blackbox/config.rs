//! `jf config add|show|use|remove`, as far as `--server-id` needs them, in the file that both tools share.

use crate::accessd;
use serde_json::Value;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use testkit::{Jf, claims};

fn file(jf: &Jf) -> Value {
    serde_json::from_str(&fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).unwrap()).unwrap()
}

#[test]
fn the_file_is_the_existing_tools() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::new();
    let run = jf
        .run(&[
            "config",
            "add",
            "main",
            "--url",
            &accessd.url(),
            "--access-token",
            &frog.token,
            "--interactive=false",
        ])
        .succeeded();
    assert_eq!(run.stdout, "");
    let path = jf.path(".jfrog/jfrog-cli.conf.v6");
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    let config = file(&jf);
    assert_eq!(config.as_object().unwrap().keys().collect::<Vec<_>>(), ["servers", "version"]);
    assert_eq!(config["version"], "6");
    let server = &config["servers"][0];
    let url = format!("{}/", accessd.url());
    assert_eq!(server["url"], url.as_str());
    assert_eq!(server["artifactoryUrl"], format!("{url}artifactory/"));
    assert_eq!(server["user"], claims(&frog.token)["sub"].as_str().unwrap().rsplit('/').next().unwrap());
    assert_eq!(
        (&server["accessToken"], &server["serverId"], &server["isDefault"]),
        (&frog.token.clone().into(), &"main".into(), &true.into())
    );
    let text = fs::read_to_string(&path).unwrap();
    assert!(
        text.starts_with("{\n  \"servers\": [\n    {\n      \"url\": ") && !text.ends_with('\n'),
        "{text}"
    );
}

#[test]
fn show_tells_no_secret() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::configured(&accessd, &frog.token);
    for arguments in [
        &["config", "show"][..],
        &["c", "s", "main"],
        &["c", "show", "--format", "json"],
        &["c", "show", "--format=table"],
    ] {
        let run = jf.run(arguments).succeeded();
        assert!(run.stdout.contains("main") && run.stdout.contains(&accessd.url()), "{}", run.stdout);
        assert!(!run.stdout.contains(frog.token.rsplit('.').next().unwrap()), "{}", run.stdout);
    }
    let shown: Value = serde_json::from_str(&jf.run(&["c", "show", "--format", "json"]).stdout).unwrap();
    assert_eq!(shown[0]["serverId"], "main");
    jf.run(&["c", "show", "no-such"]).failed(6, &["no-such"]);
}

#[test]
fn servers_are_added_used_and_removed() {
    let jf = Jf::new();
    let add = |id: &str, more: &[&str]| {
        jf.run(
            &[&["c", "add", id, "--url", "https://one.example.com", "--access-token", "a.b.c"], more]
                .concat(),
        )
    };
    add("one", &[]).succeeded();
    add("two", &[]).succeeded();
    add("two", &[]).failed(7, &["two", "--overwrite"]);
    add("two", &["--overwrite"]).succeeded();
    assert_eq!(file(&jf)["servers"].as_array().unwrap().len(), 2);
    jf.run(&["c", "use", "two"]).succeeded();
    let default = |config: Value| {
        let servers = config["servers"].as_array().unwrap().clone();
        servers
            .iter()
            .filter(|s| s["isDefault"] == true)
            .map(|s| s["serverId"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(default(file(&jf)), ["two"]);
    jf.run(&["c", "use", "three"]).failed(6, &["three"]);
    jf.run(&["c", "rm", "one", "--quiet"]).succeeded();
    assert_eq!(file(&jf)["servers"].as_array().unwrap().len(), 1);
    let again = jf.run(&["c", "rm", "one", "--quiet"]).succeeded();
    assert!(again.stderr.contains("one"), "{}", again.stderr);
    jf.run(&["atc", "--server-id", "one"]).failed(6, &["Server ID 'one' does not exist"]);
}

#[test]
fn a_file_of_the_existing_tool_is_read() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::new();
    fs::create_dir(jf.path(".jfrog")).unwrap();
    let text = format!(
        "{{\n  \"servers\": [\n    {{\n      \"url\": \"{0}/\",\n      \"artifactoryUrl\": \"{0}/artifactory/\",\n      \"user\": \"{1}\",\n      \
         \"accessToken\": \"{2}\",\n      \"serverId\": \"old\",\n      \"isDefault\": true\n    }}\n  ],\n  \"version\": \"6\"\n}}",
        accessd.url(),
        frog.name,
        frog.token
    );
    jf.file(".jfrog/jfrog-cli.conf.v6", &text);
    jf.run(&["atc"]).succeeded();
    assert_eq!(
        fs::read_to_string(jf.path(".jfrog/jfrog-cli.conf.v6")).unwrap(),
        text,
        "reading changes nothing"
    );
    jf.file(".jfrog/jfrog-cli.conf.v6", "{ no json");
    jf.run(&["atc"]).failed(1, &["jfrog-cli.conf.v6"]);
}

#[test]
fn many_at_once_lose_no_server() {
    let jf = Jf::new();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let jf = &jf;
            scope.spawn(move || {
                let id = format!("server-{number}");
                jf.run(&["c", "add", &id, "--url", "https://one.example.com", "--access-token", "a.b.c"])
                    .succeeded();
            });
        }
    });
    let config = file(&jf);
    let servers = config["servers"].as_array().unwrap();
    assert_eq!(servers.len(), 8);
    assert_eq!(servers.iter().filter(|server| server["isDefault"] == true).count(), 1);
}

#[test]
fn the_home_may_be_elsewhere() {
    let elsewhere = tempfile::tempdir().unwrap();
    let jf = Jf::new().env("JFROG_CLI_HOME_DIR", &elsewhere.path().to_string_lossy());
    jf.run(&["c", "add", "main", "--url", "https://one.example.com", "--access-token", "a.b.c"]).succeeded();
    assert!(elsewhere.path().join("jfrog-cli.conf.v6").is_file());
    assert_eq!(fs::read_dir(jf.home()).unwrap().count(), 0);
}
