//! What the existing tool gets wrong (jf-cli.md section 8) and ours must not, as far as no other file shows it. The
//! numbers are those of that list.

use crate::lab::Trap;
use crate::support::{CREATED, Jf, REDIRECTS, Reply, Server, reply, reply_with};
use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

fn one(server: &Server, more: &str) -> String {
    format!(
        r#"{{"servers":[{{"url":"{}/",{more}"user":"frog","accessToken":"t","serverId":"one","isDefault":true}}],"version":"6"}}"#,
        server.url()
    )
}

#[test]
fn w1_w2_w17_w46_w48_nothing_is_done_that_nobody_asked_for() {
    // Whoever asks a host other than the server's would come by here.
    let proxy = Trap::catcher("127.0.0.1");
    let address = format!("http://127.0.0.1:{}", proxy.port());
    let server = Server::created();
    let jf = Jf::new().config(&one(&server, r#""artifactoryUrl":"http://127.0.0.1:1/artifactory/","#));
    let plugin = jf.home().join("plugins/p/bin/p");
    std::fs::create_dir_all(plugin.parent().unwrap()).unwrap();
    std::fs::write(&plugin, "#!/bin/sh\ntouch \"$HOME/plugin-ran\"\n").unwrap();
    std::fs::set_permissions(&plugin, std::fs::Permissions::from_mode(0o755)).unwrap();
    let temporary = jf.folder().join("tmp/jfrog.cli.temp.-1-2");
    std::fs::create_dir_all(&temporary).unwrap();
    let names = || {
        let mut names: Vec<_> =
            std::fs::read_dir(jf.home()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        names
    };
    let before = names();
    let run = |arguments: &[&str]| {
        let mut command = jf.command(arguments);
        command.env("HTTP_PROXY", &address).env("HTTPS_PROXY", &address).env("ALL_PROXY", &address);
        command.env("JFROG_CLI_TEMP_DIR", temporary.parent().unwrap());
        let output = command.output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    };
    for arguments in [&["atc"][..], &["--version"], &["atc", "--help"], &["options"], &["help"]] {
        run(arguments);
    }
    proxy.assert_untouched();
    assert!(!jf.folder().join("plugin-ran").exists() && temporary.exists());
    assert_eq!(names(), before);
}

#[test]
fn w2_flags_alone_need_no_home() {
    let server = Server::created();
    let jf = Jf::new();
    jf.atc(&server, &[]).ok();
    assert!(!jf.home().exists());
}

#[test]
fn w3_w7_no_offer_whatever_ci_says() {
    for ci in ["", "yes", "false", "true", "maybe"] {
        let server = Server::created();
        let run = Jf::new().env("CI", ci).stdin("maybe\n").atc(&server, &[]).ok();
        assert!(run.stdout.starts_with('{') && run.stderr.is_empty(), "{run:?}");
        Jf::new().env("CI", ci).stdin("maybe\n").run(&["atc"]).fails(4, &["no JFrog Platform URL"]);
    }
}

#[test]
fn w4_no_default_server_is_no_panic() {
    let jf = Jf::new().config(r#"{"servers":[{"url":"http://h","serverId":"a"}],"version":"6"}"#);
    for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["rt", "ping"], &["api", "x"]] {
        jf.run(command).fails(4, &["none of the configured servers is the default"]);
    }
}

#[test]
fn w5_a_broken_configuration_is_no_harm_to_flags() {
    for text in [
        "",
        "{",
        r#"{"servers":[],"version":"99"}"#,
        r#"{"servers":[{"accessToken":"x"}],"version":"6","enc":true}"#,
    ] {
        for (command, body) in [
            (&["atc"][..], CREATED),
            (&["eot", "p", "id"], CREATED),
            (&["rt", "ping"], "OK"),
            (&["api", "x"], ""),
        ] {
            let server = Server::start(vec![reply("200 OK", body)]);
            let url = server.url();
            let jf = Jf::new().config(text);
            jf.run(&[command, &["--url", &url, "--access-token=t"]].concat()).ok();
            assert_eq!(jf.config_text(), text);
        }
    }
}

#[test]
fn w6_the_format_is_looked_at_before_a_token_is_made() {
    let nobody = Server::untouched();
    Jf::new()
        .atc(&nobody, &["--format", "jsno"])
        .fails(2, &["only the following output formats are supported: json"]);
}

#[test]
fn w8_booleans_are_booleans() {
    for (arguments, body) in [
        (
            &["--refreshable=false", "frog"][..],
            r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#,
        ),
        (
            &["--refreshable", "frog", "--expiry", "10"],
            r#"{"expires_in":10,"refreshable":true,"include_reference_token":false,"username":"frog"}"#,
        ),
    ] {
        let server = Server::created();
        Jf::new().atc(&server, arguments).ok();
        assert_eq!(server.call().body, body, "{arguments:?}");
    }
}

#[test]
fn w9_w10_w35_a_token_needs_no_argument() {
    for (jf, flag) in [
        (Jf::new().stdin("t"), "--access-token-stdin"),
        (Jf::new().env("JF_ACCESS_TOKEN", "t"), "--insecure-tls=false"),
    ] {
        for command in [&["atc"][..], &["rt", "atc"], &["rt", "ping"], &["api", "x"]] {
            let server = Server::created();
            let url = server.url();
            jf.run(&[command, &["--url", &url, flag]].concat()).ok();
            assert_eq!(server.call().header("authorization"), Some("Bearer t"), "{command:?}");
        }
    }
}

#[test]
fn w11_what_the_server_sends_besides_is_kept_whatever_its_type() {
    for expires_in in ["-1", "1.5", "\"soon\"", "null", "[1]", "18446744073709551615", "1e3"] {
        let body =
            CREATED.replace("31536000", expires_in).replace('}', r#","issued_at":"now","own":{"a":0.1}}"#);
        for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"]] {
            let server = Server::start(vec![reply("200 OK", &body)]);
            let url = server.url();
            let run = Jf::new().run(&[command, &["--url", &url, "--access-token=t"]].concat()).ok();
            let printed: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(
                (&printed["issued_at"], &printed["own"]["a"]),
                (&"now".into(), &0.1.into()),
                "{run:?}"
            );
            assert!(run.stdout.contains("eyJ.made.up"));
        }
    }
}

#[test]
fn w12_a_year_is_a_number_of_seconds_and_a_token_is_whole() {
    let token = format!("eyJ.{}.end", "x".repeat(2000));
    for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"]] {
        let server = Server::start(vec![reply("200 OK", &CREATED.replace("eyJ.made.up", &token))]);
        let url = server.url();
        let run =
            Jf::new().run(&[command, &["--url", &url, "--access-token=t", "--format=table"]].concat()).ok();
        assert!(
            run.stdout.contains("  31536000\n") && run.stdout.contains(&format!("  {token}\n")),
            "{run:?}"
        );
    }
}

#[test]
fn w13_a_retry_waits_and_says_that_it_is_one() {
    let server = Server::start(vec![
        reply_with("429 Too Many Requests", &["Retry-After: 0"], ""),
        reply("200 OK", CREATED),
    ]);
    let run = Jf::new().atc(&server, &[]).ok();
    assert!(run.stderr.contains("trying again in 0 ms"), "{run:?}");
    let [first, second] = server.calls().try_into().unwrap();
    assert!(first.header("idempotency-key").is_some());
    assert_eq!(first.header("idempotency-key"), second.header("idempotency-key"));
}

#[test]
fn w15_no_post_follows_a_redirect() {
    for command in
        [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["api", "x", "-X", "POST", "-d", "{}"]]
    {
        for status in REDIRECTS {
            let elsewhere = Server::untouched();
            let server =
                Server::start(vec![reply_with(status, &[&format!("Location: {}/x", elsewhere.url())], "")]);
            let url = server.url();
            Jf::new()
                .run(&[command, &["--url", &url, "--access-token=t"]].concat())
                .fails(1, &["were not sent there"]);
        }
    }
}

#[test]
fn w16_a_silent_server_holds_nobody_up() {
    // At the same time, since each of them takes its second.
    std::thread::scope(|scope| {
        for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["rt", "ping"], &["api", "x"]] {
            scope.spawn(move || {
                let server = Server::start(vec![Reply::Silence(Duration::from_secs(3))]);
                let url = server.url();
                let flags = ["--url", &url, "--access-token=t", "--response-timeout=1"];
                Jf::new().run(&[command, &flags].concat()).fails(8, &["no answer began within 1 s"]);
            });
        }
    });
}

#[test]
fn w34_no_letter_of_a_result_is_dropped() {
    let server =
        Server::start(vec![reply("200 OK", &CREATED.replace("applied-permissions/user", "🐸 grün"))]);
    assert!(Jf::new().atc(&server, &[]).ok().stdout.contains("\"scope\": \"🐸 grün\""));
}

#[test]
fn w41_a_groups_name_may_have_spaces_and_commas() {
    let server = Server::created();
    Jf::new().atc(&server, &["--groups", r#"a b,"c,d",e"#]).ok();
    assert!(server.call().body.starts_with(r#"{"scope":"applied-permissions/groups:\"a b\",\"c,d\",e","#));
}

#[test]
fn w42_an_address_is_looked_at_first() {
    for (url, words) in [
        ("127.0.0.1:1", "scheme"),
        ("ftp://h/", "http"),
        ("http://h/?a=b", "--url"),
        ("http://u:canary@h/", "--url"),
        ("ssh://h", "http"),
    ] {
        for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "ping"], &["api", "x"]] {
            let jf = Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG");
            let run = jf.run(&[command, &["--url", url, "--access-token=t"]].concat()).fails(2, &[words]);
            assert!(!run.stderr.contains("canary"), "{run:?}");
        }
    }
    let server = Server::start(vec![reply("404 Not Found", "")]);
    let url = format!("{}/artifactory", server.url());
    let run = Jf::new().run(&["atc", "--url", &url, "--access-token=t"]).fails(6, &["[Warn] "]);
    assert!(run.stderr.contains("artifactory"), "{run:?}");
}

#[test]
fn w44_the_access_services_own_address_counts() {
    for (command, line) in [
        (&["atc"][..], "POST /own/api/v1/tokens HTTP/1.1"),
        (&["eot", "p", "id"], "POST /own/api/v1/oidc/token HTTP/1.1"),
    ] {
        let server = Server::created();
        let jf = Jf::new().config(&one(&server, &format!(r#""accessUrl":"{}/own/","#, server.url())));
        jf.run(command).ok();
        assert_eq!(server.call().line, line);
    }
}

#[test]
fn w47_the_status_is_a_line_of_its_own() {
    let server = Server::start(vec![reply("200 OK", "OK")]);
    let run = Jf::new().config(&one(&server, "")).run(&["api", "access/api/v1/system/ping"]).ok();
    assert_eq!((run.stdout.as_str(), run.stderr.as_str()), ("OK\n", "[Info] Http Status: 200\n"));
}

#[test]
fn w49_the_log_level_is_read_in_any_case() {
    for (level, speaks) in [("debug", true), ("Verbose", true), ("error", false), ("WARN", false)] {
        let server = Server::start(vec![reply("200 OK", "OK")]);
        let run =
            Jf::new().env("JFROG_CLI_LOG_LEVEL", level).config(&one(&server, "")).run(&["api", "x"]).ok();
        assert_eq!(run.stderr.contains("[Debug] GET "), speaks, "{level}: {run:?}");
        assert_eq!(run.stderr.is_empty(), !speaks, "{level}: {run:?}");
    }
}

#[test]
fn w26_plain_http_is_warned_about_once_and_before_anything_is_sent() {
    let token = crate::refresh_world::due();
    let text =
        crate::refresh_world::config("http://platform.example", &token, crate::refresh_world::REFRESHABLE);
    for command in [&["atc"][..], &["eot", "p", "id"], &["rt", "atc"], &["rt", "ping"], &["api", "x"]] {
        // A proxy that is not there: nothing leaves this machine.
        let jf = Jf::new()
            .config(&text)
            .env("HTTP_PROXY", "http://127.0.0.1:1")
            .env("JFROG_CLI_LOG_LEVEL", "DEBUG");
        let run = jf.run(&[command, &["--retries=0"]].concat()).fails(8, &["no answer to"]);
        let warning = "[Warn] Your configured JFrog URL uses an insecure HTTP connection.";
        let sent = ["[Debug] POST ", "[Debug] GET "].iter().filter_map(|line| run.stderr.find(line)).min();
        assert!(run.stderr.find(warning) < sent, "{run:?}");
        assert_eq!(run.stderr.matches(warning).count(), 1, "{run:?}");
    }
}
