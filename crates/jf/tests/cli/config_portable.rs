//! `jf config export` and `import`: a server from one home to another, as one line.

use crate::support::{Jf, compact, stamp};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use std::os::unix::fs::PermissionsExt as _;

const KEY: &str = "0123456789abcdef0123456789ABCDEF";
const PLAIN: &str = include_str!("../golden/v6-plain.json");
const ENCRYPTED: &str = include_str!("../golden/v6-encrypted.json");

/// Server `one` of the golden files as the line has it.
const ONE: &str = r#"{"version":2,"url":"https://one.example.com/?a\u0026b","artifactoryUrl":"https://one.example.com/artifactory/","distributionUrl":"https://one.example.com/distribution/","xrayUrl":"https://one.example.com/xray/","missionControlUrl":"https://one.example.com/mc/","pipelinesUrl":"https://one.example.com/pipelines/","user":"frog","password":"password of one","sshKeyPath":"/home/frog/.ssh/id","sshPassphrase":"phrase","accessToken":"eyJ.one.sig","refreshToken":"artifactory's refresh token","tokenRefreshInterval":60,"clientCertPath":"/certs/one.pem","clientCertKeyPath":"/certs/one.key","serverId":"one","platformRefreshToken":"platform's refresh token","webLogin":true,"disableTokenRefresh":true,"accessUrl":"https://one.example.com/access/"}"#;

/// A server that came by a web login.
const WEB: &str = r#"{"servers":[{"url":"https://h/","artifactoryUrl":"https://h/artifactory/","distributionUrl":"https://h/distribution/","xrayUrl":"https://h/xray/","missionControlUrl":"https://h/mc/","pipelinesUrl":"https://h/pipelines/","user":"frog","accessToken":"t","refreshToken":"platform","serverId":"web","isDefault":true,"webLogin":true,"disableTokenRefresh":true}],"version":"6"}"#;

#[track_caller]
fn decoded(line: &str) -> String {
    String::from_utf8(STANDARD.decode(line.strip_suffix('\n').unwrap()).unwrap()).unwrap()
}

/// W27: refresh token, webLogin and disableTokenRefresh travel, behind what the existing tool knows.
#[test]
fn w27_export_loses_nothing_that_logs_in() {
    let jf = Jf::new().config(PLAIN);
    for arguments in [&["config", "export"][..], &["c", "ex", "one"], &["c", "export", ""]] {
        let run = jf.run(arguments).ok();
        assert_eq!((decoded(&run.stdout).as_str(), run.stderr.as_str()), (ONE, ""), "{arguments:?}");
    }
    assert_eq!(
        decoded(&jf.run(&["c", "ex", "two"]).ok().stdout),
        r#"{"version":2,"url":"https://two.example.com/","serverId":"two"}"#
    );
    assert_eq!(jf.config_text(), PLAIN);
}

/// W27: what is exported and imported is the same server.
#[test]
fn w27_an_imported_server_is_the_exported_one() {
    let line = Jf::new().config(WEB).run(&["config", "export"]).ok().stdout;
    let there = Jf::new().stdin(&line);
    let run = there.run(&["config", "import", "-"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("", "[Info] Importing server ID 'web'\n"));
    assert_eq!(compact(&there), WEB);
    let there = Jf::new();
    there.run(&["c", "im", line.trim()]).ok();
    assert_eq!(compact(&there), WEB);
}

/// W23: `import` replaces nothing by itself either.
#[test]
fn w23_import_needs_overwrite_for_a_known_id() {
    let line = STANDARD
        .encode(r#"{"version":2,"url":"https://new/","accessToken":"n","user":"u","serverId":"web"}"#);
    let jf = Jf::new().config(WEB).stdin(&line);
    let before = stamp(&jf);
    for arguments in
        [&["c", "import", "-"][..], &["c", "import", &line], &["c", "import", "-", "--overwrite=false"]]
    {
        jf.run(arguments).fails(7, &["Server ID 'web' already exists.", "--overwrite"]);
    }
    assert_eq!((compact(&jf).as_str(), stamp(&jf)), (WEB, before));
    jf.run(&["c", "import", "--overwrite", "-"]).ok();
    let text = compact(&jf);
    assert!(
        text.contains("https://new/xray/")
            && text.contains(r#""isDefault":true"#)
            && !text.contains("platform"),
        "{text}"
    );
}

#[test]
fn lines_of_the_existing_tool_are_completed() {
    for (line, server, warnings) in [
        (
            r#"{"version":1,"url":"https://a/","serverId":"x"}"#,
            r#""artifactoryUrl":"https://a/","serverId":"x""#,
            0,
        ),
        (
            r#"{"version":2,"artifactoryUrl":"https://a/","accessToken":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln","refreshToken":"r","serverId":"x"}"#,
            r#""artifactoryUrl":"https://a/","user":"frog","accessToken":"eyJhbGciOiJub25lIn0.eyJzdWIiOiJqZmFjQHgvdXNlcnMvRnJvZyJ9.c2ln","artifactoryRefreshToken":"r","serverId":"x""#,
            0,
        ),
        (
            r#"{"version":2,"artifactoryUrl":"http://a.example/","user":"u","password":"p","tokenRefreshInterval":60,"serverId":"x"}"#,
            r#""artifactoryUrl":"http://a.example/","user":"u","password":"p","tokenRefreshInterval":60,"serverId":"x""#,
            1,
        ),
        (
            r#"{"version":2,"artifactoryUrl":"https://a/","user":"u","password":"p","serverId":"x"}"#,
            r#""artifactoryUrl":"https://a/","user":"u","password":"p","tokenRefreshInterval":60,"serverId":"x""#,
            0,
        ),
        (
            r#"{"version":2,"artifactoryUrl":"https://a/","user":"u","password":"p","tokenRefreshInterval":5,"serverId":"x"}"#,
            r#""artifactoryUrl":"https://a/","user":"u","password":"p","tokenRefreshInterval":5,"serverId":"x""#,
            0,
        ),
    ] {
        let jf = Jf::new().stdin(&STANDARD.encode(line));
        let run = jf.run(&["config", "import", "-"]).ok();
        assert_eq!(run.stderr.matches("[Warn]").count(), warnings, "{run:?}");
        assert_eq!(compact(&jf), format!(r#"{{"servers":[{{{server},"isDefault":true}}],"version":"6"}}"#));
    }
}

#[test]
fn what_cannot_be_imported_or_exported_is_told_without_its_secrets() {
    for (code, line, words) in [
        (2, "canary!".to_owned(), &["illegal base64 data at input byte 6", "jf config export"][..]),
        (2, String::new(), &["no server token provided via Stdin"]),
        (2, STANDARD.encode(r#"{"version":2,"password":"canary","serverId":"use"}"#), &["IDs: delete"]),
        (2, STANDARD.encode(r#"{"version":2,"password":"canary"}"#), &["serverId"]),
        (
            2,
            STANDARD.encode(
                r#"{"version":2,"user":"u","password":"canary","accessToken":"canary","serverId":"a"}"#,
            ),
            &["Only one"],
        ),
    ] {
        let jf = Jf::new().stdin(&line);
        let run = jf.run(&["config", "import", "-"]).fails(code, words);
        assert!(!jf.home().exists() && !run.stderr.contains("canary"), "{run:?}");
    }
    Jf::new().run(&["c", "im"]).fails(2, &["Wrong number of arguments (0)."]);
    Jf::new().run(&["c", "im", "a", "b"]).fails(2, &["Wrong number of arguments (2)."]);
    Jf::new().run(&["c", "export"]).fails(6, &["cannot export config, because it is empty. Run 'jf c add'"]);
    let jf = Jf::new().config(PLAIN);
    jf.run(&["c", "export", "three"]).fails(6, &["'three'", "one"]);
    jf.run(&["c", "export", "one", "two"]).fails(2, &["Wrong number of arguments (2)."]);
    let no_default = Jf::new().config(&PLAIN.replace("      \"isDefault\": true,\n", ""));
    let run = no_default.run(&["c", "export"]);
    assert!(run.code != 0 && run.stderr.contains("jf config use"), "{run:?}");
}

#[test]
fn export_writes_a_file_for_its_owner() {
    let jf = Jf::new().config(PLAIN);
    assert_eq!(jf.run(&["c", "export", "--output", "line"]).ok().stdout, "");
    let file = jf.folder().join("line");
    assert_eq!(decoded(&std::fs::read_to_string(&file).unwrap()), ONE);
    assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600);
    let run = jf.run(&["c", "export", "--output", "line"]);
    assert!(run.code != 0 && run.stdout.is_empty(), "{run:?}");
}

/// W28: where the file is encrypted, only who knows the key gets the secrets in the clear.
#[test]
fn w28_export_of_an_encrypted_file_wants_the_master_key() {
    let in_variable =
        |stdin: &str| Jf::new().config(ENCRYPTED).env("JFROG_CLI_ENCRYPTION_KEY", KEY).stdin(stdin);
    let in_yaml = |stdin: &str| {
        let jf = Jf::new().config(ENCRYPTED).stdin(stdin);
        std::fs::create_dir(jf.home().join("security")).unwrap();
        std::fs::write(jf.home().join("security/security.yaml"), format!("masterKey: \"{KEY}\"\n")).unwrap();
        jf
    };
    let in_file = |stdin: &str| {
        let jf = Jf::new().config(ENCRYPTED).stdin(stdin);
        let file = jf.folder().join("master.key");
        std::fs::write(&file, format!("{KEY}\n")).unwrap();
        jf.env("JFROG_CLI_ENCRYPTION_KEY", file.to_str().unwrap())
    };
    for jf in [in_variable, in_yaml, in_file] as [fn(&str) -> Jf; 3] {
        jf("").run(&["c", "export"]).fails(4, &["Please enter the master key", "--master-key-stdin"]);
        jf("").run(&["c", "export", "--master-key-stdin"]).fails(2, &["no master key provided via Stdin"]);
        for wrong in ["canary", "0123456789abcdef0123456789ABCDEG", &KEY[1..]] {
            let run = jf(wrong).run(&["c", "export", "--master-key-stdin"]);
            let run = run.fails(4, &["config is encrypted, and wrong master key was provided"]);
            assert!(!run.stderr.contains(wrong), "{run:?}");
        }
        let right = jf(&format!("{KEY}\n"));
        // The golden file's address is not escaped.
        assert_eq!(decoded(&right.run(&["c", "export", "--master-key-stdin"]).ok().stdout), ONE);
        assert_eq!(right.config_text(), ENCRYPTED);
    }
}
