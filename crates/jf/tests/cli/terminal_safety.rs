//! Text of others on standard output and standard error: nothing in it that a terminal would obey.

use crate::lab::{Trap, read_call_into};
use crate::support::{Jf, Server, reply};
use std::io::Write as _;
use std::process::{Output, Stdio};

/// What terminals obey: sequences that retitle, recolour, move, erase, read back, link, or ring; single controls of
/// both sets; and what turns the reading direction around.
fn corpus() -> Vec<String> {
    let sequences = [
        "\x1b[2J",
        "\x1b[H",
        "\x1b[3J",
        "\x1b[1A",
        "\x1b[2K",
        "\x1b[31m",
        "\x1b[0;0H",
        "\x1b[?25l",
        "\x1b[?1049h",
        "\x1b[6n",
        "\x1b[c",
        "\x1b[>c",
        "\x1b[21t",
        "\x1b[5i",
        "\x1b[?2004h",
        "\x1b[?1000h",
        "\x1b[4h",
        "\x1b[!p",
        "\x1b[20l",
        "\x1b]0;title\x07",
        "\x1b]2;title\x1b\\",
        "\x1b]8;;http://evil/\x1b\\",
        "\x1b]52;c;ZXZpbA==\x07",
        "\x1b]50;?\x07",
        "\x1b]1337;File=:AA\x07",
        "\x1b]9;note\x07",
        "\x1b]777;notify;a;b\x07",
        "\x1b]4;1;?\x1b\\",
        "\x1b]10;?\x07",
        "\x1bP$q\"p\x1b\\",
        "\x1bP+q544e\x1b\\",
        "\x1bPq#0\x1b\\",
        "\x1b_Ga=T\x1b\\",
        "\x1b^pm\x1b\\",
        "\x1bXsos\x1b\\",
        "\x1bc",
        "\x1bM",
        "\x1b7\x1b8",
        "\x1b(0",
        "\x1b#8",
        "\x1b%G",
        "\x1bZ",
        "\x1b",
        "\u{9b}2J",
        "\u{9d}0;t\u{9c}",
        "\u{90}q\u{9c}",
        "\u{85}",
        "\u{84}",
        "\u{8d}",
        "\u{9f}x\u{9c}",
        "\x07",
        "\x08\x08\x08",
        "\r",
        "\x0b",
        "\x0c",
        "\x0e",
        "\x0f",
        "\x7f",
        "\0",
        "\x05",
        "\x11\x13",
        "\u{202e}",
        "\u{202a}x\u{202c}",
        "\u{202d}",
        "\u{202b}",
        "\u{2066}x\u{2069}",
        "\u{2067}",
        "\u{2068}",
        "\u{200e}",
        "\u{200f}",
        "\u{61c}",
    ];
    assert!(sequences.len() >= 60, "{}", sequences.len());
    sequences.iter().map(|sequence| format!("a{sequence}z")).collect()
}

#[track_caller]
fn assert_harmless(what: &str, output: &Output) {
    for stream in [&output.stdout, &output.stderr] {
        let text = String::from_utf8_lossy(stream);
        let obeyed = text.chars().find(|c| {
            (c.is_control() && !matches!(c, '\n' | '\t'))
                || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
        });
        assert_eq!(obeyed, None, "{what}: {text:?}");
    }
}

fn run(jf: &Jf, arguments: &[&str]) -> Output {
    jf.command(arguments).stdin(Stdio::null()).output().unwrap()
}

/// All of the corpus as one JSON text, and as a JSON string that escapes it.
fn all() -> String {
    corpus().concat()
}

fn quoted(text: &str) -> String {
    serde_json::Value::String(text.to_owned()).to_string()
}

#[test]
fn no_field_of_a_created_token_steers_the_terminal_in_any_format() {
    let text = quoted(&all());
    let body = [
        "scope",
        "access_token",
        "token_type",
        "refresh_token",
        "grant_type",
        "audience",
        "reference_token",
        "token_id",
        "username",
        "description",
    ]
    .iter()
    .fold(String::new(), |body, name| format!("{body}\"{name}\":{text},"));
    // Names of fields are the server's words, too.
    let body = format!("{{{body}{text}:{text},\"expires_in\":1,\"issued_token_type\":{text}}}");
    for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"]] {
        for format in ["json", "table", "token", "env", "yaml"] {
            let server = Server::start(vec![reply("200 OK", &body)]);
            let url = server.url();
            let flags = ["--url", &url, "--access-token=t", "--format", format];
            let jf = Jf::new().env("GITHUB_ACTIONS", "true");
            let output = run(&jf, &[command, &flags].concat());
            assert!(output.status.success() && output.stdout.len() > 500, "{output:?}");
            assert_harmless(&format!("{command:?} {format}"), &output);
        }
    }
}

#[test]
fn no_body_of_an_error_steers_the_terminal() {
    let text = quoted(&all());
    let plain = all();
    for body in [
        format!(r#"{{"errors":[{{"code":{text},"message":{text},"detail":{text}}}]}}"#),
        format!(r#"{{"error":{text},"error_description":{text}}}"#),
        format!(r#"{{"message":{text}}}"#),
        format!(r#"{{{text}:{text}}}"#),
        plain,
    ] {
        for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["rt", "ping"]] {
            for format in ["", "json"] {
                let server = Server::start(vec![reply("403 Forbidden", &body)]);
                let url = server.url();
                let jf = Jf::new().env("JFROG_CLI_ERROR_OUTPUT_FORMAT", format);
                let output = run(&jf, &[command, &["--url", &url, "--access-token=t"]].concat());
                assert_eq!(output.status.code(), Some(5), "{output:?}");
                assert_harmless(&format!("{command:?} {body}"), &output);
            }
        }
    }
}

#[test]
fn no_answer_to_a_ping_steers_the_terminal() {
    for format in ["", "--format=json", "--format=table"] {
        let server = Server::start(vec![reply("200 OK", &all())]);
        let url = server.url();
        let words: Vec<&str> =
            ["rt", "ping", "--url", &url, format].into_iter().filter(|word| !word.is_empty()).collect();
        let output = run(&Jf::new(), &words);
        assert!(output.status.success());
        assert_harmless(format, &output);
    }
}

#[test]
fn no_header_and_no_status_steers_the_terminal() {
    // As bytes: some of these are no header that a client has to take.
    for text in corpus() {
        for head in [
            format!("200 OK\r\nWarning: 299 x \"{text}\"\r\nX-Other: {text}"),
            format!("302 Found\r\nLocation: http://evil{text}.example/{text}"),
            format!("302 Found\r\nLocation: {text}:{text}"),
            format!("403 {text}\r\nX: {text}"),
        ] {
            let server = Trap::start(move |mut stream, note| {
                read_call_into(&mut stream, note);
                let _ = write!(stream, "HTTP/1.1 {head}\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
            });
            let url = format!("http://127.0.0.1:{}", server.port());
            let jf = Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG");
            let output =
                run(&jf, &["api", "x", "--verbose", "--retries=0", "--url", &url, "--access-token=t"]);
            assert_harmless(&text, &output);
        }
    }
}

#[test]
fn no_value_of_the_configuration_or_command_line_steers_the_terminal() {
    for text in corpus() {
        let id = quoted(&text);
        let server = format!(
            r#"{{"url":{id},"user":{id},"accessToken":{id},"refreshToken":{id},"clientCertPath":{id},"serverId":{id},"isDefault":true}}"#
        );
        let jf = Jf::new().config(&format!(r#"{{"servers":[{server}],"version":"6"}}"#));
        let jf = jf.env("JFROG_CLI_LOG_LEVEL", "DEBUG");
        for command in
            [&["atc"][..], &["api", "x"], &["atc", "--server-id=other"], &["rt", "ping"], &["c", "show"]]
        {
            assert_harmless(&text, &run(&jf, command));
        }
        let broken =
            Jf::new().config(&format!(r#"{{"servers":[{{"serverId":{id},{id}:1}}],"version":{id}}}"#));
        assert_harmless(&text, &run(&broken, &["atc"]));
        if text.contains('\0') {
            continue;
        }
        for arguments in [
            &[text.as_str()][..],
            &["atc", "--format", &text],
            &["atc", &text, &text],
            &["atc", "--url", &text, "--access-token=t"],
            &["atc", "--server-id", &text],
            &["atc", &format!("--{text}")],
            &["atc", "--description", &text, "--url=http://127.0.0.1:1", "--access-token=t", "--retries=0"],
            &["atc", "--output", &format!("{text}/x"), "--url=http://127.0.0.1:1", "--access-token=t"],
            &["eot", "p", "id", "--oidc-provider-type", &text],
            &["api", &text, "--url=http://127.0.0.1:1", "--access-token=t", "--retries=0"],
            &["api", "x", "-X", &text, "--url=http://127.0.0.1:1"],
            &["api", "x", "-H", &text, "--url=http://127.0.0.1:1"],
            &["api", "x", "--input", &text, "--url=http://127.0.0.1:1"],
        ] {
            let output = run(&Jf::new(), arguments);
            assert!(!output.status.success(), "{arguments:?}");
            assert_harmless(&format!("{arguments:?}"), &output);
        }
    }
}

#[test]
fn a_body_that_is_shown_on_a_terminal_does_not_steer_it() {
    for status in ["200 OK", "403 Forbidden"] {
        let server = Server::start(vec![reply(status, &all())]);
        let jf = Jf::new().env("NO_COLOR", "1");
        let plain = jf.command(&["api", "x", "--url", &server.url(), "--access-token=t"]);
        let words: Vec<&str> = [plain.get_program()]
            .into_iter()
            .chain(plain.get_args())
            .map(|word| word.to_str().unwrap())
            .collect();
        // Runs it on a terminal of its own, whose output is its own output.
        let mut script = std::process::Command::new("script");
        script.args(["-qec", &words.join(" "), "/dev/null"]).env_clear().current_dir(jf.folder());
        script.envs(plain.get_envs().filter_map(|(name, value)| Some((name, value?))));
        let mut output = script.stdin(Stdio::null()).output().unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("a\\u{1b}[2Jz") && text.contains("Http Status"), "{text:?}");
        // A terminal ends its lines so.
        output.stdout = text.replace("\r\n", "\n").into_bytes();
        assert_harmless(status, &output);
    }
}
