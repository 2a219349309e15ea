//! What `jf atc` prints, and where.

use crate::support::{CREATED, Jf, Reply, Server, reply};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;
use std::time::Duration;

const FULL: &str = r#"{"token_id":"0193-id","access_token":"LONG","refresh_token":"refresh","expires_in":31536000,"scope":"a <b>","token_type":"Bearer","reference_token":"reference","username":"frog"}"#;

fn full() -> (Server, String) {
    let token = format!("eyJ.{}.end", "x".repeat(3000));
    (Server::start(vec![reply("200 OK", &FULL.replace("LONG", &token))]), token)
}

#[test]
fn json_is_the_default() {
    let (server, token) = full();
    let run = Jf::new().atc(&server, &[]).ok();
    assert_eq!(
        run.stdout,
        format!(
            "{{\n  \"scope\": \"a \\u003cb\\u003e\",\n  \"access_token\": \"{token}\",\n  \"expires_in\": 31536000,\n  \
             \"token_type\": \"Bearer\",\n  \"refresh_token\": \"refresh\",\n  \"reference_token\": \"reference\",\n  \
             \"token_id\": \"0193-id\",\n  \"username\": \"frog\"\n}}\n"
        )
    );
    assert_eq!(run.stderr, "");
}

#[test]
fn no_format_cuts_a_secret() {
    let table = "FIELD            VALUE\naccess_token     TOKEN\ntoken_id         0193-id\nexpires_in       31536000\nscope            a <b>\ntoken_type       Bearer\nrefresh_token    refresh\nreference_token  reference\nusername         frog\n";
    let env = "JF_URL='URL/'\nJF_ACCESS_TOKEN='TOKEN'\nJF_REFRESH_TOKEN='refresh'\nJF_REFERENCE_TOKEN='reference'\nJF_TOKEN_ID='0193-id'\nJF_TOKEN_EXPIRES_IN='31536000'\n";
    let yaml = "scope: \"a \\u003cb\\u003e\"\naccess_token: \"TOKEN\"\nexpires_in: 31536000\ntoken_type: \"Bearer\"\nrefresh_token: \"refresh\"\nreference_token: \"reference\"\ntoken_id: \"0193-id\"\nusername: \"frog\"\n";
    for (flags, wanted) in [
        (&["--format", "table"][..], table),
        (&["--format=TOKEN"], "TOKEN\n"),
        (&["--format=token", "--reference"], "reference\n"),
        (&["-format", "env"], env),
        (&["--format", "yaml"], yaml),
    ] {
        let (server, token) = full();
        let run = Jf::new().atc(&server, flags).ok();
        let wanted = wanted.replace("TOKEN'", &format!("{token}'")).replace("TOKEN\n", &format!("{token}\n"));
        let wanted =
            wanted.replace("TOKEN\"", &format!("{token}\"")).replace("URL/", &format!("{}/", server.url()));
        assert_eq!(run.stdout, wanted, "{flags:?}");
    }
}

#[test]
fn a_shell_reads_the_env_format() {
    let body = CREATED.replace("eyJ.made.up", "it's $(touch canary) `x` \\\"q\\\"");
    let server = Server::start(vec![reply("200 OK", &body)]);
    let jf = Jf::new();
    let run = jf.atc(&server, &["--format", "env"]).ok();
    let script = format!("{}printf %s \"$JF_ACCESS_TOKEN\"", run.stdout);
    let shell = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    assert_eq!(String::from_utf8(shell.stdout).unwrap(), "it's $(touch canary) `x` \"q\"");
}

#[test]
fn the_output_file_is_private_and_standard_output_empty() {
    let jf = Jf::new();
    let server = Server::created();
    let run = jf.atc(&server, &["--format", "token", "--output", "out"]).ok();
    assert_eq!(run.stdout, "");
    let path = jf.folder().join("out");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "eyJ.made.up\n");
    assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
}

#[test]
fn no_output_file_is_left_when_no_token_came() {
    let jf = Jf::new();
    let server = Server::start(vec![reply("401 Unauthorized", "")]);
    jf.atc(&server, &["--output", "out"]).fails(4, &["server response: 401 Unauthorized"]);
    assert!(!jf.folder().join("out").exists());
}

#[test]
fn an_interrupted_command_leaves_no_file() {
    let jf = Jf::new();
    let server = Server::start(vec![Reply::Silence(Duration::from_secs(1))]);
    let url = server.url();
    let mut child = jf.command(&["atc", "--url", &url, "--access-token=t", "--output=out"]).spawn().unwrap();
    server.await_call();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(std::fs::read_dir(jf.folder()).unwrap().count(), 0);
}

#[test]
fn a_token_that_cannot_be_written_is_named_by_its_id() {
    let jf = Jf::new();
    let server = Server::created();
    let url = server.url();
    let output = jf
        .command(&["atc", "--url", &url, "--access-token", "t"])
        .stdout(Stdio::from(std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap()))
        .output()
        .unwrap();
    let stderr = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{stderr}");
    assert!(stderr.contains("was created (token_id 0193-id)") && !stderr.contains("eyJ"), "{stderr}");
}

#[test]
fn a_reader_that_went_away_is_no_panic() {
    for arguments in [&["atc", "--help"][..], &["atc", "--access-token", "t"]] {
        let server = if arguments.len() == 2 { Server::untouched() } else { Server::created() };
        let mut child = Jf::new().env("JF_URL", &server.url()).command(arguments).spawn().unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(!stderr.contains("panicked"), "{stderr}");
        assert_eq!(output.status.code(), Some(i32::from(arguments.len() > 2)), "{stderr}");
    }
}

#[test]
fn an_answer_without_a_token_is_the_servers_fault() {
    for (body, words) in [
        ("<html>login</html>", "but not with JSON"),
        ("", "but not with JSON"),
        ("{}", "without a token"),
        ("[]", "without a token"),
    ] {
        let server = Server::start(vec![reply("200 OK", body)]);
        Jf::new().atc(&server, &[]).fails(9, &["answered 200", words, &server.url()]);
    }
}
