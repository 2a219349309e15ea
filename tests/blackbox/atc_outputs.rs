//! What `jf atc` prints: the result on standard output and nothing else, whole in every format.

use crate::accessd;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use testkit::{Jf, Reply, Scripted};

const ANSWER: &str = r#"{"token_id":"id-1","access_token":"AAAA.BBBB.CCCC","refresh_token":"r","expires_in":31536000,"scope":"a <b> & c","token_type":"Bearer","reference_token":"ref"}"#;

#[test]
fn json_is_indented_ordered_and_escaped_as_scripts_know_it() {
    let server = Scripted::answering(vec![Reply::json(200, ANSWER)]);
    let run = Jf::new().run(&["atc", "--url", &server.url(), "--access-token", "a.b.c"]).succeeded();
    assert_eq!(
        run.stdout,
        concat!(
            "{\n  \"scope\": \"a \\u003cb\\u003e \\u0026 c\",\n  \"access_token\": \"AAAA.BBBB.CCCC\",\n",
            "  \"expires_in\": 31536000,\n  \"token_type\": \"Bearer\",\n  \"refresh_token\": \"r\",\n",
            "  \"reference_token\": \"ref\",\n  \"token_id\": \"id-1\"\n}\n"
        )
    );
}

#[test]
fn no_format_cuts_a_secret() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::with_flags(&accessd, &frog.token);
    for format in ["json", "JSON", "table", "env", "yaml"] {
        let run = jf.atc(&["--refreshable", "--reference", "--format", format]).succeeded();
        let find = |begin: &str| {
            let at = run.stdout.find(begin).unwrap_or_else(|| panic!("no {begin} in {}", run.stdout));
            run.stdout[at..]
                .split(|c: char| !(c.is_ascii_alphanumeric() || "._-".contains(c)))
                .next()
                .unwrap()
                .to_owned()
        };
        let (token, reference) = (find("eyJ"), find("cmVmdGtu"));
        assert!(accessd.accepts(&token), "{format}: {token}");
        assert!(accessd.accepts(&reference), "{format}: {reference}");
        let refreshed = accessd.ask_refresh(&token, &find("acrt_"));
        assert_eq!(refreshed.status, 200, "{format}: {}", refreshed.body);
    }
}

#[test]
fn the_bare_token_is_ready_for_a_pipe() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::with_flags(&accessd, &frog.token);
    let printed = jf.atc(&["--format", "token"]).succeeded().stdout;
    assert!(printed.ends_with('\n') && accessd.accepts(printed.trim_end()));
    let printed = jf.atc(&["--format", "token", "--reference"]).succeeded().stdout;
    assert_eq!(printed.trim_end().len(), 64);
    assert!(accessd.accepts(printed.trim_end()));
}

#[test]
fn a_shell_reads_the_env_format() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let env =
        Jf::with_flags(&accessd, &frog.token).atc(&["--format", "env", "--expiry", "60"]).succeeded().stdout;
    let script = format!("set -eu\n{env}\nprintf '%s\\n%s' \"$JF_URL\" \"$JF_ACCESS_TOKEN\"");
    let output = std::process::Command::new("sh").args(["-c", &script]).output().unwrap();
    let said = String::from_utf8(output.stdout).unwrap();
    let (url, token) = said.split_once('\n').unwrap();
    assert_eq!(url.trim_end_matches('/'), accessd.url());
    assert!(accessd.accepts(token));
    let next = Jf::new().env("JF_URL", url).env("JF_ACCESS_TOKEN", token).run(&["atc"]);
    next.succeeded();
}

#[test]
fn the_table_writes_numbers_as_people_do() {
    let server = Scripted::answering(vec![Reply::json(200, ANSWER)]);
    let run = Jf::new()
        .run(&["atc", "--url", &server.url(), "--access-token", "a.b.c", "--format", "table"])
        .succeeded();
    assert_eq!(
        run.stdout,
        concat!(
            "FIELD            VALUE\naccess_token     AAAA.BBBB.CCCC\ntoken_id         id-1\n",
            "expires_in       31536000\nscope            a <b> & c\ntoken_type       Bearer\n",
            "refresh_token    r\nreference_token  ref\n"
        )
    );
}

#[test]
fn an_output_file_is_the_owners_and_never_overwritten() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let jf = Jf::with_flags(&accessd, &frog.token);
    let file = jf.path("token.txt");
    let path = file.to_string_lossy().into_owned();
    let run = jf.atc(&["--format", "token", "--output", &path]).succeeded();
    assert_eq!(run.stdout, "");
    let written = fs::read_to_string(&file).unwrap();
    assert!(accessd.accepts(written.trim_end()));
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let before = accessd.tokens_of(&frog.name).len();
    jf.atc(&["--format", "token", "--output", &path]).failed(7, &["token.txt"]);
    jf.atc(&["--output", "/nowhere/at/all/token.txt"]).failed(1, &["/nowhere/at/all"]);
    assert_eq!(fs::read_to_string(&file).unwrap(), written);
    assert_eq!(accessd.tokens_of(&frog.name).len(), before, "it is checked before a token is made");
}

#[test]
fn text_of_a_server_cannot_steer_the_terminal() {
    let evil = r#"{"access_token":"a.b.c","token_id":"\u001b[2J\u009b","scope":"\u001b]0;title\u0007","token_type":"x\r\ny"}"#;
    for format in ["json", "table", "yaml", "env", "token"] {
        let server = Scripted::answering(vec![Reply::json(200, evil)]);
        let run = Jf::new()
            .run(&["atc", "--url", &server.url(), "--access-token", "a.b.c", "--format", format])
            .succeeded();
        for c in run.stdout.chars().filter(|c| c.is_control()) {
            assert_eq!(c, '\n', "{format}: {:?}", run.stdout);
        }
    }
    let refusal = "{\"errors\":[{\"code\":\"FORBIDDEN\",\"message\":\"\\u001b[2J\"}]}";
    for body in [refusal, "\u{1b}[2J raw"] {
        let server = Scripted::answering(vec![Reply::json(403, body)]);
        let run =
            Jf::new().run(&["atc", "--url", &server.url(), "--access-token", "a.b.c"]).failed(5, &["403"]);
        assert!(run.stderr.chars().all(|c| c == '\n' || !c.is_control()), "{:?}", run.stderr);
    }
}

#[test]
fn a_refusal_is_shown_as_it_came() {
    let body = r#"{"errors":[{"code":"FORBIDDEN","message":"not you"}]}"#;
    let server = Scripted::answering(vec![Reply::json(403, body)]);
    let jf = || Jf::new().env("JF_URL", &server.url()).env("JF_ACCESS_TOKEN", "a.b.c");
    jf().run(&["atc"]).failed(5, &["server response: 403", "FORBIDDEN", "not you"]);
    let run = jf().env("JFROG_CLI_ERROR_OUTPUT_FORMAT", "json").run(&["atc"]);
    assert_eq!(run.code, 5);
    let error: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_eq!(
        (&error["status_code"], &error["body"]["errors"][0]["code"]),
        (&403.into(), &"FORBIDDEN".into())
    );
}

#[test]
fn help_needs_nothing_and_names_every_flag() {
    for arguments in [
        &["atc", "--help"][..],
        &["atc", "-h"],
        &["access-token-create", "--help"],
        &["atc", "frog", "--help"],
    ] {
        let run = Jf::new().run(arguments).succeeded();
        assert_eq!(run.stderr, "");
        for flag in [
            "--url",
            "--user",
            "--password",
            "--access-token",
            "--server-id",
            "--client-cert-path",
            "--client-cert-key-path",
            "--project",
            "--grant-admin",
            "--groups",
            "--scope",
            "--expiry",
            "--refreshable",
            "--description",
            "--audience",
            "--reference",
            "--format",
        ] {
            assert!(run.stdout.contains(flag), "{flag} is not in the help");
        }
    }
    let run = Jf::new().run(&["--version"]).succeeded();
    assert!(run.stdout.contains("version"), "{}", run.stdout);
}
