//! When a configured server's token is renewed, what is asked then, and what is kept of the answer.

use crate::refresh_world::{HOUR, REFRESHABLE, config, due, ended, field, jwt, renewed, token};
use crate::support::{CREATED, Jf, Server, reply};
use crate::tls_world::{self, self_signed};
use rustls::{ServerConnection, StreamOwned};
use std::sync::Arc;

/// A run of `jf atc` against a server that shall get the create alone.
fn assert_left_alone(token: &str, fields: &str, arguments: &[&str]) {
    let server = Server::created();
    let text = config(&server.url(), token, fields);
    // That it ends soon is another test's.
    let jf = Jf::new().config(&text).env("JF_EXPIRY_NOTICE", "0");
    let run = jf.run(&[&["atc"], arguments].concat()).ok();
    assert_eq!(run.stderr, "");
    assert_eq!(server.call().header("authorization"), Some(&*format!("Bearer {token}")));
    assert_eq!(jf.config_text(), text, "nothing is written");
}

#[test]
fn only_the_last_tenth_of_the_life_is_due() {
    assert_left_alone(&token(HOUR * 8 / 10, HOUR * 2 / 10), REFRESHABLE, &[]);
    // A year's token is due in its last week, which is less than a tenth.
    assert_left_alone(&token(340 * 24 * HOUR, 25 * 24 * HOUR), REFRESHABLE, &[]);
    for token in [token(HOUR * 95 / 100, HOUR * 5 / 100), token(359 * 24 * HOUR, 6 * 24 * HOUR), ended()] {
        let fresh = crate::refresh_world::token(0, HOUR);
        let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
        let jf = Jf::new().config(&config(&server.url(), &token, REFRESHABLE));
        assert_eq!(jf.run(&["atc"]).ok().stderr, "");
        assert_eq!(server.calls()[1].header("authorization"), Some(&*format!("Bearer {fresh}")));
    }
}

#[test]
fn cli_3002_a_token_of_twenty_minutes_is_not_renewed_by_each_command() {
    assert_left_alone(&token(0, 20 * 60), REFRESHABLE, &[]);
    assert_left_alone(&token(17 * 60, 3 * 60), REFRESHABLE, &[]);
    assert_left_alone(&token(0, 30), REFRESHABLE, &[]);
}

#[test]
fn the_request_is_that_of_the_existing_tool() {
    let (old, fresh) = (due(), token(0, HOUR));
    let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
    let jf = Jf::new().config(&config(&server.url(), &old, REFRESHABLE));
    jf.run(&["atc"]).ok();
    let [refresh, create] = server.calls().try_into().unwrap();
    assert_eq!(refresh.line, "POST /access/api/v1/tokens HTTP/1.1");
    assert_eq!(
        refresh.body,
        format!(
            r#"{{"access_token":"{old}","refreshable":true,"refresh_token":"old-refresh","grant_type":"refresh_token"}}"#
        )
    );
    assert_eq!(refresh.header("authorization"), Some(&*format!("Bearer {old}")));
    assert_eq!(refresh.header("content-type"), Some("application/json"));
    assert_eq!(refresh.header("uber-trace-id"), create.header("uber-trace-id"));
    assert!(refresh.header("user-agent").unwrap().starts_with("jfrog-cli-go/2.121.0"));
    // The lost-answer rule does for it what the key does for a create.
    assert_eq!(refresh.header("idempotency-key"), None);
    assert_eq!(create.body, r#"{"refreshable":false,"include_reference_token":false,"username":"frog"}"#);
}

#[test]
fn w50_the_order_of_servers_and_all_other_fields_are_kept() {
    let fresh = token(0, HOUR);
    let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
    let text = |token: &str, refresh: &str| {
        format!(
            r#"{{
  "servers": [
    {{
      "url": "{url}/",
      "user": "frog",
      "accessToken": "{token}",
      "refreshToken": "{refresh}",
      "tokenRefreshInterval": 60,
      "serverId": "one",
      "isDefault": true,
      "webLogin": true,
      "ownField": {{
        "x": 1
      }}
    }},
    {{
      "url": "https://other/",
      "serverId": "two"
    }}
  ],
  "version": "6",
  "ownTop": 7
}}"#,
            url = server.url()
        )
    };
    let jf = Jf::new().config(&text(&due(), "old-refresh"));
    jf.run(&["atc"]).ok();
    assert_eq!(jf.config_text(), text(&fresh, "new-refresh"));
}

#[test]
fn w50_certificates_and_the_unchecked_connection_hold_for_the_refresh() {
    let (own, client) = (self_signed("localhost"), self_signed("client"));
    let tls = tls_world::server_config(&own, Some(&client), rustls::ALL_VERSIONS);
    let replies = vec![reply("200 OK", &renewed(&token(0, HOUR))), reply("200 OK", CREATED)];
    let server = Server::serve(replies, move |stream| {
        let connection = ServerConnection::new(Arc::clone(&tls)).unwrap();
        Some(Box::new(StreamOwned::new(connection, stream)))
    });
    let jf = Jf::new();
    let path = |name: &str| jf.folder().join(name).display().to_string();
    std::fs::write(path("cert"), &client.certificate).unwrap();
    std::fs::write(path("key"), &client.key).unwrap();
    let fields =
        format!(r#"{REFRESHABLE}"clientCertPath":"{}","clientCertKeyPath":"{}","#, path("cert"), path("key"));
    let jf = jf.config(&config(&server.https_url(), &ended(), &fields));
    jf.run(&["atc"]).fails(8, &["Refresh access token failed: no answer to POST"]);
    jf.run(&["atc", "--insecure-tls"]).ok();
}

#[test]
fn w29_payloads_of_the_url_safe_alphabet_are_read() {
    let payload = r#"{"sub":"jfac@1/users/???>>>~~~ü","iat":1,"exp":2}"#;
    let old = jwt(payload);
    assert!(old.contains(['-', '_']) && old.split('.').nth(1).unwrap().contains(['-', '_']), "{old}");
    let server = Server::start(vec![reply("200 OK", &renewed(&token(0, HOUR))), reply("200 OK", CREATED)]);
    let jf = Jf::new().config(&config(&server.url(), &old, REFRESHABLE));
    jf.run(&["atc"]).ok();
}

#[test]
fn w30_tokens_without_an_end_and_reference_tokens_are_left_alone() {
    let reference = "cmVmdGtuOjAxOjE3ODk1MjM0NTY6QUJDREVGR0hJSktMTU5PUFFSU1RVVldY";
    for token in [&jwt(r#"{"sub":"frog","iat":1}"#), reference, &jwt(r#"{"exp":"soon"}"#)] {
        assert_left_alone(token, REFRESHABLE, &[]);
    }
}

#[test]
fn w31_a_due_token_is_renewed_without_a_pause() {
    // The existing tool waits 15 s, which is longer than this time for the whole exchange.
    let server = Server::start(vec![reply("200 OK", &renewed(&token(0, HOUR))), reply("200 OK", CREATED)]);
    let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
    let run = jf.env("JFROG_CLI_LOG_LEVEL", "DEBUG").run(&["atc"]).ok();
    assert!(
        run.stderr.contains("[Debug] Refreshing token...\n") && !run.stderr.contains("Waiting"),
        "{run:?}"
    );
}

#[test]
fn the_refresh_can_be_switched_off() {
    assert_left_alone(&due(), r#""refreshToken":"r","disableTokenRefresh":true,"#, &[]);
    assert_left_alone(&due(), REFRESHABLE, &["--disable-token-refresh"]);
    assert_left_alone(&due(), REFRESHABLE, &["--disable-token-refresh=T"]);
    assert_left_alone(&due(), "", &[]);
}

#[test]
fn a_web_login_server_is_renewed_though_it_has_a_password() {
    let fresh = token(0, HOUR);
    let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
    let fields = format!(r#""password":"p","webLogin":true,{REFRESHABLE}"#);
    let jf = Jf::new().config(&config(&server.url(), &due(), &fields));
    jf.run(&["atc"]).ok();
    assert_eq!(field(&jf, "accessToken"), fresh);
}

#[test]
fn servers_with_user_and_password_keep_to_the_password() {
    for refresh in [REFRESHABLE, r#""artifactoryRefreshToken":"r","tokenRefreshInterval":60,"#] {
        let server = Server::created();
        let text = config(&server.url(), &ended(), &format!(r#""password":"p",{refresh}"#));
        let jf = Jf::new().config(&text);
        jf.run(&["atc"]).ok();
        assert_eq!(server.call().header("authorization"), Some("Basic ZnJvZzpw"));
        assert_eq!(jf.config_text(), text);
    }
}

#[test]
fn an_artifactory_refresh_token_goes_into_a_form_without_any_header() {
    let (old, fresh) = (due(), token(0, HOUR));
    let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
    let jf = Jf::new().config(&config(&server.url(), &old, r#""artifactoryRefreshToken":"a+b/c=","#));
    jf.run(&["atc"]).ok();
    let call = &server.calls()[0];
    assert_eq!(call.line, "POST /artifactory/api/security/token HTTP/1.1");
    assert_eq!(call.header("authorization"), None);
    assert_eq!(call.header("content-type"), Some("application/x-www-form-urlencoded"));
    assert_eq!(call.body, format!("access_token={old}&grant_type=refresh_token&refresh_token=a%2Bb%2Fc%3D"));
    let kept = ["accessToken", "artifactoryRefreshToken", "refreshToken"].map(|name| field(&jf, name));
    assert_eq!(kept, [fresh, "new-refresh".to_owned(), String::new()]);
}

#[test]
fn w40_every_command_that_connects_renews() {
    let fresh = token(0, HOUR);
    for (arguments, line) in [
        (&["api", "access/api/v1/tokens"][..], "GET /access/api/v1/tokens HTTP/1.1"),
        (&["rt", "ping"], "GET /artifactory/api/system/ping HTTP/1.1"),
        (&["rt", "atc"], "POST /artifactory/api/security/token HTTP/1.1"),
        (&["token", "create"], "POST /access/api/v1/tokens HTTP/1.1"),
    ] {
        let server = Server::start(vec![reply("200 OK", &renewed(&fresh)), reply("200 OK", CREATED)]);
        let jf = Jf::new().config(&config(&server.url(), &due(), REFRESHABLE));
        jf.run(arguments).ok();
        let calls = server.calls();
        assert!(calls[0].body.contains("old-refresh"), "{calls:?}");
        assert_eq!(
            (&*calls[1].line, calls[1].header("authorization")),
            (line, Some(&*format!("Bearer {fresh}")))
        );
        assert_eq!(field(&jf, "refreshToken"), "new-refresh");
    }
}
