//! `jf doctor`, the checks of the configuration and of which server is chosen; and how what was found is told.

use crate::doctor_world::{KEY, Report, accessd, configured, encrypted, good_me, plain_token};
use crate::refresh_world::{REFRESHABLE, config, ended};
use crate::support::{Jf, Server, names, reply, stamp};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;

/// Where nobody listens.
const NOWHERE: &str = "http://127.0.0.1:1";
const NO_SERVERS: &str = r#"{"servers":[],"version":"6"}"#;

#[test]
fn all_is_well_where_all_is_well() {
    let server = accessd(&good_me());
    let report = Report::of(&encrypted(&server.url()), &[]);
    let all = [
        "configuration",
        "server",
        "address",
        "proxy",
        "tls",
        "reach",
        "version",
        "clock",
        "credential",
        "renewal",
    ];
    assert_eq!(report.names("ok"), all, "{:?}", report.run);
    report.says("configuration", "ok", &["/home/jfrog-cli.conf.v6: version 6, 1 server, secrets encrypted"]);
    report.says("server", "ok", &["'one' of ", "/jfrog-cli.conf.v6, the default one"]);
    report.says("address", "ok", &[&server.url()]);
    report.says("proxy", "ok", &["no variable names one"]);
    report.says("tls", "ok", &["not used"]);
    assert_eq!(report.run.stderr, "");
    let calls: Vec<_> = server
        .calls()
        .iter()
        .map(|call| (call.line.clone(), call.header("authorization").is_some()))
        .collect();
    let call = |path: &str, has_credential| (format!("GET /{path} HTTP/1.1"), has_credential);
    assert_eq!(
        calls,
        [
            call("access/api/v1/system/ping", false),
            call("access/api/v1/system/version", false),
            call("artifactory/api/system/version", true),
            call("access/api/accessd/v1/tokens/me", true),
        ]
    );
}

#[test]
fn the_table_has_a_line_for_each_check_and_its_next_steps_below_it() {
    let jf = configured(NOWHERE, "");
    let run = jf.run(&["doctor", "--retries=0"]);
    assert_eq!(run.code, 8, "{run:?}");
    assert_eq!(run.stderr, "[Error] 1 of 10 checks failed: reach\n");
    let lines: Vec<&str> = run.stdout.lines().collect();
    assert_eq!(lines[0], "STATUS   CHECK          FOUND");
    assert!(lines[1].starts_with("ok       configuration  /"), "{}", run.stdout);
    let fail =
        lines.iter().position(|line| line.starts_with("FAIL     reach          no answer to GET")).unwrap();
    assert!(lines[fail + 1].starts_with("                        next: check that"), "{}", run.stdout);
    assert_eq!(lines[fail + 2], "skipped  version        because of reach");
    assert_eq!(run.stdout.matches("skipped").count(), 3);
}

#[test]
fn json_stays_on_standard_output_when_a_check_failed() {
    let report = Report::of(&configured(NOWHERE, ""), &[]);
    assert_eq!(report.run.code, 8);
    assert_eq!(report.run.stderr, "[Error] 1 of 10 checks failed: reach\n");
    let by_variable = configured(NOWHERE, "").env("JFROG_CLI_ERROR_OUTPUT_FORMAT", "json");
    let run = by_variable.run(&["doctor", "--retries=0"]);
    assert_eq!((run.code, run.stdout.starts_with("{\n  \"checks\": [\n")), (8, true), "{run:?}");
    let run = by_variable.run(&["doctor", "--retries=0", "--format=table"]);
    assert_eq!((run.code, run.stdout.starts_with("STATUS")), (8, true), "{run:?}");
    // What is no finding is an error like any other.
    let run = Jf::new().run(&["doctor", "x", "--format=json"]);
    assert!(run.code == 2 && run.stdout.contains("\"code\": \"usage\""), "{run:?}");
    Jf::new().run(&["doctor", "--format=yaml"]).fails(2, &["json, table"]);
    Jf::new().run(&["doctor", "--access-token-stdin"]).fails(2, &["no access token provided via Stdin"]);
}

#[test]
fn nothing_is_changed_and_nothing_is_renewed() {
    let server = Server::start(vec![reply("200 OK", "OK"), reply("200 OK", r#"{"name":"7.104.2"}"#)]);
    let jf =
        Jf::new().config(&config(&server.url(), &ended(), REFRESHABLE)).env("JFROG_CLI_ENCRYPTION_KEY", KEY);
    fs::set_permissions(jf.home(), Permissions::from_mode(0o755)).unwrap();
    fs::set_permissions(jf.config_path(), Permissions::from_mode(0o644)).unwrap();
    let (before, text) = (stamp(&jf), jf.config_text());
    let report = Report::of(&jf, &[]);
    assert_eq!((stamp(&jf), jf.config_text()), (before, text));
    assert_eq!(names(&jf.home()), ["jfrog-cli.conf.v6"]);
    assert_eq!(fs::metadata(jf.home()).unwrap().permissions().mode() & 0o777, 0o755);
    assert_eq!(fs::metadata(jf.config_path()).unwrap().permissions().mode() & 0o777, 0o644);
    assert!(server.calls().iter().all(|call| call.line.starts_with("GET ") && call.body.is_empty()));
    report.says(
        "configuration",
        "warn",
        &["(mode 0755)", "chmod 700 ", "(mode 0644)", "chmod 600 ", "jf config use one"],
    );
    report.says(
        "credential",
        "warn",
        &["it has expired, and the next command renews it", "jf whoami --server-id one"],
    );
    report.says("renewal", "ok", &["the next command uses it"]);
}

#[test]
fn a_configuration_that_cannot_be_read_is_the_end_where_it_is_needed() {
    let sealed = encrypted(NOWHERE).config_text();
    for (text, key, words) in [
        ("", "", "is empty"),
        ("{\"servers\"", "", "not readable as JSON"),
        (r#"{"servers":[],"version":"9"}"#, "", "version \"9\""),
        (&sealed, "", "is encrypted"),
        (&sealed, "another key of 32 bytes ........", "cannot be decrypted"),
        (&sealed, "/no/such.key", "failed to stat encryption key file"),
    ] {
        let mut jf = Jf::new().config(text);
        if !key.is_empty() {
            jf = jf.env("JFROG_CLI_ENCRYPTION_KEY", key);
        }
        let report = Report::of(&jf, &[]);
        report.says("configuration", "fail", &[words]);
        assert_eq!((report.run.code, report.names("skipped").len()), (1, 9), "{words}");
        assert_eq!(report.check("server")[1], "because of configuration");
        // Flags and variables need no file.
        let server = accessd(&good_me());
        let report = Report::of(&jf, &["--url", &server.url(), "--access-token", &plain_token()]);
        report.says("configuration", "warn", &[words]);
        assert_eq!(report.run.code, 0);
    }
}

#[test]
fn the_configuration_is_told_with_its_version_and_how_secrets_are_kept() {
    let token = plain_token();
    let old = format!(
        r#"{{"servers":[{{"artifactoryUrl":"{NOWHERE}/artifactory/","accessToken":"{token}","serverId":"a"}},{{"serverId":"b","isDefault":true}}],"version":"5"}}"#
    );
    for (text, status, words) in [
        (NO_SERVERS, "ok", "version 6, 0 servers, no secrets"),
        (config(NOWHERE, &token, "").as_str(), "ok", "1 server, secrets in plain text"),
        (
            &old,
            "ok",
            "version 5, which the next change writes as version 6, 2 servers, secrets in plain text",
        ),
    ] {
        Report::of(&Jf::new().config(text), &[]).says("configuration", status, &[words]);
    }
    Report::of(&Jf::new(), &[]).says("configuration", "ok", &["jfrog-cli.conf.v6 does not exist"]);
    let older = Jf::new().config("x");
    fs::rename(older.config_path(), older.home().join("jfrog-cli.conf.v5")).unwrap();
    fs::write(older.home().join("jfrog-cli.conf.v5"), old).unwrap();
    Report::of(&older, &[]).says("configuration", "ok", &["jfrog-cli.conf.v5: version 5"]);
    let broken_key = configured(NOWHERE, "").env("JFROG_CLI_ENCRYPTION_KEY", "/no/such.key");
    Report::of(&broken_key, &[]).says(
        "configuration",
        "warn",
        &["failed to stat encryption key file", "ends in .key"],
    );
}

#[test]
fn without_a_home_folder_there_is_no_configuration() {
    let server = accessd(&good_me());
    let (url, token, jf) = (server.url(), plain_token(), Jf::new());
    let run = |arguments: &[&str]| {
        let mut command = jf.command(arguments);
        command.env_remove("HOME").env_remove("JFROG_CLI_HOME_DIR").output().unwrap()
    };
    let output = run(&["doctor"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(text.contains("FAIL     configuration  couldn't find home directory"), "{text}");
    assert!(run(&["doctor", "--url", &url, "--access-token", &token]).status.success());
}

#[test]
fn folders_and_files_of_others_are_told() {
    let jf = configured(NOWHERE, "");
    fs::write(jf.home().join("somebody's"), "").unwrap();
    fs::set_permissions(jf.home(), Permissions::from_mode(0o777)).unwrap();
    Report::of(&jf, &[]).says(
        "configuration",
        "warn",
        &["can be written by others (mode 0777)", "JFROG_CLI_HOME_DIR"],
    );
    // Only root can give a file away.
    if std::os::unix::fs::chown(jf.config_path(), Some(12345), None).is_ok() {
        Report::of(&jf, &[]).says("configuration", "warn", &["belongs to another user (12345)"]);
        let by_sudo = Report::of(&jf.env("SUDO_UID", "12345"), &[]);
        assert!(!by_sudo.check("configuration")[1].contains("12345"));
    }
}

#[test]
fn why_there_is_no_server_is_told_as_every_command_does() {
    let none = r#"{"servers":[{"url":"https://h","serverId":"a"}],"version":"6"}"#;
    for (text, flags, code, words) in [
        (NO_SERVERS, &[][..], 4, "no JFrog Platform URL specified"),
        (none, &[], 4, "none of the configured servers is the default one"),
        (none, &["--server-id=x"], 6, "Server ID 'x' does not exist."),
        (none, &["--access-token=t"], 4, "no JFrog Platform URL specified"),
        (none, &["--url=ftp://h"], 2, "must begin with https://"),
        (none, &["--url=https://h", "--password=p"], 4, "no user name"),
    ] {
        let report = Report::of(&Jf::new().config(text), flags);
        report.says("server", "fail", &[words]);
        assert_eq!((report.run.code, report.names("skipped").len()), (code, 8), "{words}");
        assert_eq!(report.check("renewal")[1], "because of server");
    }
    let elsewhere = Jf::new().env("JF_URL", "https://h").env("JF_ACCESS_TOKEN", "canary");
    Report::of(&elsewhere, &["--url=https://other"]).says("server", "fail", &["belong to JF_URL"]);
}

#[test]
fn what_is_set_and_not_used_is_told() {
    let jf = || configured(NOWHERE, "");
    for (variables, flags, status, words) in [
        (
            &["JF_ACCESS_TOKEN"][..],
            &[][..],
            "warn",
            &["JF_ACCESS_TOKEN is not used without JF_URL", "set JF_URL as well"][..],
        ),
        (&["JF_PASSWORD", "JF_USER"], &[], "warn", &["JF_PASSWORD, JF_USER are not used without JF_URL"]),
        (
            &["JF_ACCESS_TOKEN", "JF_URL"],
            &["--server-id=one"],
            "ok",
            &["JF_URL, JF_ACCESS_TOKEN are not used beside --server-id"],
        ),
        (
            &["JF_URL", "JFROG_CLI_SERVER_ID"],
            &[],
            "warn",
            &["JFROG_CLI_SERVER_ID is not used beside JF_URL", "unset"],
        ),
        (
            &["JF_URL", "JF_ACCESS_TOKEN", "JF_PASSWORD"],
            &[],
            "ok",
            &["JF_PASSWORD is not used beside JF_ACCESS_TOKEN"],
        ),
        (
            &["JF_URL"],
            &["--access-token=t", "--server-id=one"],
            "warn",
            &["--server-id has no effect", "leave out"],
        ),
        (
            &["JF_URL", "JF_ACCESS_TOKEN"],
            &["--access-token=t"],
            "ok",
            &["JF_ACCESS_TOKEN is not used beside --access-token"],
        ),
        (
            &["JFROG_CLI_SERVER_ID"],
            &["--url", NOWHERE],
            "ok",
            &["JFROG_CLI_SERVER_ID is not used beside --url"],
        ),
        (&["JF_URL"], &[], "ok", &["given by the variable JF_URL, no credential is given"]),
        (
            &["JF_URL", "JF_ACCESS_TOKEN"],
            &[],
            "ok",
            &["by the variable JF_URL, the credential by the variable JF_ACCESS_TOKEN"],
        ),
    ] {
        let jf = variables
            .iter()
            .fold(jf(), |jf, name| jf.env(name, if *name == "JF_URL" { NOWHERE } else { "one" }));
        Report::of(&jf, flags).says("server", status, words);
    }
}

#[test]
fn nothing_that_is_kept_is_shown() {
    let secrets = r#""password":"canary-password","refreshToken":"canary-refresh","artifactoryRefreshToken":"canary-old","sshPassphrase":"canary-ssh","webLogin":true,"#;
    let text = config(NOWHERE, &plain_token(), secrets);
    for jf in [
        Jf::new().config(&text),
        Jf::new().config(&text).env("JFROG_CLI_ENCRYPTION_KEY", KEY),
        Jf::new().config(&text[..text.len() - 9]),
        Jf::new().config(&text.replace("http:", "ssh:")),
    ] {
        let jf = jf.env("JFROG_CLI_LOG_LEVEL", "DEBUG").env("JF_PASSWORD", "canary-variable");
        for command in
            [&["doctor"][..], &["doctor", "--format=json"], &["whoami"], &["whoami", "--format=json"]]
        {
            let run = jf.run(&[command, &["--retries=0"]].concat());
            assert!(run.code != 0 && !format!("{run:?}").contains("canary"), "{run:?}");
        }
    }
}
