//! What `jf atc` sends.

use crate::support::{CREATED, Jf, Server, reply, reply_with};

fn configured(server: &Server) -> Jf {
    Jf::new().config(&format!(
        r#"{{"servers":[{{"url":"{}/","user":"admin","accessToken":"canary-token","serverId":"cfg","isDefault":true}}],"version":"6"}}"#,
        server.url()
    ))
}

#[test]
fn the_bodies_of_the_existing_tool_to_the_letter() {
    let plain = r#"{"refreshable":false,"include_reference_token":false}"#;
    let groups = r#"{"scope":"applied-permissions/groups:g \"x\"","refreshable":false,"include_reference_token":false}"#;
    // Whether the server is configured or given by flags, the arguments after `atc`, the body.
    let table: [(bool, &[&str], &str); 19] = [
        (true, &[], r#"{"refreshable":false,"include_reference_token":false,"username":"admin"}"#),
        (false, &[], plain),
        (false, &["Frog"], r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#),
        (true, &["Frog"], r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#),
        (
            false,
            &["--user", "Alice"],
            r#"{"refreshable":false,"include_reference_token":false,"username":"alice"}"#,
        ),
        (true, &[""], plain),
        (
            true,
            &["frog", "--expiry=0"],
            r#"{"expires_in":0,"refreshable":false,"include_reference_token":false,"username":"frog"}"#,
        ),
        (
            true,
            &["snake", "--expiry", "3600"],
            r#"{"expires_in":3600,"refreshable":false,"include_reference_token":false,"username":"snake"}"#,
        ),
        (
            false,
            &["--refreshable", "--grant-admin"],
            r#"{"scope":"applied-permissions/admin","refreshable":true,"include_reference_token":false}"#,
        ),
        (
            false,
            &["--groups=readers,writers"],
            r#"{"scope":"applied-permissions/groups:readers,writers","refreshable":false,"include_reference_token":false}"#,
        ),
        (
            false,
            &["--groups=g1", "--grant-admin"],
            r#"{"scope":"applied-permissions/groups:g1 applied-permissions/admin","refreshable":false,"include_reference_token":false}"#,
        ),
        (
            false,
            &["--reference", "--scope=system:metrics:r", "--expiry=123456"],
            r#"{"scope":"system:metrics:r","expires_in":123456,"refreshable":false,"include_reference_token":true}"#,
        ),
        (
            false,
            &["frog", "--audience=jfrt@* jfxr@*"],
            r#"{"refreshable":false,"audience":"jfrt@* jfxr@*","include_reference_token":false,"username":"frog"}"#,
        ),
        (
            true,
            &["--project", "proj", "--description", "a <b> & c"],
            r#"{"refreshable":false,"include_reference_token":false,"username":"admin","project_key":"proj","description":"a \u003cb\u003e \u0026 c"}"#,
        ),
        (false, &["--groups", r#"g "x""#, "--refreshable=false"], groups),
        (false, &["--scope="], plain),
        // Habits of the existing tool's users, and what is new.
        (
            false,
            &["-refreshable", "frog", "-expiry", "30d", "--refreshable=0"],
            r#"{"expires_in":2592000,"refreshable":false,"include_reference_token":false,"username":"frog"}"#,
        ),
        (
            false,
            &["--expiry=1", "--expiry=never", "--description=", "--project="],
            r#"{"expires_in":0,"refreshable":false,"include_reference_token":false}"#,
        ),
        (
            false,
            &["--groups", "group 2,readers", "--description", "--help"],
            r#"{"scope":"applied-permissions/groups:\"group 2\",readers","refreshable":false,"include_reference_token":false,"description":"--help"}"#,
        ),
    ];
    for (is_configured, arguments, body) in table {
        let server = Server::created();
        if is_configured {
            configured(&server).run(&[&["atc"], arguments].concat()).ok();
        } else {
            Jf::new().atc(&server, arguments).ok();
        }
        assert_eq!(server.call().body, body, "{arguments:?}");
    }
}

#[test]
fn every_flag_takes_every_syntax() {
    for (flag, value, part) in [
        ("project", "web", r#""project_key":"web""#),
        ("groups", "-a", r#""scope":"applied-permissions/groups:-a""#),
        ("scope", "--x=y", r#""scope":"--x=y""#),
        ("expiry", "60", r#""expires_in":60"#),
        ("description", "--help", r#""description":"--help""#),
        ("audience", "a b", r#""audience":"a b""#),
        ("user", "Frog", r#""username":"frog""#),
    ] {
        for dashes in ["-", "--"] {
            let server = Server::start(vec![reply("200 OK", CREATED), reply("200 OK", CREATED)]);
            let name = format!("{dashes}{flag}");
            Jf::new().atc(&server, &[&name, "replaced", &name, value]).ok();
            Jf::new().atc(&server, &[&format!("{name}=replaced"), &format!("{name}={value}")]).ok();
            for call in server.calls() {
                assert!(call.body.contains(part), "{name}: {}", call.body);
            }
        }
    }
    for (flag, part) in [
        ("refreshable", r#""refreshable":true"#),
        ("reference", r#""include_reference_token":true"#),
        ("grant-admin", r#""scope":"applied-permissions/admin""#),
    ] {
        for (value, is_set) in [
            ("", true),
            ("=1", true),
            ("=t", true),
            ("=T", true),
            ("=TRUE", true),
            ("=true", true),
            ("=True", true),
            ("=0", false),
            ("=f", false),
            ("=F", false),
            ("=FALSE", false),
            ("=false", false),
            ("=False", false),
        ] {
            let server = Server::created();
            Jf::new().atc(&server, &[&format!("-{flag}={}", !is_set), &format!("--{flag}{value}")]).ok();
            let body = server.call().body;
            assert_eq!(body.contains(part), is_set, "--{flag}{value}: {body}");
        }
    }
}

#[test]
fn names_may_look_like_anything() {
    for (arguments, name) in [
        (&["help"][..], "help"),
        (&["config"], "config"),
        (&["-"], "-"),
        (&["--", "-frog"], "-frog"),
        (&["--refreshable", "--", "false"], "false"),
    ] {
        let server = Server::created();
        Jf::new().atc(&server, arguments).ok();
        let part = format!(r#""username":"{name}""#);
        assert!(server.call().body.contains(&part), "{arguments:?}");
    }
}

#[test]
fn the_grouped_name_does_the_same() {
    let server = Server::start(vec![reply("200 OK", CREATED), reply("403 Forbidden", "")]);
    let jf = Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "t");
    let run = jf.run(&["token", "create", "Frog", "-expiry", "1h", "--format=token"]).ok();
    assert_eq!(run.stdout, "eyJ.made.up\n");
    let run = jf.run(&["token", "create", "--format=json"]);
    assert!(run.code == 5 && run.stdout.contains("\"status_code\": 403"), "{run:?}");
    let body = r#"{"expires_in":3600,"refreshable":false,"include_reference_token":false,"username":"frog"}"#;
    assert_eq!(server.calls()[0].body, body);
    jf.run(&["token", "create", "a", "b"]).fails(2, &["Wrong number of arguments (2)."]);
    jf.run(&["token", "mint"]).fails(2, &["is not a jf command"]);
}

#[test]
fn the_headers_of_a_create() {
    let server = Server::created();
    Jf::new().atc(&server, &[]).ok();
    let call = server.call();
    assert_eq!(call.line, "POST /access/api/v1/tokens HTTP/1.1");
    assert_eq!(call.header("authorization"), Some("Bearer canary-token"));
    assert_eq!(call.header("content-type"), Some("application/json"));
    assert_eq!(
        call.header("user-agent"),
        Some(concat!("jfrog-cli-go/2.121.0 jf/", env!("CARGO_PKG_VERSION")))
    );
    assert_eq!(call.header("connection"), Some("close"));
    assert_eq!(call.header("accept-encoding"), Some("gzip"));
    assert_eq!(call.header("accept"), None);
    let trace = call.header("uber-trace-id").unwrap();
    let id = trace.split(':').next().unwrap();
    assert!(id.len() == 16 && id.bytes().all(|b| b.is_ascii_hexdigit() && !b.is_ascii_uppercase()));
    assert_eq!(trace, format!("{id}:{id}:0:0"));
    let key = call.header("idempotency-key").unwrap();
    assert!(key.len() == 36 && key.as_bytes()[14] == b'4', "{key}");
}

#[test]
fn the_user_agent_can_be_chosen() {
    let server = Server::created();
    Jf::new().env("JFROG_CLI_USER_AGENT", "my agent/1").atc(&server, &[]).ok();
    assert_eq!(server.call().header("user-agent"), Some("my agent/1"));
}

#[test]
fn user_and_password_and_api_keys_log_in_as_basic() {
    let server = Server::created();
    let url = server.url();
    Jf::new().run(&["atc", "--url", &url, "--user", "Aladdin", "--password", "open sesame"]).ok();
    let call = server.call();
    assert_eq!(call.header("authorization"), Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ=="));
    assert_eq!(call.body, r#"{"refreshable":false,"include_reference_token":false,"username":"aladdin"}"#);

    let server = Server::created();
    let key = format!("AKCp8{}", "k".repeat(68));
    let run = Jf::new().run(&["atc", "--url", &server.url(), "--access-token", &key]).ok();
    assert!(run.stderr.contains("The provided Access Token is an API key"), "{}", run.stderr);
    assert!(server.call().header("authorization").unwrap().starts_with("Basic "));

    let server = Server::created();
    let run = Jf::new().run(&["atc", "--url", &server.url(), "--user", "u", "--password", &key]).ok();
    assert_eq!(run.stderr, "");
}

#[test]
fn a_refused_password_is_told_of_access_tokens() {
    for (credentials, is_told) in [(&["--user=u", "--password=p"][..], true), (&["--access-token=t"], false)]
    {
        let server = Server::start(vec![reply("403 Forbidden", "")]);
        let url = server.url();
        let run = Jf::new().run(&[&["atc", "--url", &url], credentials].concat());
        let run = run.fails(5, &["only administrators"]);
        assert_eq!(run.stderr.contains("try an access token"), is_told, "{}", run.stderr);
    }
}

#[test]
fn the_addresss_path_is_kept() {
    let server = Server::created();
    let url = format!("{}/some/where/", server.url());
    Jf::new().run(&["atc", "--url", &url, "--access-token", "t"]).ok();
    assert_eq!(server.call().line, "POST /some/where/access/api/v1/tokens HTTP/1.1");

    let server = Server::created();
    let url = format!("{}/artifactory", server.url());
    let run = Jf::new().run(&["atc", "--url", &url, "--access-token", "t"]).ok();
    assert!(run.stderr.contains("looks like the address of one service"), "{}", run.stderr);
}

#[test]
fn warnings_of_the_server_are_passed_on_and_made_safe() {
    let headers = ["Warning: 299 accessd \"ends \\\"soon\\\"\"", "Warning: 299 accessd \"red\u{9b}31m\""];
    let server = Server::start(vec![reply_with("200 OK", &headers, CREATED)]);
    let run = Jf::new().atc(&server, &[]).ok();
    assert!(run.stderr.contains("[Warn] ends \"soon\"\n[Warn] red\\u{9b}31m\n"), "{}", run.stderr);
}

#[test]
fn help_and_version_touch_nothing() {
    let jf = Jf::new();
    for (arguments, part) in [
        (&["--version"][..], "jf version "),
        (&["-v"], "jf version "),
        (&["--help"], "access-token-create"),
        (&["atc", "--help"], "Examples:\n  jf atc frog --refreshable --expiry 3600\n"),
        (&["atc", "frog", "-help"], "--grant-admin"),
        (&["help", "atc"], "--grant-admin"),
        (&["config", "add", "-h"], "--url"),
        (&["c"], "remove"),
        (&["token"], "create"),
        (&["token", "create", "--help"], "--grant-admin"),
        (&[], "config"),
    ] {
        let run = jf.run(arguments).ok();
        assert!(run.stdout.contains(part), "{arguments:?}: {}", run.stdout);
        assert_eq!(run.stderr, "", "{arguments:?}");
    }
    assert!(!jf.home().exists());
}

#[test]
fn json_errors_go_to_standard_output_only_if_asked_for() {
    let refuse =
        || Server::start(vec![reply("403 Forbidden", r#"{"errors":[{"code":"FORBIDDEN","message":"no"}]}"#)]);
    let json = "{\n  \"body\": {\n    \"errors\": [\n      {\n        \"code\": \"FORBIDDEN\",\n        \"message\": \"no\"\n      }\n    ]\n  },\n  \"code\": \"forbidden\",\n  \"exit_code\": 5,\n  \"hint\": \"only administrators create tokens for others, or with --scope, --groups, --grant-admin or a longer lifetime than the platform allows\",\n  \"message\": \"server response: 403 Forbidden\\n  no (FORBIDDEN)\",\n  \"status\": \"403 Forbidden\",\n  \"status_code\": 403\n}\n";
    let run = Jf::new().atc(&refuse(), &["--format", "json"]);
    assert_eq!((run.code, run.stdout.as_str()), (5, json));
    let run = Jf::new().env("JFROG_CLI_ERROR_OUTPUT_FORMAT", " JSON ").atc(&refuse(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (5, json));
    Jf::new()
        .atc(&refuse(), &[])
        .fails(5, &["[Error] server response: 403 Forbidden\n  no (FORBIDDEN)\n", "hint: "]);
}
