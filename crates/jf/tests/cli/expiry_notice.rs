//! The one line that says that a configured access token ends soon, and when it is not said.

use crate::refresh_world::{HOUR, REFRESHABLE, config, jwt, token};
use crate::support::{CREATED, Jf, Server, reply};
use access_types::opaque::reference_token;
use secrecy::ExposeSecret as _;
use std::time::UNIX_EPOCH;

const DAY: i64 = 24 * HOUR;
/// Longer than the tool takes, and no matter for the words.
const MINUTE: i64 = 60;

#[expect(clippy::disallowed_methods, reason = "the tool asks the machine's clock, so the token must fit it")]
fn in_seconds(left: i64) -> u64 {
    (std::time::SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().cast_signed() + left)
        .cast_unsigned()
}

/// What `jf atc` with this token of the configuration says besides its result.
#[track_caller]
fn said(token: &str, fields: &str, variable: &str, flags: &[&str]) -> String {
    let server = Server::created();
    let mut jf = Jf::new().config(&config(&server.url(), token, fields));
    if !variable.is_empty() {
        jf = jf.env("JF_EXPIRY_NOTICE", variable);
    }
    let run = jf.run(&[&["atc"], flags].concat()).ok();
    assert!(run.stdout.contains("eyJ.made.up"), "{run:?}");
    run.stderr
}

#[test]
fn a_token_is_mentioned_a_week_before_its_end_in_one_line() {
    let text = said(&token(359 * DAY, 6 * DAY + MINUTE), "", "", &[]);
    assert!(text.starts_with("[Warn] the access token of server 'one' expires in 6 days (20"), "{text}");
    assert!(text.ends_with(" UTC); renew it: jf token rotate --self --server-id one\n"), "{text}");
    assert_eq!(text.lines().count(), 1, "{text}");
    for (left, is_said) in [(7 * DAY + MINUTE, false), (7 * DAY - MINUTE, true), (MINUTE, true)] {
        assert_eq!(!said(&token(359 * DAY, left), "", "", &[]).is_empty(), is_said, "{left}");
    }
}

#[test]
fn a_short_lived_token_is_mentioned_in_its_last_quarter() {
    for (age, left, is_said) in [
        (17 * HOUR, 7 * HOUR, false),
        (18 * HOUR - MINUTE, 6 * HOUR + MINUTE, false),
        (18 * HOUR + MINUTE, 6 * HOUR - MINUTE, true),
        (20 * DAY, 8 * DAY - MINUTE, false),
        (14 * DAY, 6 * DAY, false),
        (14 * DAY, 4 * DAY, true),
    ] {
        assert_eq!(!said(&token(age, left), "", "", &[]).is_empty(), is_said, "{age} {left}");
    }
}

#[test]
fn the_variable_says_how_long_before() {
    let day = |left| token(DAY - left, left);
    for (token, variable, is_said) in [
        (day(23 * HOUR), "7d", true),
        (day(13 * HOUR), "12h", false),
        (day(11 * HOUR), "12h", true),
        (token(300 * DAY, 20 * DAY), "30d", true),
        (day(MINUTE), "0", false),
        (token(DAY, -MINUTE), "0", false),
    ] {
        assert_eq!(!said(&token, "", variable, &[]).is_empty(), is_said, "{variable}");
    }
}

#[test]
fn a_value_that_is_no_duration_is_wrong_usage_before_anything_is_sent() {
    let server = Server::untouched();
    let jf = Jf::new().config(&config(&server.url(), &token(DAY, DAY), "")).env("JF_EXPIRY_NOTICE", "soon");
    for command in [&["atc"][..], &["api", "x"], &["rt", "ping"], &["whoami"], &["doctor"]] {
        jf.run(command)
            .fails(2, &["JF_EXPIRY_NOTICE: it must be a duration such as 7d", "unset JF_EXPIRY_NOTICE"]);
    }
    jf.atc(&server, &[]).fails(2, &["JF_EXPIRY_NOTICE"]);
}

#[test]
fn a_token_that_has_ended_is_told_with_what_replaces_it() {
    let text = said(&token(DAY, -2 * HOUR - MINUTE), "", "", &[]);
    assert!(text.starts_with("[Warn] the access token of server 'one' has expired (20"), "{text}");
    assert!(text.ends_with("; replace it: jf config edit one --access-token-stdin < token.txt\n"), "{text}");
    assert!(!text.contains("expires in"), "{text}");
}

#[test]
fn a_web_log_in_is_renewed_by_another_one() {
    for left in [DAY, -MINUTE] {
        let text = said(&token(90 * DAY, left), r#""webLogin":true,"#, "", &[]);
        assert!(text.ends_with(": jf login --server-id one\n"), "{text}");
    }
}

#[test]
fn what_jf_renews_itself_is_not_mentioned() {
    // Within the notice, and not yet within the last tenth.
    let near = || token(30 * DAY, 5 * DAY + MINUTE);
    assert_eq!(said(&near(), REFRESHABLE, "", &[]), "");
    assert!(said(&near(), REFRESHABLE, "", &["--disable-token-refresh"]).contains("expires in 5 days"));
    let switched_off = format!(r#"{REFRESHABLE}"disableTokenRefresh":true,"#);
    assert!(said(&near(), &switched_off, "", &[]).contains("expires in 5 days"));
}

#[test]
fn a_reference_token_says_its_end_too_and_nothing_renews_it() {
    let reference = |expiry| reference_token(expiry, &"aZ9".repeat(9)).expose_secret().to_owned();
    let near = reference(Some(in_seconds(3 * DAY + MINUTE)));
    for fields in ["", REFRESHABLE] {
        let text = said(&near, fields, "", &[]);
        assert!(text.contains("expires in 3 days") && !text.contains(&near), "{text}");
    }
    assert_eq!(said(&reference(Some(in_seconds(8 * DAY))), "", "", &[]), "");
    assert_eq!(said(&reference(None), "", "", &[]), "");
}

#[test]
fn tokens_without_an_end_and_texts_that_say_nothing_are_not_mentioned() {
    for quiet in ["opaque", &jwt("{}"), &jwt(r#"{"exp":"soon"}"#)] {
        assert_eq!(said(quiet, "", "", &[]), "");
    }
    let by_password = r#""password":"p","refreshToken":"made-of-it","#;
    assert_eq!(said(&token(DAY, MINUTE), by_password, "", &[]), "", "user and password are used");
}

#[test]
fn what_flags_and_variables_give_is_not_mentioned() {
    let server = Server::start(vec![reply("200 OK", CREATED), reply("200 OK", CREATED)]);
    let (url, near) = (server.url(), token(DAY, MINUTE));
    let flags = Jf::new().run(&["atc", "--url", &url, "--access-token", &near]).ok();
    let variables = Jf::new().env("JF_URL", &url).env("JF_ACCESS_TOKEN", &near).run(&["atc"]).ok();
    assert_eq!((flags.stderr.as_str(), variables.stderr.as_str()), ("", ""));
}

#[test]
fn every_command_that_uses_the_token_says_it_once_and_levels_silence_it() {
    for (command, calls) in [
        (&["atc", "--format=json"][..], 1),
        (&["api", "x"], 1),
        (&["rt", "ping"], 1),
        // On accessd's own path, and on the platform's.
        (&["token", "list"], 2),
    ] {
        let server = Server::start((0..calls).map(|_| reply("404 Not Found", "{}")).collect());
        let jf = Jf::new().config(&config(&server.url(), &token(DAY, MINUTE), ""));
        let run = jf.run(command);
        assert_eq!((run.code, run.stderr.matches("expires in").count()), (6, 1), "{run:?}");
    }
    let server = Server::created();
    let jf = Jf::new().config(&config(&server.url(), &token(DAY, MINUTE), ""));
    assert_eq!(jf.env("JFROG_CLI_LOG_LEVEL", "ERROR").run(&["atc"]).ok().stderr, "");
}

#[test]
fn the_command_that_renews_the_token_does_not_say_what_it_is_about_to_do() {
    for (target, is_said) in [("--self", false), ("0193-id", true)] {
        let refused = || reply("401 Unauthorized", "{}");
        let server = Server::start(vec![refused(), refused()]);
        let jf = Jf::new().config(&config(&server.url(), &token(DAY, MINUTE), ""));
        let run = jf.run(&["token", "rotate", target]).fails(4, &[]);
        assert_eq!(run.stderr.contains("expires in"), is_said, "{run:?}");
    }
}

#[test]
fn an_odd_server_id_is_a_word_of_the_command() {
    let server = Server::created();
    let text = config(&server.url(), &token(DAY, MINUTE), "").replace("\"one\"", "\"my server\"");
    let run = Jf::new().config(&text).run(&["atc"]).ok();
    assert!(run.stderr.ends_with("jf token rotate --self --server-id 'my server'\n"), "{run:?}");
}
