//! `jf whoami`: which server, as whom, by which credential, and until when.

use crate::doctor_world::{JSON, configured, encrypted, good_me, in_seconds, me, plain_token};
use crate::refresh_world::{HOUR, REFRESHABLE, config, ended, renewed, token};
use crate::support::{Jf, Run, Server, reply, reply_with};
use serde_json::Value;

const VERSION: &str = r#"{"version":"7.104.2","revision":"81","addons":[],"license":"x"}"#;
const REFUSED: &str = r#"{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, expired"}]}"#;

fn json(run: &Run) -> Value {
    serde_json::from_str(&run.stdout).unwrap()
}

/// Asks a server that knows the token, and gives back the JSON.
fn ask(jf: impl FnOnce(&str) -> Jf, flags: &[&str]) -> Value {
    let server = Server::start(vec![reply_with("200 OK", &[JSON], &good_me())]);
    let url = server.url();
    let flags: Vec<&str> =
        flags.iter().map(|flag| if *flag == "URL" { url.as_str() } else { flag }).collect();
    json(&jf(&url).run(&[&["whoami", "--format=json"], &flags[..]].concat()).ok())
}

#[test]
fn it_tells_what_accessd_tells_of_the_token() {
    let server = Server::start(vec![reply_with("200 OK", &[JSON], &good_me())]);
    let jf = configured(&server.url(), "");
    let run = jf.run(&["whoami"]).ok();
    assert_eq!(run.stderr, "");
    let file = jf.config_path().display().to_string();
    for (row, value) in [
        ("address", format!("{}/", server.url())),
        ("server", "one, the default one".to_owned()),
        ("configuration", file),
        ("credential", "access token of the configuration, kept in plain text".to_owned()),
        ("user", "frog".to_owned()),
        ("scope", "applied-permissions/user".to_owned()),
        ("allows", "everything that frog may".to_owned()),
        ("token id", "0193-id".to_owned()),
        ("accepted", "yes, says accessd".to_owned()),
    ] {
        assert!(run.stdout.contains(&format!("\n{row:15}{value}\n")), "{row} {value}: {}", run.stdout);
    }
    assert!(run.stdout.contains("\nissued         25 hours ago, 20"), "{}", run.stdout);
    assert!(run.stdout.contains("\nexpires        in 36"), "{}", run.stdout);
    let call = server.call();
    assert_eq!(call.line, "GET /access/api/accessd/v1/tokens/me HTTP/1.1");
    assert_eq!(call.header("authorization"), Some(&*format!("Bearer {}", plain_token())));
}

#[test]
fn a_platform_is_asked_on_its_public_path() {
    let answer = me(r#","expiry":0"#);
    let server = Server::start(vec![reply("404 Not Found", ""), reply("200 OK", &answer)]);
    let run = configured(&server.url(), "").run(&["whoami", "--format=json"]).ok();
    let told = json(&run);
    assert_eq!((&told["told_by"], &told["user"]), (&"platform".into(), &"frog".into()));
    assert!(told["expiry"].is_null() && told.as_object().unwrap().contains_key("expiry"), "never: {told}");
    assert_eq!(server.calls()[1].line, "GET /access/api/v1/tokens/me HTTP/1.1");

    let server = Server::start(vec![reply("404 Not Found", ""), reply("200 OK", &answer)]);
    let run = configured(&server.url(), "").run(&["whoami"]).ok();
    assert!(run.stdout.contains("\nexpires        never\n"), "{}", run.stdout);
    assert!(run.stdout.contains("\nscope          not known\n"), "{}", run.stdout);
}

#[test]
fn what_gave_address_and_token_is_named() {
    let home = |_: &str| Jf::new().stdin(&plain_token());
    let with_url = |url: &str| Jf::new().env("JF_URL", url);
    for (flags, credential) in [
        (&["--access-token", "t"][..], "--access-token"),
        (&["--access-token-stdin"], "--access-token-stdin"),
    ] {
        let told = ask(home, &[&["--url", "URL"], flags].concat());
        assert_eq!((&told["url_from"], &told["credential_from"]), (&"--url".into(), &credential.into()));
        assert!(told.get("server_id").is_none() && told.get("configuration").is_none(), "{told}");
    }
    let by_file = |_: &str| {
        let jf = Jf::new();
        std::fs::write(jf.folder().join("token"), plain_token()).unwrap();
        jf
    };
    let told = ask(by_file, &["--url", "URL", "--access-token-file=token"]);
    assert_eq!(told["credential_from"], "--access-token-file");
    let told = ask(|url| with_url(url).env("JF_ACCESS_TOKEN", "t"), &[]);
    assert_eq!(
        (&told["url_from"], &told["credential_from"], &told["credential"]),
        (&"JF_URL".into(), &"JF_ACCESS_TOKEN".into(), &"access_token".into())
    );
    let told = ask(|url| with_url(url).env("JF_ACCESS_TOKEN", "other"), &["--access-token=t"]);
    assert_eq!((&told["url_from"], &told["credential_from"]), (&"JF_URL".into(), &"--access-token".into()));
    let told = ask(|_| Jf::new().env("JF_ACCESS_TOKEN", "t"), &["--url", "URL"]);
    assert_eq!((&told["url_from"], &told["credential_from"]), (&"--url".into(), &"JF_ACCESS_TOKEN".into()));
}

#[test]
fn a_configured_server_is_named_with_why_and_how_its_secrets_are_kept() {
    for (flags, variable, chosen_by) in [
        (&[][..], "", "default"),
        (&["--server-id=one"], "", "--server-id"),
        (&[], "one", "JFROG_CLI_SERVER_ID"),
        (&["--server-id=one"], "other", "--server-id"),
    ] {
        let told = ask(|url| configured(url, "").env("JFROG_CLI_SERVER_ID", variable), flags);
        assert_eq!((&told["chosen_by"], &told["server_id"]), (&chosen_by.into(), &"one".into()));
        assert_eq!(
            (&told["url_from"], &told["credential_from"]),
            (&"configuration".into(), &"configuration".into())
        );
        assert_eq!(told["secrets"], "plain");
        assert!(told["configuration"].as_str().unwrap().ends_with("/jfrog-cli.conf.v6"), "{told}");
    }
    assert_eq!(ask(encrypted, &[])["secrets"], "encrypted");
    let server = Server::start(vec![reply_with("200 OK", &[JSON], &good_me())]);
    let run = encrypted(&server.url()).run(&["whoami"]).ok();
    assert!(run.stdout.contains("access token of the configuration, kept encrypted\n"), "{}", run.stdout);
}

#[test]
fn a_password_is_tried_once_by_a_cheap_call() {
    for (flags, variables, source) in [
        (&["--user=frog", "--password=pass-canary"][..], &[][..], "--password"),
        (&["--user=frog", "--password-stdin"], &[], "--password-stdin"),
        (&[], &[("JF_USER", "frog"), ("JF_PASSWORD", "pass-canary")], "JF_PASSWORD"),
    ] {
        for (status, code) in [("200 OK", 0), ("401 Unauthorized", 4)] {
            let body = if code == 0 { VERSION } else { r#"{"errors":[{"message":"Bad Credentials"}]}"# };
            let server = Server::start(vec![reply(status, body)]);
            let jf = Jf::new().env("JF_URL", &server.url()).stdin("pass-canary");
            let jf = variables.iter().fold(jf, |jf, (name, value)| jf.env(name, value));
            let run = jf.run(&[&["whoami"], flags].concat());
            assert_eq!(run.code, code, "{run:?}");
            assert!(!format!("{run:?}").contains("canary"), "{run:?}");
            let call = server.call();
            assert_eq!(call.line, "GET /artifactory/api/system/version HTTP/1.1");
            assert!(call.header("authorization").unwrap().starts_with("Basic "));
            if code == 0 {
                assert!(run.stdout.contains("\nuser        frog\n"), "{}", run.stdout);
                assert!(run.stdout.contains("accepted    yes, user and password\n"), "{}", run.stdout);
                let kind = if source.starts_with('-') { "flag" } else { "variable" };
                let words = format!("password of the {kind} {source}\n");
                assert!(run.stdout.contains(&words), "{}", run.stdout);
            } else {
                run.fails(4, &["401 Unauthorized", "Bad Credentials", "hint: the credentials are wrong"]);
            }
        }
    }
}

#[test]
fn a_refused_token_is_told_in_the_servers_words_with_the_next_step() {
    for format in [&[][..], &["--format=json"]] {
        let refused = || reply("401 Unauthorized", REFUSED);
        let server = Server::start(vec![refused(), refused()]);
        let run = configured(&server.url(), "").run(&[&["whoami"], format].concat());
        assert_eq!(run.code, 4, "{run:?}");
        let words = ["Invalid token, expired", "jf config edit one --access-token-stdin"];
        if format.is_empty() {
            run.fails(4, &words);
        } else {
            let told = json(&run);
            assert_eq!((&told["code"], &told["status_code"]), (&"credentials".into(), &401.into()));
            assert!(words.iter().all(|word| run.stdout.contains(word)), "{run:?}");
        }
    }
    let jf = Jf::new().config(
        r#"{"servers":[{"url":"http://127.0.0.1:1/","serverId":"one","isDefault":true}],"version":"6"}"#,
    );
    jf.run(&["whoami"]).fails(4, &["server 'one' has no credentials"]);
    Jf::new().run(&["whoami"]).fails(4, &["no JFrog Platform URL specified"]);
    Jf::new().run(&["whoami", "x"]).fails(2, &["No arguments should be sent."]);
    configured("http://127.0.0.1:1", "").run(&["whoami", "--retries=0"]).fails(8, &["no answer to GET"]);
}

#[test]
fn a_token_that_the_platform_keeps_no_record_of_speaks_for_itself_if_it_is_accepted() {
    let unknown = || reply("404 Not Found", r#"{"errors":[{"message":"no such token"}]}"#);
    let server = Server::start(vec![unknown(), unknown(), reply("200 OK", VERSION)]);
    let own = token(HOUR, HOUR + 30);
    let told =
        json(&Jf::new().config(&config(&server.url(), &own, "")).run(&["whoami", "--format=json"]).ok());
    assert_eq!((&told["told_by"], &told["user"]), (&"token".into(), &"frog".into()));
    assert!(told["expiry"].as_i64().unwrap() >= in_seconds(HOUR), "{told}");
    let server = Server::start(vec![unknown(), unknown(), reply("401 Unauthorized", REFUSED)]);
    Jf::new().config(&config(&server.url(), &own, "")).run(&["whoami"]).fails(4, &["Invalid token, expired"]);
}

#[test]
fn it_renews_as_every_command_does() {
    let fresh = token(0, HOUR);
    let server =
        Server::start(vec![reply("200 OK", &renewed(&fresh)), reply_with("200 OK", &[JSON], &good_me())]);
    Jf::new().config(&config(&server.url(), &ended(), REFRESHABLE)).run(&["whoami"]).ok();
    assert_eq!(server.calls()[1].header("authorization"), Some(&*format!("Bearer {fresh}")));
}

#[test]
fn no_secret_and_nothing_that_steers_a_terminal_is_shown() {
    let own = plain_token();
    let text = Value::String(format!("a\u{1b}[2J\u{202e} {own}")).to_string();
    let answer = format!(
        r#"{{"token_id":{text},"subject":{text},"scope":{text},"issued_at":1,"expiry":2,"issuer":{text}}}"#
    );
    for format in ["table", "json"] {
        let server = Server::start(vec![reply_with("200 OK", &[JSON], &answer)]);
        let jf = configured(&server.url(), "").env("JFROG_CLI_LOG_LEVEL", "DEBUG");
        let run = jf.run(&["whoami", "--format", format]).ok();
        let all = format!("{}{}", run.stdout, run.stderr);
        assert!(!all.contains("canary-signature") && !all.contains(['\u{1b}', '\u{202e}']), "{all}");
    }
}
