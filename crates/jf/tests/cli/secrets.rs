//! No secret is ever seen where it has no business, at any log level.

use crate::support::{Jf, Server, reply};

#[test]
fn no_message_has_a_secret_in_it() {
    let echo =
        r#"{"errors":[{"message":"bad canary-token and canary-password and dTpjYW5hcnktcGFzc3dvcmQ="}]}"#;
    let (token, basic) =
        (&["--access-token", "canary-token"][..], &["--user", "u", "--password", "canary-password"][..]);
    for level in ["DEBUG", "VERBOSE", "debug"] {
        for (credentials, secrets) in
            [(token, &["canary-token"][..]), (basic, &["canary-password", "dTpjYW5h"])]
        {
            for (status, more) in [
                ("200 OK", &[][..]),
                ("401 Unauthorized", &[]),
                ("401 Unauthorized", &["--format=json"]),
                ("500 Internal Server Error", &[]),
            ] {
                let server = Server::start(vec![reply(status, echo)]);
                let url = server.url();
                let jf = Jf::new().env("JFROG_CLI_LOG_LEVEL", level);
                let run = jf.run(&[&["atc", "--url", &url], credentials, more].concat());
                assert_ne!(run.code, 0);
                for secret in secrets {
                    assert!(!format!("{run:?}").contains(secret), "{credentials:?} {status}: {run:?}");
                }
            }
        }
    }
}

#[test]
fn an_escaped_echo_is_found_too() {
    let password = "can\"ary<\u{e9}";
    let echo = r#"{"errors":[{"message":"not can\"ary\u003c\u00e9, sorry"}]}"#;
    for more in [&[][..], &["--format=json"]] {
        let server = Server::start(vec![reply("401 Unauthorized", echo)]);
        let url = server.url();
        let run =
            Jf::new().run(&[&["atc", "--url", &url, "--user=u", "--password", password], more].concat());
        assert!(format!("{}{}", run.stdout, run.stderr).contains("not ***, sorry"), "{run:?}");
    }
}

#[test]
fn tokens_of_an_answer_that_is_no_success_are_not_shown() {
    let body = r#"{"token_id":"the-id","access_token":"canary","refresh_token":"canary","x":[{"reference_token":"canary"}]}"#;
    for more in [&[][..], &["--format=json"]] {
        let server = Server::start(vec![reply("201 Created", body)]);
        let run = Jf::new().atc(&server, more);
        let shown = format!("{}{}", run.stdout, run.stderr);
        assert!(run.code == 1 && shown.contains("the-id") && !shown.contains("\"canary"), "{run:?}");
    }
}

#[test]
fn a_mistyped_command_line_repeats_no_secret() {
    for arguments in [
        &["--access-token", "canary-token", "--password", "canary-password", "--nonsense"][..],
        &["--acces-token=canary-token"],
        &["--acces-token", "canary-token"],
        &["--user", "u:canary", "--password", "canary-password", "-x"],
        &["--access-token", "canary-token", "canary-token", "canary-token"],
        &["--access-token", "canary token"],
        &["--access-token-stdin=canary"],
        &["-ufrog:canary"],
    ] {
        let server = Server::untouched();
        let url = server.url();
        let run = Jf::new().run(&[&["atc", "--url", &url], arguments].concat()).fails(2, &[]);
        assert!(!run.stderr.contains("canary"), "{arguments:?}: {}", run.stderr);
    }
}

#[test]
fn a_password_in_the_address_is_refused_unseen() {
    for jf in [Jf::new().env("JF_ACCESS_TOKEN", "canary"), Jf::new().env("JF_URL", "https://u:canary@h")] {
        let run = jf
            .run(&["atc", "--url", "https://me:canary@host/"])
            .fails(2, &["--url", "user name or password"]);
        assert!(!run.stderr.contains("canary"), "{}", run.stderr);
    }
}

#[test]
fn debug_lines_say_where_and_what_came_back() {
    let server = Server::created();
    let run = Jf::new().env("JFROG_CLI_LOG_LEVEL", "debug").atc(&server, &[]).ok();
    let url = format!("{}/access/api/v1/tokens", server.url());
    assert_eq!(run.stderr, format!("[Debug] POST {url}\n[Debug] 200 OK from {url}\n"));
}
