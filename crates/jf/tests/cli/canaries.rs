//! The sweep: every command, at the most verbose level, against servers that repeat every secret they are sent and
//! fail in every way. No secret may be seen anywhere but in a result that is the secret.

use crate::support::{Jf, Reply, Run, Server, reply_with};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// One for each kind of secret. The JWT's signature is the secret part of it.
const SIGNATURE: &str = "c2lnbmF0dXJlLWNhbmFyeS1zaWduYXR1cmU";
const PASSWORD: &str = "pass word/canary+1";
const REFERENCE: &str = "cmVmdGtuOjAxOjAwMDAwMDAwMDA6Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5Y2FuYXJ5MDE";
const REFRESH: &str = "refresh-canary-0123456789";
const ID_TOKEN: &str = "id-canary-0123456789";
const PASSPHRASE: &str = "ssh-canary-0123456789";
const MASTER_KEY: &str = "canarycanarycanarycanarycanary32";
const MADE: &str = "made-canary-0123456789";
const SECRETS: [&str; 8] = [SIGNATURE, PASSWORD, REFERENCE, REFRESH, ID_TOKEN, PASSPHRASE, MASTER_KEY, MADE];

fn jwt(claims: &str) -> String {
    format!(
        "{}.{}.{SIGNATURE}",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RS256","typ":"JWT"}"#),
        URL_SAFE_NO_PAD.encode(claims)
    )
}

/// A token that has long expired, so that it is renewed first.
fn expired() -> String {
    jwt(r#"{"sub":"jfac@x/users/frog","iat":1000,"exp":2000}"#)
}

fn fresh() -> String {
    jwt(r#"{"sub":"jfac@x/users/frog"}"#)
}

/// Every spelling in which a secret could be seen.
fn spellings(secret: &str) -> Vec<String> {
    let percent =
        percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC).to_string();
    let form: String = form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    // A password goes over the wire in this form.
    let basic = if secret == PASSWORD { format!("frog:{secret}") } else { secret.to_owned() };
    vec![
        secret.to_owned(),
        STANDARD.encode(secret),
        STANDARD.encode(basic),
        URL_SAFE_NO_PAD.encode(secret),
        percent,
        form,
        secret.replace('/', "\\/"),
    ]
}

#[track_caller]
fn assert_silent(what: &str, text: &str, secrets: &[&str]) {
    for secret in secrets {
        for spelling in spellings(secret) {
            assert!(!text.contains(&spelling), "{what} shows {secret:?} as {spelling:?}:\n{text}");
        }
    }
}

/// Answers that repeat these secrets, of every kind a command can meet. One is enough to end each command.
fn answers(given: &[&str]) -> Vec<Reply> {
    let token = fresh();
    let echo: Vec<String> = given.iter().flat_map(|secret| spellings(secret)).collect();
    let echo = format!("{token} {REFERENCE} {}", echo.join(" "));
    let json =
        serde_json::json!({"errors": [{"code": echo, "message": echo, "detail": echo}], "access_token": MADE,
        "refresh_token": MADE, "reference_token": MADE, &echo: [echo, {"a": echo}]})
        .to_string();
    let location =
        format!("Location: http://frog:{}@127.0.0.1:1/{REFERENCE}?token={token}", spellings(given[0])[5]);
    let warning = format!("Warning: 299 x \"{echo}\"");
    let statuses = [
        "400 Bad", "401 No", "403 No", "404 No", "409 No", "418 Tea", "429 Wait", "500 Oh", "503 Busy",
        "201 Made",
    ];
    let mut answers: Vec<Reply> = statuses
        .into_iter()
        .flat_map(|status| [reply_with(status, &[&warning], &json), reply_with(status, &[], &echo)])
        .collect();
    answers.extend(["301 Moved", "307 Moved"].map(|status| reply_with(status, &[&location], &json)));
    answers.push(reply_with("200 OK", &[&warning], &echo));
    answers.push(reply_with("200 OK", &[], r#"{"errors":[]}"#));
    answers.push(Reply::HangUp);
    answers
}

fn world(config: &str) -> Jf {
    Jf::new().config(config).env("JFROG_CLI_LOG_LEVEL", "VERBOSE").stdin(REFERENCE)
}

fn server_entry(url: &str, token: &str) -> String {
    format!(
        r#"{{"servers":[{{"url":"{url}/","user":"frog","accessToken":"{token}","refreshToken":"{REFRESH}","sshPassphrase":"{PASSPHRASE}","serverId":"one","isDefault":true,"webLogin":true}}],"version":"6"}}"#
    )
}

/// Runs a command once for each answer that repeats the secrets it was given.
fn sweep(given: &[&str], shows_body: bool, run: impl Fn(&Server) -> Run) {
    // A token is known by its form, whoever it is given to; its signature alone only if it was ours.
    let whole = fresh();
    let seen = [given, &[&whole, REFERENCE, MADE]].concat();
    for answer in answers(given) {
        let server = Server::start(vec![answer]);
        let run = run(&server);
        assert_silent("stderr", &run.stderr, &seen);
        if !shows_body {
            assert_silent("stdout", &run.stdout, &seen);
        }
    }
}

#[test]
fn credentials_by_flag() {
    let token = fresh();
    for secret in [
        vec!["--access-token", token.as_str()],
        vec!["--access-token-stdin"],
        vec!["--user", "frog", "--password", PASSWORD],
        vec!["--access-token", token.as_str(), "--ssh-passphrase", PASSPHRASE],
    ] {
        for command in
            [&["atc"][..], &["rt", "atc"], &["rt", "ping"], &["token", "create", "--format", "json"]]
        {
            let given = match secret[..] {
                [.., PASSWORD] => PASSWORD,
                ["--access-token-stdin"] => REFERENCE,
                _ => SIGNATURE,
            };
            // A 200 of a ping is shown as it came; every other answer here is a failure.
            sweep(&[given], command == ["rt", "ping"], |server| {
                let url = server.url();
                let flags = ["--url", &url, "--retries=0"];
                Jf::new()
                    .env("JFROG_CLI_LOG_LEVEL", "DEBUG")
                    .stdin(REFERENCE)
                    .run(&[command, &flags, &secret].concat())
            });
        }
    }
}

#[test]
fn what_is_done_with_tokens_that_were_made() {
    let token = fresh();
    for command in [
        &["token", "list"][..],
        &["token", "list", "--format=json"],
        &["token", "show", "me"],
        &["token", "revoke", "id-1"],
        &["token", "revoke", "--self"],
        &["token", "revoke", "--expired", "--yes"],
        &["token", "rotate", "id-1"],
        &["token", "rotate", "--self"],
        &["token", "exec", "--", "true"],
    ] {
        sweep(&[SIGNATURE], false, |server| {
            let jf = Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG");
            let url = server.url();
            let flags = ["--url", &url, "--retries=0", "--access-token", &token];
            let (command, program) = match command.iter().position(|word| *word == "--") {
                Some(at) => command.split_at(at),
                None => (command, &[][..]),
            };
            answered_once(server, jf.run(&[command, &flags, program].concat()))
        });
    }
}

#[test]
fn tokens_on_standard_input() {
    for (command, given) in [
        (&["token", "inspect"][..], fresh()),
        (&["token", "inspect", "--verify"], fresh()),
        (&["token", "revoke", "-"], fresh()),
        (&["token", "revoke", "-"], REFERENCE.to_owned()),
        (
            &["token", "refresh", "-"],
            format!(r#"{{"access_token":"{}","refresh_token":"{REFRESH}"}}"#, fresh()),
        ),
    ] {
        // What is inspected without the server asks nobody.
        if command == ["token", "inspect"] {
            let run = Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG").stdin(&given).run(command).ok();
            assert_silent("stdout", &run.stdout, &SECRETS);
            assert_silent("stderr", &run.stderr, &SECRETS);
            continue;
        }
        let secrets: Vec<&str> =
            [SIGNATURE, REFRESH, REFERENCE].into_iter().filter(|secret| given.contains(secret)).collect();
        sweep(&secrets, false, |server| {
            let jf = Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG").stdin(&given);
            let url = server.url();
            answered_once(server, jf.run(&[command, &["--url", &url, "--retries=0"]].concat()))
        });
    }
}

/// These commands ask more than once; what comes after the scripted answer is a refusal.
fn answered_once(server: &Server, run: Run) -> Run {
    server.forget_further_calls();
    run
}

#[test]
fn credentials_of_the_configuration_and_their_renewal() {
    for token in [fresh(), expired()] {
        for command in
            [&["atc"][..], &["rt", "atc"], &["api", "x", "-H", "X-JFrog-Art-Api: key-canary-0123456789"]]
        {
            // `jf api` shows the body, whatever it is.
            sweep(&[REFRESH], command[0] == "api", |server| {
                world(&server_entry(&server.url(), &token)).run(
                    &[command, &["--retries=0", "--verbose"][..1 + usize::from(command[0] == "api")]]
                        .concat(),
                )
            });
        }
    }
}

#[test]
fn an_oidc_exchange() {
    for command in [
        &["eot", "provider", ID_TOKEN][..],
        &["eot", "--oidc-provider-name=p", "--oidc-token-id", ID_TOKEN, "--format=json"],
        &["c", "add", "new", "--interactive=false", "--oidc-provider-name=p", "--oidc-token-id", ID_TOKEN],
    ] {
        sweep(&[ID_TOKEN], false, |server| {
            world("{\"version\":\"6\"}").run(&[command, &["--url", &server.url(), "--retries=0"]].concat())
        });
    }
}

#[test]
fn an_encrypted_password() {
    sweep(&[PASSWORD], false, |server| {
        let url = server.url();
        let flags =
            ["c", "add", "x", "--url", &url, "--user=frog", "--password", PASSWORD, "--interactive=false"];
        Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG").run(&flags)
    });
}

#[test]
fn what_is_kept_is_shown_by_export_only() {
    let text =
        server_entry("https://h", &fresh()).replace("webLogin\":true", &format!("password\":\"{PASSWORD}\""));
    let key = ("JFROG_CLI_ENCRYPTION_KEY", MASTER_KEY);
    for arguments in [
        &["c", "show"][..],
        &["c", "show", "one", "--format=json"],
        &["c", "show", "--format=table"],
        &["c", "use", "one"],
        &["c", "show", "nobody"],
        &["c", "edit", "one", "--url=https://other"],
        &["c", "add", "one", "--url=https://h", "--access-token", REFERENCE],
        &["c", "import", REFERENCE],
        &["c", "import", "-"],
        &["c", "rm", "one", "--quiet"],
        &["c", "export", "--master-key-stdin"],
        &["c", "add", "--generate-bash-completion"],
    ] {
        for jf in [world(&text), world(&text).env(key.0, key.1), world(&text[..text.len() - 9])] {
            let run = jf.run(arguments);
            assert_silent("stderr", &run.stderr, &SECRETS);
            if !arguments.contains(&"export") {
                assert_silent("stdout", &run.stdout, &SECRETS);
            }
        }
    }
}

#[test]
fn wrong_command_lines_do_not_repeat_what_may_be_a_secret() {
    for arguments in [
        vec!["atc", "--acces-token=CANARY"],
        vec!["atc", "--access-token-stdin=CANARY"],
        vec!["atc", "--access-token-file=CANARY"],
        vec!["eot", "p", "CANARY", "more", "--format=json"],
        vec!["api", "x", "-H", "CANARY"],
        vec!["c", "import", "CANARY"],
        vec!["c", "import", "CANARY", "CANARY"],
        vec!["atc", "--url", "https://frog:CANARY@h", "--access-token=CANARY"],
        vec!["c", "add", "x", "--url", "https://CANARY@h/"],
        vec!["atc", "--password", "CANARY", "--password-stdin"],
        vec!["-uCANARY", "atc"],
    ] {
        let arguments: Vec<String> = arguments.iter().map(|word| word.replace("CANARY", REFERENCE)).collect();
        let run = world("{").run(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
        assert_ne!(run.code, 0, "{arguments:?}");
        assert_silent("stderr", &run.stderr, &SECRETS);
        assert_silent("stdout", &run.stdout, &SECRETS);
    }
}

#[test]
fn a_created_token_is_on_standard_output_alone() {
    let body = format!(
        r#"{{"access_token":"{MADE}","refresh_token":"{REFRESH}","reference_token":"{REFERENCE}","token_id":"i"}}"#
    );
    for command in [&["atc"][..], &["eot", "p", ID_TOKEN], &["rt", "atc"]] {
        let server =
            Server::start(vec![reply_with("200 OK", &["Warning: 299 x \"made-canary-0123456789\""], &body)]);
        let url = server.url();
        let run = Jf::new()
            .env("JFROG_CLI_LOG_LEVEL", "DEBUG")
            .run(&[command, &["--url", &url, "--user=frog", "--password", PASSWORD]].concat())
            .ok();
        assert!(run.stdout.contains(MADE));
        // A server that repeats a new token in a warning is the one thing nobody can know beforehand.
        let stderr = run.stderr.replace(&format!("[Warn] {MADE}\n"), "");
        assert_silent("stderr", &stderr, &SECRETS);
        assert_silent("stdout", &run.stdout, &[PASSWORD, ID_TOKEN]);
    }
}

#[test]
fn a_broken_proxy_address_keeps_its_password() {
    for proxy in [
        format!("http://frog:{REFRESH}@127.0.0.1:1"),
        format!("gopher://frog:{REFRESH}@p"),
        format!("socks5://u:{REFRESH}@127.0.0.1:1"),
    ] {
        let run = Jf::new().env("HTTPS_PROXY", &proxy).env("JFROG_CLI_LOG_LEVEL", "DEBUG").run(&[
            "atc",
            "--url=https://platform.test",
            "--access-token",
            &fresh(),
            "--retries=0",
        ]);
        assert_ne!(run.code, 0);
        assert_silent("stderr", &run.stderr, &SECRETS);
    }
}
