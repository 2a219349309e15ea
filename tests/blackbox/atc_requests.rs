//! What `jf atc` puts on the wire: the fifteen bodies of the description, the headers, one request.

use std::fs;
use testkit::{Jf, Received, Reply, Scripted};

/// A token whose subject is the user `admin`.
const ADMIN_TOKEN: &str = "eyJ2ZXIiOiIyIn0.eyJzdWIiOiJqZmFjQDAxL3VzZXJzL2FkbWluIn0.c2ln";

fn configured(url: &str) -> Jf {
    let jf = Jf::new();
    jf.run(&["config", "add", "main", "--url", url, "--access-token", ADMIN_TOKEN, "--user", "admin"])
        .succeeded();
    jf
}

fn with_flags(url: &str) -> Jf {
    Jf::new().flag("--url", url).flag("--access-token", ADMIN_TOKEN)
}

#[track_caller]
fn only_request(server: &Scripted) -> Received {
    let received = server.received();
    assert_eq!(received.len(), 1, "{received:?}");
    received[0].clone()
}

#[test]
fn the_fifteen_bodies_to_the_byte() {
    const NOTHING: &str = r#"{"refreshable":false,"include_reference_token":false}"#;
    const CFG: bool = true;
    const FLAGS: bool = false;
    for (is_configured, arguments, body) in [
        (CFG, &[][..], r#"{"refreshable":false,"include_reference_token":false,"username":"admin"}"#),
        (FLAGS, &[], NOTHING),
        (FLAGS, &["Frog"], r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#),
        (CFG, &["Frog"], r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#),
        (
            FLAGS,
            &["--user", "Alice"],
            r#"{"refreshable":false,"include_reference_token":false,"username":"alice"}"#,
        ),
        (CFG, &[""], NOTHING),
        (
            FLAGS,
            &["frog", "--expiry=0"],
            r#"{"expires_in":0,"refreshable":false,"include_reference_token":false,"username":"frog"}"#,
        ),
        (
            FLAGS,
            &["snake", "--expiry", "3600"],
            r#"{"expires_in":3600,"refreshable":false,"include_reference_token":false,"username":"snake"}"#,
        ),
        (
            FLAGS,
            &["--refreshable", "--grant-admin"],
            r#"{"scope":"applied-permissions/admin","refreshable":true,"include_reference_token":false}"#,
        ),
        (
            FLAGS,
            &["--groups=readers,writers"],
            r#"{"scope":"applied-permissions/groups:readers,writers","refreshable":false,"include_reference_token":false}"#,
        ),
        (
            FLAGS,
            &["--groups=g1", "--grant-admin"],
            r#"{"scope":"applied-permissions/groups:g1 applied-permissions/admin","refreshable":false,"include_reference_token":false}"#,
        ),
        (
            FLAGS,
            &["--reference", "--scope=system:metrics:r", "--expiry=123456"],
            r#"{"scope":"system:metrics:r","expires_in":123456,"refreshable":false,"include_reference_token":true}"#,
        ),
        (
            FLAGS,
            &["frog", "--audience=jfrt@* jfxr@*"],
            r#"{"refreshable":false,"audience":"jfrt@* jfxr@*","include_reference_token":false,"username":"frog"}"#,
        ),
        (
            CFG,
            &["--project", "proj", "--description", "a <b> & c"],
            r#"{"refreshable":false,"include_reference_token":false,"username":"admin","project_key":"proj","description":"a \u003cb\u003e \u0026 c"}"#,
        ),
        (
            FLAGS,
            &["--groups", "g \"x\"", "--refreshable=false"],
            r#"{"scope":"applied-permissions/groups:g \"x\"","refreshable":false,"include_reference_token":false}"#,
        ),
        (FLAGS, &["--scope="], NOTHING),
    ] {
        let server = Scripted::answering(vec![Reply::token()]);
        let jf = if is_configured { configured(&server.url()) } else { with_flags(&server.url()) };
        jf.atc(arguments).succeeded();
        let request = only_request(&server);
        assert_eq!(request.line, "POST /access/api/v1/tokens", "{arguments:?}");
        assert_eq!(request.body, body, "{arguments:?}");
    }
}

#[test]
fn the_headers_are_the_wires() {
    let server = Scripted::answering(vec![Reply::token()]);
    with_flags(&server.url()).atc(&[]).succeeded();
    let request = only_request(&server);
    assert_eq!(request.header("authorization"), Some(format!("Bearer {ADMIN_TOKEN}").as_str()));
    assert_eq!(request.header("content-type"), Some("application/json"));
    assert_eq!(request.header("content-length"), Some("53"));
    let ours = concat!("jfrog-cli-go/2.121.0 jf/", env!("CARGO_PKG_VERSION"));
    assert_eq!(request.header("user-agent"), Some(ours), "{request:?}");
    let key = request.header("idempotency-key").expect("a create can be repeated");
    assert!(key.len() >= 16, "{key}");
    let trace = request.header("uber-trace-id").expect("a trace id");
    let parts: Vec<&str> = trace.split(':').collect();
    assert!(
        parts.len() == 4 && parts[0].len() == 16 && parts[0] == parts[1] && parts[2..] == ["0", "0"],
        "{trace}"
    );

    let server = Scripted::answering(vec![Reply::token()]);
    with_flags(&server.url()).env("JFROG_CLI_USER_AGENT", "pipeline/7").atc(&[]).succeeded();
    assert_eq!(only_request(&server).header("user-agent"), Some("pipeline/7"));
}

#[test]
fn two_commands_have_two_keys() {
    let server = Scripted::answering(vec![Reply::token()]);
    let jf = with_flags(&server.url());
    jf.atc(&[]).succeeded();
    jf.atc(&[]).succeeded();
    let received = server.received();
    assert_ne!(received[0].header("idempotency-key"), received[1].header("idempotency-key"));
}

#[test]
fn an_api_key_or_a_password_goes_as_basic() {
    use base64::{Engine as _, engine::general_purpose::STANDARD};
    let key = format!("AKCp8{}", "x".repeat(68));
    let server = Scripted::answering(vec![Reply::token()]);
    let url = server.url();
    let basic = |text: &str| format!("Basic {}", STANDARD.encode(text));
    let run = Jf::new().run(&["atc", "--url", &url, "--access-token", &key, "--user", "frog"]).succeeded();
    assert!(run.stderr.contains("API key"), "{}", run.stderr);
    Jf::new().run(&["atc", "--url", &url, "--user", "frog", "--password", "p:w ü"]).succeeded();
    let received = server.received();
    assert_eq!(received[0].header("authorization"), Some(basic(&format!("frog:{key}")).as_str()));
    assert_eq!(received[1].header("authorization"), Some(basic("frog:p:w ü").as_str()));
}

#[test]
fn a_path_in_the_address_is_kept() {
    let server = Scripted::answering(vec![Reply::token()]);
    let url = format!("{}/base/", server.url());
    Jf::new().run(&["atc", "--url", &url, "--access-token", ADMIN_TOKEN]).succeeded();
    assert_eq!(only_request(&server).line, "POST /base/access/api/v1/tokens");
}

#[test]
fn a_credential_does_not_follow_a_redirect_to_another_origin() {
    let elsewhere = Scripted::answering(vec![Reply::token()]);
    for status in [301, 302, 303, 307, 308] {
        let to = format!("{}/access/api/v1/tokens", elsewhere.url());
        let server = Scripted::answering(vec![Reply::redirect(status, &to)]);
        let run = with_flags(&server.url()).atc(&[]);
        assert_ne!(run.code, 0, "{status}");
        assert_eq!(run.stdout, "");
    }
    for request in elsewhere.received() {
        assert_eq!(request.header("authorization"), None, "{request:?}");
    }
}

#[test]
fn nothing_else_is_sent_or_written() {
    let server = Scripted::answering(vec![Reply::token()]);
    let jf = with_flags(&server.url());
    jf.atc(&[]).succeeded();
    only_request(&server);
    assert_eq!(fs::read_dir(jf.home()).unwrap().count(), 0, "a command with flags leaves the home alone");
}
