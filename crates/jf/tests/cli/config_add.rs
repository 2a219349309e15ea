//! `jf config add` without a terminal: every flag and the field it becomes, and what is refused.

use crate::support::{Jf, Server, compact, stamp};
use crate::tls_world::write_pair;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

/// A JWT without signature whose subject is `jfac@x/users/Frog`.
const JWT: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln";

/// The addresses below `https://h/`, as they stand in the file.
const BELOW: &str = r#""url":"https://h/","artifactoryUrl":"https://h/artifactory/","distributionUrl":"https://h/distribution/","xrayUrl":"https://h/xray/","missionControlUrl":"https://h/mc/","pipelinesUrl":"https://h/pipelines/""#;

fn add<'a>(arguments: &[&'a str]) -> Vec<&'a str> {
    [&["config", "add"], arguments].concat()
}

/// A file with this one server.
fn file(server: &str) -> String {
    format!(r#"{{"servers":[{{{server}}}],"version":"6"}}"#)
}

#[test]
fn every_flag_becomes_its_field() {
    for (arguments, server) in [
        (
            "full --url https://h/base --artifactory-url https://a --distribution-url https://d --xray-url https://x \
             --mission-control-url https://m --pipelines-url https://p --user Frog --access-token t \
             --disable-token-refresh --client-cert-path cert --client-cert-key-path key",
            r#""url":"https://h/base/","artifactoryUrl":"https://a/","distributionUrl":"https://d/","xrayUrl":"https://x/","missionControlUrl":"https://m/","pipelinesUrl":"https://p/","user":"frog","accessToken":"t","clientCertPath":"cert","clientCertKeyPath":"key","serverId":"full","isDefault":true,"disableTokenRefresh":true"#.to_owned(),
        ),
        (
            "pw -url https://h -user Frog -password p -enc-password=0",
            format!(r#"{BELOW},"user":"frog","password":"p","tokenRefreshInterval":60,"serverId":"pw","isDefault":true"#),
        ),
        (
            "basic --url https://h --user Frog --password p --enc-password=false --basic-auth-only",
            format!(r#"{BELOW},"user":"frog","password":"p","serverId":"basic","isDefault":true"#),
        ),
        (
            "ssh --url https://h --ssh-key-path key --ssh-passphrase phrase",
            format!(r#"{BELOW},"sshKeyPath":"key","sshPassphrase":"phrase","serverId":"ssh","isDefault":true"#),
        ),
        (
            "mtls --url https://h --client-cert-path=cert --client-cert-key-path=key",
            format!(r#"{BELOW},"clientCertPath":"cert","clientCertKeyPath":"key","serverId":"mtls","isDefault":true"#),
        ),
        (
            "alone --artifactory-url https://a --access-token t --user u",
            r#""artifactoryUrl":"https://a/","user":"u","accessToken":"t","serverId":"alone","isDefault":true"#.to_owned(),
        ),
        (
            "last --url https://g --url https://h --access-token t --user u --disable-token-refresh --disable-token-refresh=false",
            format!(r#"{BELOW},"user":"u","accessToken":"t","serverId":"last","isDefault":true"#),
        ),
    ] {
        let jf = Jf::new();
        write_pair(&jf);
        let run = jf.run(&add(&arguments.split_whitespace().collect::<Vec<_>>())).ok();
        assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", ""), "{arguments}");
        assert_eq!(compact(&jf), file(&server), "{arguments}");
    }
}

#[test]
fn a_secret_comes_from_where_a_flag_says() {
    for (arguments, stdin) in [
        (&["--access-token-stdin"][..], " from-there \n"),
        (&["-access-token-stdin=true"], "from-there"),
        (&["--access-token-file", "token"], ""),
        (&["--access-token", " from-there "], ""),
    ] {
        let jf = Jf::new().stdin(stdin);
        std::fs::write(jf.folder().join("token"), "from-there\n").unwrap();
        jf.run(&add(&[&["one", "--url=https://h", "--user=u"], arguments].concat())).ok();
        assert!(compact(&jf).contains(r#""accessToken":"from-there""#), "{arguments:?}");
    }
    for (arguments, words) in [
        (&["--access-token-stdin"][..], &["no access token provided via Stdin"][..]),
        (&["--password-stdin", "--user=u"], &["no password provided via Stdin"]),
        (&["--password-stdin", "--password=p"], &["both password and password-stdin"]),
        (&["--access-token-stdin", "--access-token=t"], &["both access-token and access-token-stdin"]),
        (&["--access-token-stdin", "--password-stdin"], &["only one of"]),
    ] {
        let jf = Jf::new();
        jf.run(&add(&[&["one", "--url=https://h"], arguments].concat())).fails(2, words);
        assert!(!jf.home().exists(), "{arguments:?}");
    }
}

/// W22: a boolean is a boolean, with and without a value, whatever stands behind it.
#[test]
fn w22_booleans_take_no_word_that_follows() {
    let server = ["--url=https://h", "--access-token=t", "--user=u"];
    for flag in [
        "insecure-tls",
        "overwrite",
        "basic-auth-only=false",
        "disable-token-refresh",
        "legacy=0",
        "interactive=F",
    ] {
        for dashes in ["-", "--"] {
            let jf = Jf::new();
            let flag = format!("{dashes}{flag}");
            jf.run(&add(&[&[flag.as_str(), "prod"], &server[..]].concat())).ok();
            assert!(compact(&jf).contains(r#""serverId":"prod""#), "{flag}");
        }
    }
    // The existing tool takes a text here, so pipelines have it behind a space.
    let jf = Jf::new();
    jf.run(&add(&[&["--insecure-tls", "true", "prod"], &server[..]].concat())).ok();
    assert!(compact(&jf).contains(r#""serverId":"prod""#));
    for (flag, words) in [
        (&["--insecure-tls=maybe"][..], "invalid boolean value \"maybe\""),
        (&["--overwrite", "False"], "write --overwrite=false"),
        (&["--password-stdin=canary"], "takes no value"),
    ] {
        let jf = Jf::new();
        let run = jf.run(&add(&[flag, &server].concat())).fails(2, &[words]);
        assert!(!jf.home().exists() && !run.stderr.contains("canary"), "{run:?}");
    }
}

/// W23: who names no server is told which one would be replaced, and has to say so.
#[test]
fn w23_add_without_an_id_replaces_nothing_by_itself() {
    let server = ["--url=https://h", "--access-token=t", "--user=u"];
    for (jf, id) in [(Jf::new(), "Default-Server"), (Jf::new().env("JFROG_CLI_SERVER_ID", "mine"), "mine")] {
        jf.run(&add(&server)).ok();
        let (text, before) = (jf.config_text(), stamp(&jf));
        assert!(text.contains(&format!("\"serverId\": \"{id}\"")));
        let taken = format!("Server ID '{id}' already exists.");
        jf.run(&add(&["--url=https://g", "--access-token=s", "--user=u"])).fails(7, &[&taken, "--overwrite"]);
        jf.run(&add(&[&server[..], &["--overwrite=false"]].concat())).fails(7, &[&taken]);
        assert_eq!((jf.config_text(), stamp(&jf)), (text, before));
        jf.run(&add(&["--url=https://g", "--access-token=s", "--user=u", "--overwrite"])).ok();
        assert!(jf.config_text().contains("https://g/") && !jf.config_text().contains("https://h/"));
    }
}

#[test]
fn the_same_server_again_is_not_written_again() {
    let jf = Jf::new();
    let server = ["one", "--url=https://h", "--access-token=t", "--user=u", "--overwrite"];
    jf.run(&add(&server)).ok();
    let before = stamp(&jf);
    jf.run(&add(&server)).ok();
    assert_eq!(stamp(&jf), before);
}

/// W25: an empty address is none, and never the beginning of others.
#[test]
fn w25_an_empty_address_is_none() {
    let jf = Jf::new();
    jf.run(&add(&["one", "--url=", "--access-token=t"])).fails(4, &["JFrog Platform URL", "--url"]);
    assert!(!jf.home().exists());
    jf.run(&add(&["one", "--url=https://h", "--xray-url=", "--access-token=t", "--user=u"])).ok();
    assert!(compact(&jf).contains(BELOW));
}

/// W29: the payload of a JWT is base64url.
#[test]
fn w29_the_user_is_found_in_any_payload() {
    let payload = URL_SAFE_NO_PAD.encode("{\"sub\":\"jfac@01/users/Žofie~~?>\"}");
    assert!(payload.contains(['-', '_']), "{payload}");
    let jf = Jf::new().stdin(&format!("e30.{payload}.c2ln"));
    assert_eq!(jf.run(&add(&["one", "--url=https://h", "--access-token-stdin"])).ok().stderr, "");
    assert!(
        compact(&jf).contains("\"user\":\"žofie~~?\\u003e\"")
            || compact(&jf).contains("\"user\":\"žofie~~?>\"")
    );
}

#[test]
fn what_names_no_user_is_kept_with_a_warning() {
    let jf = Jf::new();
    let run = jf.run(&add(&["one", "--url=https://h", "--access-token=reference"])).ok();
    assert!(run.stderr.starts_with("[Warn] could not extract the user from the access token.\n"), "{run:?}");
    assert_eq!(
        compact(&jf),
        file(&format!(r#"{BELOW},"accessToken":"reference","serverId":"one","isDefault":true"#))
    );
}

#[test]
fn a_server_without_credentials_is_kept_if_nobody_shall_be_asked() {
    for jf in [Jf::new().env("CI", "yes"), Jf::new()] {
        let run = jf.run(&add(&["one", "--url=https://h", "--interactive=false"])).ok();
        assert!(
            run.stderr.starts_with("[Warn] no credentials were given")
                && run.stderr.contains("jf config edit")
        );
        assert_eq!(compact(&jf), file(&format!(r#"{BELOW},"serverId":"one","isDefault":true"#)));
    }
}

#[test]
fn what_no_server_would_take_is_refused_and_nothing_made() {
    let api_key = format!("--access-token=AKCp8{}", "x".repeat(70));
    for (code, arguments, words) in [
        (2, &[&api_key[..]][..], &["is an API key", "--password-stdin"][..]),
        (2, &["--access-token=t", "--basic-auth-only"], &["the --basic-auth-only option is only supported"]),
        (2, &["--ssh-key-path=nope"], &["File doesn't exist at nope"]),
        (2, &["--client-cert-path=/nope", "--access-token=t"], &["File doesn't exist at /nope"]),
        (2, &["--client-cert-key-path=/dev/null", "--access-token=t"], &["--client-cert-path FILE"]),
        (2, &["--ssh-passphrase=p", "--access-token=t"], &["--ssh-passphrase", "--ssh-key-path FILE"]),
        (2, &["--user=u", "--password=p", "--ssh-key-path=/dev/null"], &["Only one authentication method"]),
        (2, &["--access-token=t", "--oidc-provider-type=Nope"], &["unsupported oidc provider type: Nope"]),
        (2, &["--access-token=t", "--xray-url=x"], &["--xray-url", "https://"]),
        (2, &["--access-token=t", "--nope"], &["--nope"]),
        (2, &["--access-token=t", "--timeout=0"], &["--timeout"]),
        (2, &["--user=a:b", "--password=p"], &["colon"]),
    ] {
        let jf = Jf::new();
        let run = jf.run(&add(&[&["one", "--url=https://h"], arguments].concat())).fails(code, words);
        assert!(!jf.home().exists() && !run.stderr.contains("AKCp8"), "{run:?}");
    }
    for id in ["delete", "use", "show", "clear"] {
        let server = Server::untouched();
        let url = format!("--url={}", server.url());
        Jf::new().run(&add(&[id, &url, "--access-token=t"])).fails(2, &["delete, use, show, clear"]);
        Jf::new()
            .env("JFROG_CLI_SERVER_ID", id)
            .run(&add(&[&url, "--access-token=t"]))
            .fails(2, &["IDs: delete"]);
    }
    Jf::new().run(&add(&["ssh", "--url=ssh://h:22", "--access-token=t"])).fails(2, &["https://"]);
}

#[test]
fn a_new_server_is_no_default_beside_another() {
    let jf = Jf::new();
    let add =
        |more: &[&str]| jf.run(&add(&[&["--url=https://h", "--access-token", JWT], more].concat())).ok();
    add(&["a"]);
    add(&["b"]);
    add(&["a", "--overwrite"]);
    let text = compact(&jf);
    assert!(
        text.contains(r#""serverId":"b"},"#)
            && text.ends_with(r#""serverId":"a","isDefault":true}],"version":"6"}"#),
        "{text}"
    );
}
