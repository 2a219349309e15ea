//! Requests that no decent client sends. Each gets the right status with JSON in the body, and the service
//! is none the worse.

use crate::{GROUPS, TOKENS, USERS, accessd};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

#[test]
fn json_that_is_none_or_too_much_is_bad_input() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let before = accessd.tokens_of(&boss.name).len();
    let deep = |n: usize| format!("{{\"x\":{}1{}}}", "[".repeat(n), "]".repeat(n));
    for body in [
        "{",
        "}",
        "[]",
        "[{}]",
        "null",
        "1",
        "\"text\"",
        "{} {}",
        "{\"scope\":}",
        "{'scope':'x'}",
        "{\"scope\":nan}",
        "\u{feff}{}",
        "{\"description\":\"\\ud800\"}",
        r#"{"expires_in":1,"expires_in":2}"#,
        r#"{"scope":"applied-permissions/user","sc\u006fpe":"applied-permissions/admin"}"#,
        r#"{"unknown":{"a":1,"a":2}}"#,
        &deep(100),
        &deep(20_000),
        &"{\"a\":".repeat(10_000),
        &"[".repeat(60_000),
    ] {
        let answer = accessd.http().post(TOKENS).bearer(&boss.token).json(body).send();
        let start = &body[..body.len().min(60)];
        assert_eq!(answer.status, 400, "{start}: {}", answer.body);
        assert_eq!(answer.error_code(), "BAD_REQUEST", "{start}");
    }
    for body in [&b"{\"description\":\"\xff\xfe\"}"[..], &b"\x00\x01\x02"[..]] {
        accessd.http().post(TOKENS).bearer(&boss.token).body("application/json", body).send().expect(400);
    }
    for form in ["scope=a&scope=b", "expires_in=1&expires_in=1", "description=%00", "description=%ff%fe"] {
        let answer = accessd
            .http()
            .post(TOKENS)
            .bearer(&boss.token)
            .body("application/x-www-form-urlencoded", form)
            .send();
        assert_eq!(answer.status, 400, "{form}: {}", answer.body);
    }
    assert_eq!(accessd.tokens_of(&boss.name).len(), before);
}

#[test]
fn a_body_over_64_kib_is_too_large() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    let body = |length: usize| format!("{{\"unknown\":\"{}\"}}", "x".repeat(length - 14));
    assert_eq!(body(65536).len(), 65536);
    accessd.http().post(TOKENS).bearer(&boss.token).json(body(65536)).send().expect(200);
    for length in [65537, 200_000, 3_000_000] {
        let answer = accessd.http().post(TOKENS).bearer(&boss.token).json(body(length)).send().expect(413);
        answer.error_code();
        assert!(
            answer.error_message().contains("64") || answer.error_message().contains("65536"),
            "{}",
            answer.body
        );
    }
    accessd.http().post(USERS).bearer(&boss.token).json(body(65537)).send().expect(413);
}

#[test]
fn another_content_type_is_not_supported() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    for content_type in [
        "text/plain",
        "application/xml",
        "multipart/form-data; boundary=x",
        "application/jsonx",
        "nonsense",
        "",
    ] {
        let answer = accessd.http().post(TOKENS).bearer(&boss.token).body(content_type, "{}").send();
        assert_eq!(answer.status, 415, "{content_type:?}: {}", answer.body);
        let message = answer.error_message();
        assert!(message.contains("application/json"), "the message says what is: {message}");
    }
    for content_type in
        ["application/json; charset=utf-8", "Application/JSON", "application/json;charset=UTF-8"]
    {
        accessd.http().post(TOKENS).bearer(&boss.token).body(content_type, "{}").send().expect(200);
    }
    let content_type = "application/x-www-form-urlencoded; charset=UTF-8";
    accessd.http().post(TOKENS).bearer(&boss.token).body(content_type, "refreshable=true").send().expect(200);
}

#[test]
fn a_path_or_method_that_does_not_exist_says_so_in_json() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    for path in [
        "/",
        "/access",
        "/access/api/v1/nothing",
        "/access/api/v9/tokens",
        "/access/api/v1/tokens/a/b",
        "/access/api/v1/tokens/../x",
    ] {
        let answer = accessd.http().get(path).bearer(&admin).send();
        assert_eq!(answer.status, 404, "{path}: {}", answer.body);
        assert_eq!(answer.error_code(), "NOT_FOUND", "{path}");
    }
    for (method, path) in [
        ("PUT", TOKENS),
        ("PATCH", TOKENS),
        ("DELETE", TOKENS),
        ("POST", "/access/api/v1/cert/root"),
        ("DELETE", USERS),
        ("PUT", GROUPS),
        ("POST", "/access/api/v1/system/ping"),
    ] {
        let answer = accessd.http().request(method, path).bearer(&admin).send();
        assert_eq!(answer.status, 405, "{method} {path}: {}", answer.body);
        assert_eq!(answer.error_code(), "METHOD_NOT_ALLOWED");
        assert!(answer.header("allow").is_some(), "{method} {path}");
    }
    let answer = accessd.http().get("/artifactory/api/nothing").bearer(&admin).send().expect(404);
    assert_eq!(answer.json()["errors"][0]["status"], 404, "Artifactory's shape: {}", answer.body);
}

#[test]
fn half_a_request_ends_without_harm() {
    let accessd = accessd();
    for bytes in [
        &b""[..],
        b"\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"nonsense\r\n\r\n",
        b"POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        b"POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello!",
        b"POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /access/api/v1/tokens\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    ] {
        let mut connection = TcpStream::connect(("127.0.0.1", accessd.port())).unwrap();
        connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
        connection.write_all(bytes).unwrap();
        connection.shutdown(std::net::Shutdown::Write).unwrap();
        let mut answer = Vec::new();
        // A reset is as good an end as a refusal.
        let _ = connection.read_to_end(&mut answer);
        let answer = String::from_utf8_lossy(&answer);
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
    }
    accessd.http().get("/access/api/v1/system/ping").send().expect(200);
}

#[test]
fn many_or_large_headers_are_refused_and_nothing_breaks() {
    let accessd = accessd();
    let ping = "/access/api/v1/system/ping";
    let large = accessd.http().get(ping).header("X-Large", &"x".repeat(600_000)).try_send();
    assert!(large.is_err() || large.is_ok_and(|answer| answer.status == 431));
    let many = (0..2_000).fold(accessd.http().get(ping), |call, n| call.header(&format!("X-{n}"), "x"));
    let many = many.try_send();
    assert!(many.is_err() || many.is_ok_and(|answer| answer.status == 431));
    accessd.http().get(ping).send().expect(200);
}

#[test]
fn text_that_means_something_to_others_means_nothing_here() {
    let accessd = accessd();
    let boss = accessd.new_admin("boss");
    for text in [
        "'; DROP TABLE tokens; --",
        "100%_",
        "<script>alert(1)</script>",
        "{{7*7}}",
        "${jndi:ldap://x}",
        "\u{202e}right to left",
        "ünïcödé 🐸",
    ] {
        let minted = accessd.mint(&boss.token, json!({"description": text}));
        assert_eq!(accessd.whoami(&minted.token).json()["description"], text);
        accessd.revoke(&boss.token, &minted.id).expect(200);
    }
    let minted = accessd.mint(&boss.token, json!({"description": "100%_"}));
    for (filter, found) in [("100%25_", 1), ("1%25", 0), ("100%25*", 1), ("100__", 0), ("10%25*", 0)] {
        let path = format!("{TOKENS}?username={}&description={filter}", boss.name);
        let list = accessd.http().get(&path).bearer(&boss.token).send().expect(200).json();
        assert_eq!(list["tokens"].as_array().unwrap().len(), found, "{filter} {}", minted.id);
    }
}
