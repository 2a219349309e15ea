//! What every command promises about standard output, standard error and files.

use crate::refresh_world::{REFRESHABLE, config, ended};
use crate::support::{CREATED, Jf, Reply, Server, reply};
use serde_json::Value;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Stdio;

/// The commands that ask a server, and what makes each succeed.
const COMMANDS: [(&[&str], &str); 6] = [
    (&["atc"], CREATED),
    (&["token", "create"], CREATED),
    (&["eot", "p", "id"], CREATED),
    (&["rt", "atc"], CREATED),
    (&["rt", "ping"], "OK"),
    (&["api", "x"], "{}"),
];

fn flags(server: &Server) -> [String; 3] {
    ["--url".to_owned(), server.url(), "--access-token=canary-token".to_owned()]
}

fn with<'a>(command: &[&'a str], flags: &'a [String], more: &[&'a str]) -> Vec<&'a str> {
    command.iter().copied().chain(flags.iter().map(String::as_str)).chain(more.iter().copied()).collect()
}

/// The JSON on standard output, when there is nothing that says `[Error]` on standard error.
#[track_caller]
fn json_error(jf: &Jf, arguments: &[&str]) -> Value {
    let run = jf.run(arguments);
    assert!(!run.stderr.contains("[Error]") && !run.stderr.contains("hint:"), "{arguments:?}: {run:?}");
    assert!(run.stdout.starts_with("{\n  \"") && run.stdout.ends_with("\n}\n"), "{arguments:?}: {run:?}");
    let error: Value = serde_json::from_str(&run.stdout).unwrap();
    let keys: Vec<&String> = error.as_object().unwrap().keys().collect();
    assert!(keys.is_sorted() && error["message"].as_str().is_some_and(|text| !text.is_empty()), "{error}");
    assert_eq!(error["exit_code"], run.code, "{error}");
    error
}

#[test]
fn w14_failures_of_every_kind_are_json_on_request() {
    let json = || Jf::new().env("JFROG_CLI_ERROR_OUTPUT_FORMAT", " JSON ");
    for (command, _) in COMMANDS {
        // Nobody listens; nobody answers; somebody says no; the configuration is broken; the command line is wrong.
        let nobody = ["--url=http://127.0.0.1:1", "--access-token=t", "--retries=0"];
        let error = json_error(&json(), &[command, &nobody].concat());
        assert_eq!((&error["code"], error.get("status_code")), (&"network".into(), None), "{command:?}");
        let server = Server::start(vec![Reply::HangUp]);
        let flags_of = flags(&server);
        assert_eq!(json_error(&json(), &with(command, &flags_of, &["--retries=0"]))["code"], "network");
        let broken = json().config("{");
        assert_eq!(json_error(&broken, command)["code"], "failed", "{command:?}");
        assert_eq!(json_error(&json(), &[command, &["--nonsense"]].concat())["code"], "usage");
        assert_eq!(json_error(&json(), &[command, &["a", "b", "c"]].concat())["code"], "usage");
        assert_eq!(json_error(&json(), command)["code"], "credentials");
        assert_eq!(json_error(&json(), &[command, &["--server-id=x"]].concat())["code"], "not_found");
        for (status, code) in [
            ("400 Bad Request", "failed"),
            ("401 Unauthorized", "credentials"),
            ("403 Forbidden", "forbidden"),
            ("404 Not Found", "not_found"),
            ("409 Conflict", "conflict"),
            ("429 Too Many Requests", "server"),
            ("503 Service Unavailable", "server"),
        ] {
            let server = Server::start(vec![reply(status, r#"{"errors":[{"message":"canary-token"}]}"#)]);
            let flags_of = flags(&server);
            let error = json_error(&json(), &with(command, &flags_of, &["--retries=0"]));
            let number: u16 = status[..3].parse().unwrap();
            assert_eq!(
                (&error["code"], &error["status_code"]),
                (&code.into(), &number.into()),
                "{command:?}"
            );
            assert_eq!(error["status"], status);
            assert_eq!(error["body"]["errors"][0]["message"], "***");
        }
    }
}

#[test]
fn w14_the_format_of_the_result_is_that_of_the_failure() {
    for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["rt", "ping"]] {
        for format in [&["--format=json"][..], &["--format", "JSON"], &["-format=json"], &["-format", "json"]]
        {
            assert_eq!(json_error(&Jf::new(), &[command, format].concat())["code"], "credentials");
        }
        // No other format asks for it, and a later one counts.
        Jf::new().run(&[command, &["--format=json", "--format=table"]].concat()).fails(4, &["[Error] "]);
    }
    let jf = Jf::new().config(&config("http://127.0.0.1:1", &ended(), REFRESHABLE));
    let error = json_error(&jf, &["atc", "--format=json", "--retries=0"]);
    assert_eq!(error["code"], "network");
    assert!(error["message"].as_str().unwrap().starts_with("Refresh access token failed: "), "{error}");
    assert!(error["hint"].as_str().is_some());
}

#[test]
fn standard_output_is_empty_when_a_command_fails() {
    for (command, _) in COMMANDS {
        let server = Server::start(vec![reply("403 Forbidden", "")]);
        let flags = flags(&server);
        Jf::new().run(&with(command, &flags, &[])).fails(5, &["[Error] ", "403 Forbidden"]);
        Jf::new().run(command).fails(4, &["[Error] no JFrog ", "hint: "]);
    }
}

#[test]
fn w54_wrong_usage_is_said_once_and_on_standard_error() {
    for (command, _) in COMMANDS {
        let run =
            Jf::new().run(&[command, &["--nonsense"]].concat()).fails(2, &["[Error] unexpected argument"]);
        assert_eq!(run.stderr.matches("--nonsense").count(), 1, "{run:?}");
    }
}

#[test]
fn a_file_takes_the_result_of_every_command() {
    for (command, body) in COMMANDS {
        let on_stdout = {
            let server = Server::start(vec![reply("200 OK", body)]);
            let flags = flags(&server);
            Jf::new().run(&with(command, &flags, &[])).ok().stdout
        };
        let server = Server::start(vec![reply("200 OK", body)]);
        let (jf, flags_of) = (Jf::new(), flags(&server));
        let run = jf.run(&with(command, &flags_of, &["--output", "out"])).ok();
        assert_eq!(run.stdout, "");
        let path = jf.folder().join("out");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), on_stdout, "{command:?}");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "{command:?}");

        // Looked at before anything is sent; not replaced, nor is where a link points to.
        let nobody = Server::untouched();
        let flags_of = flags(&nobody);
        std::os::unix::fs::symlink("nowhere", jf.folder().join("link")).unwrap();
        for name in ["out", "link", "."] {
            jf.run(&with(command, &flags_of, &["--output", name])).fails(7, &["exists already"]);
        }
        jf.run(&with(command, &flags_of, &["--output", "no/such/folder"])).fails(1, &["cannot create"]);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), on_stdout);
        assert!(!jf.folder().join("nowhere").exists());
    }
}

#[test]
fn nothing_is_left_in_place_of_a_file_when_there_is_no_result() {
    for (command, _) in COMMANDS {
        let server = Server::start(vec![reply("403 Forbidden", "")]);
        let (jf, flags) = (Jf::new(), flags(&server));
        jf.run(&with(command, &flags, &["--output", "out"])).fails(5, &["403"]);
        assert_eq!(std::fs::read_dir(jf.folder()).unwrap().count(), 0, "{command:?}");
    }
}

const SECRETS: &str = r#"{"access_token":"access-1","refresh_token":"refresh-2","reference_token":"reference-3","token_id":"4"}"#;

#[test]
fn a_github_job_masks_a_new_token_before_it_can_be_seen() {
    for command in [&["atc"][..], &["token", "create"], &["eot", "p", "id"], &["rt", "atc"]] {
        for output in [&[][..], &["--format=env"], &["--output=result"]] {
            let server = Server::start(vec![reply("200 OK", SECRETS)]);
            let (jf, flags) = (Jf::new().env("GITHUB_ACTIONS", "true"), flags(&server));
            // Both into one file, as in the job's log.
            let log = std::fs::File::create(jf.folder().join("log")).unwrap();
            let mut run = jf.command(&with(command, &flags, output));
            run.stdin(Stdio::null()).stdout(log.try_clone().unwrap()).stderr(log);
            assert!(run.status().unwrap().success());
            let log = std::fs::read_to_string(jf.folder().join("log")).unwrap();
            for secret in ["access-1", "refresh-2", "reference-3"] {
                let mask = log.find(&format!("::add-mask::{secret}\n")).expect(&log);
                assert_eq!(log.find(secret), Some(mask + "::add-mask::".len()), "{log}");
                assert_eq!(
                    log.matches(secret).count(),
                    if output == ["--output=result"] { 1 } else { 2 },
                    "{log}"
                );
            }
            assert!(!log.contains("::add-mask::4"));
        }
    }
}

#[test]
fn nobody_else_gets_lines_for_the_runner() {
    let body = SECRETS;
    for (value, command) in
        [("", &["atc"][..]), ("false", &["atc"]), ("true", &["api", "x"]), ("true", &["rt", "ping"])]
    {
        let server = Server::start(vec![reply("200 OK", body)]);
        let flags = flags(&server);
        let run = Jf::new().env("GITHUB_ACTIONS", value).run(&with(command, &flags, &[])).ok();
        assert!(!run.stderr.contains("::add-mask::") && !run.stdout.contains("::add-mask::"), "{run:?}");
    }
}

#[test]
fn a_servers_words_are_no_command_for_the_runner() {
    let words = r#"one\n::stop-commands::x\n  ::set-output name=a::b\n##[add-mask]c\n ##[command]d"#;
    for body in [format!(r#"{{"errors":[{{"message":"{words}"}}]}}"#), words.replace("\\n", "\n")] {
        for command in [&["atc"][..], &["rt", "ping"]] {
            let server = Server::start(vec![reply("403 Forbidden", &body)]);
            let flags = flags(&server);
            let run = Jf::new().env("GITHUB_ACTIONS", "true").run(&with(command, &flags, &[]));
            let run = run.fails(5, &["one", "stop-commands"]);
            for line in run.stderr.lines() {
                assert!(!line.trim_start().starts_with("::") && !line.contains("##["), "{run:?}");
            }
        }
    }
    let server = Server::start(vec![reply("200 OK", "::stop-commands::x\n ##[command]")]);
    let run = Jf::new().env("GITHUB_ACTIONS", "true").run(&["rt", "ping", "--url", &server.url()]).ok();
    assert_eq!(run.stdout, ": :stop-commands::x\n ## [command]\n");
}
