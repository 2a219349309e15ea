//! Requests that are small to send and could be large to read: deep, wide, many, compressed, endless. Each has an answer
//! that is no fault of the service, where a size is the reason it comes before any credential is looked at, and the
//! process is no larger afterwards.

use crate::{TOKENS, USERS};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use testkit::{Accessd, Call};

/// How much the process may grow over a test that sends hundreds of bombs: some 64 KiB each if nothing were given back,
/// ten times as much if it were blown up in memory and kept.
const GROWTH_KIB: u64 = 64 * 1024;

fn status(call: &Call) -> u16 {
    call.try_send().map_or(0, |answer| {
        assert!(answer.status < 500, "{}", answer.body);
        answer.status
    })
}

/// Bodies of JSON that are acceptable or not, but never a burden.
fn json_bombs() -> Vec<(String, String)> {
    let mut bombs: Vec<(String, String)> = Vec::new();
    let mut add = |name: &str, body: String| bombs.push((name.to_owned(), body));
    for depth in [15, 16, 17, 128, 129, 1_000, 30_000] {
        add(&format!("arrays {depth} deep"), format!("{{\"x\":{}{}}}", "[".repeat(depth), "]".repeat(depth)));
        let objects =
            format!("{{\"x\":{}1{}}}", "{\"a\":".repeat(depth.min(10_000)), "}".repeat(depth.min(10_000)));
        add(&format!("objects {depth} deep"), objects);
    }
    add("an open array", "[".repeat(65_000));
    add("open objects", "{\"a\":".repeat(13_000));
    add("an array of 30,000", format!("{{\"x\":[{}0]}}", "0,".repeat(30_000)));
    add("20,000 empty texts", format!("{{\"x\":[{}\"\"]}}", "\"\",".repeat(20_000)));
    add("20,000 empty arrays", format!("{{\"x\":[{}[]]}}", "[],".repeat(20_000)));
    let keys: Vec<String> = (0..6_000).map(|n| format!("\"k{n}\":1")).collect();
    add("6,000 fields", format!("{{{}}}", keys.join(",")));
    add("a number of 60,000 digits", format!("{{\"expires_in\":{}}}", "9".repeat(60_000)));
    add("a fraction of 60,000 digits", format!("{{\"expires_in\":0.{}}}", "9".repeat(60_000)));
    add("an exponent of 60,000 digits", format!("{{\"expires_in\":1e{}}}", "9".repeat(60_000)));
    for field in
        ["username", "scope", "audience", "description", "project_key", "refresh_token", "grant_type"]
    {
        add(&format!("a long {field}"), format!("{{\"{field}\":\"{}\"}}", "x".repeat(60_000)));
        add(&format!("{field} of escapes"), format!("{{\"{field}\":\"{}\"}}", "\\u0041".repeat(10_000)));
        add(&format!("{field} is an array"), format!("{{\"{field}\":[{}\"x\"]}}", "\"x\",".repeat(10_000)));
    }
    add("a long name", format!("{{\"{}\":1}}", "k".repeat(65_000)));
    add("a scope of many parts", json!({"scope": "system:info:r ".repeat(4_000)}).to_string());
    add(
        "a scope of many names",
        json!({"scope": format!("applied-permissions/groups:{}", "a,".repeat(20_000))}).to_string(),
    );
    add("an audience of many", json!({"audience": "jfac@a ".repeat(8_000)}).to_string());
    bombs
}

#[test]
fn reg_34_cve_2025_59043_and_6203_no_body_of_json_is_a_bomb() {
    let accessd = Accessd::start();
    let boss = accessd.new_admin("boss");
    let bombs = json_bombs();
    let send = |name: &str, body: &str, token: Option<&str>| {
        let call = accessd.http().post(TOKENS).json(body);
        let status = status(&token.map_or(call.clone(), |token| call.bearer(token)));
        match token {
            // What nobody reads is passed over, so some of them make a token.
            Some(_) => assert!([200, 400, 404, 413].contains(&status), "{name}: {status}"),
            None => assert!([401, 413].contains(&status), "{name}: {status}"),
        }
    };
    for (name, body) in &bombs {
        send(name, body, Some(&boss.token));
    }
    let before = accessd.resident_kib();
    for _ in 0..4 {
        for (name, body) in &bombs {
            send(name, body, None);
            send(name, body, Some(&boss.token));
        }
    }
    let after = accessd.resident_kib();
    assert!(after < before + GROWTH_KIB, "from {before} KiB to {after} KiB");
    assert!(accessd.accepts(&boss.token));
}

#[test]
fn a_name_stands_once_at_every_depth_and_in_every_encoding() {
    let accessd = crate::accessd();
    let boss = accessd.new_admin("boss");
    for depth in 0..14 {
        for pair in ["\"a\":1,\"a\":1", "\"a\":1,\"\\u0061\":2", "\"a\":null,\"b\":0,\"a\":null"] {
            for (open, close) in [("{\"x\":", "}"), ("{\"x\":[", "]}")] {
                let depth = if open.len() > 5 { depth / 2 } else { depth };
                let body = format!("{}{{{pair}}}{}", open.repeat(depth), close.repeat(depth));
                let answer = accessd.http().post(TOKENS).bearer(&boss.token).json(&body).send();
                assert_eq!(answer.status, 400, "{body}: {}", answer.body);
            }
        }
    }
    for path in [USERS, crate::GROUPS] {
        let call = accessd.http().post(path).bearer(&boss.token);
        call.json(r#"{"name":"a","username":"a","name":"b","username":"b"}"#).send().expect(400);
    }
    for query in ["state=all&state=all", "state=all&st%61te=live", "limit=1&limit=1", "cursor=&cursor="] {
        let path = format!("{}?{query}", crate::ACCESSD_TOKENS);
        accessd.http().get(&path).bearer(&boss.token).send().expect(400);
        let path = format!("{TOKENS}?{query}&x=1&x=2");
        accessd.http().get(&path).bearer(&boss.token).send().expect(400);
    }
}

#[test]
fn a_header_that_counts_stands_once() {
    let accessd = crate::accessd();
    let boss = accessd.new_admin("boss");
    let before = accessd.tokens_of(&boss.name).len();
    for (name, values, told) in [
        ("Content-Type", ["application/json", "application/json"], 415),
        ("Content-Type", ["application/x-www-form-urlencoded", ""], 415),
        ("Content-Encoding", ["identity", "gzip"], 415),
        ("Idempotency-Key", ["one-key-for-two", "one-key-for-two"], 400),
        ("Idempotency-Key", ["one-key-for-one", ""], 400),
        ("Authorization", ["Bearer x", ""], 400),
        ("X-JFrog-Art-Api", ["x", "x"], 400),
        ("Host", ["elsewhere.example", "elsewhere.example"], 400),
    ] {
        let call = accessd.http().post(TOKENS).bearer(&boss.token).json("{}");
        let call = values.iter().fold(call, |call, value| call.header(name, value));
        assert_eq!(status(&call), told, "{name}: {values:?}");
    }
    assert_eq!(accessd.tokens_of(&boss.name).len(), before);
}

#[test]
fn many_pairs_and_parameters_are_no_bomb() {
    let accessd = Accessd::start();
    let boss = accessd.new_admin("boss");
    let form = "application/x-www-form-urlencoded";
    let pairs = |count: usize| (0..count).map(|n| format!("k{n}=1")).collect::<Vec<_>>().join("&");
    let before = accessd.resident_kib();
    for _ in 0..20 {
        for (body, told) in [
            (pairs(7_000), [200, 200]),
            (pairs(10_000), [200, 413]),
            ("a&".repeat(30_000), [400, 400]),
            ("=".repeat(60_000), [200, 400]),
            ("&".repeat(60_000), [200, 400]),
            ("%".repeat(60_000), [200, 400]),
            ("%25".repeat(20_000), [200, 400]),
            (format!("scope={}", "%41".repeat(20_000)), [400, 400]),
        ] {
            let status = status(&accessd.http().post(TOKENS).bearer(&boss.token).body(form, body.as_str()));
            assert!(told.contains(&status), "{:.20}: {status}", body);
        }
    }
    let query = pairs(1_500);
    for (path, told) in [(TOKENS, 200), (crate::ACCESSD_TOKENS, 400)] {
        assert_eq!(status(&accessd.http().get(&format!("{path}?{query}")).bearer(&boss.token)), told);
    }
    let after = accessd.resident_kib();
    assert!(after < before + GROWTH_KIB, "from {before} KiB to {after} KiB");
}

#[test]
fn a_size_is_refused_before_anybody_is_asked_for() {
    let accessd = crate::accessd();
    let announced = |length: &str| {
        accessd
            .http()
            .post(TOKENS)
            .header("Content-Length", length)
            .header("Content-Type", "application/json")
    };
    for length in ["65537", "10000000000", "9223372036854775807"] {
        let answer = announced(length).send().expect(413);
        assert_eq!(answer.error_code(), "PAYLOAD_TOO_LARGE");
    }
    let ping = "/access/api/v1/system/ping";
    for path in [TOKENS, USERS, ping] {
        let many = (0..101).fold(accessd.http().get(path), |call, n| call.header(&format!("X-{n}"), "1"));
        assert_eq!(status(&many), 431, "{path}: headers");
        assert_eq!(
            status(&accessd.http().get(path).header("X", &"x".repeat(17_000))),
            431,
            "{path}: a header"
        );
        assert_eq!(
            status(&accessd.http().get(&format!("{path}?x={}", "x".repeat(17_000)))),
            431,
            "{path}: a query"
        );
        assert_eq!(status(&accessd.http().get(path).bearer(&"x.".repeat(9_000))), 431, "{path}: a token");
    }
}

#[test]
fn reg_59_many_dots_cost_nothing() {
    let accessd = Accessd::start();
    accessd.http().get(TOKENS).bearer("warm.up.now").send().expect(401);
    let before = accessd.resident_kib();
    for dots in [3, 100, 8_000, 14_000] {
        for token in [".".repeat(dots), format!("a{}b", ".".repeat(dots)), "a.".repeat(dots / 2)] {
            for _ in 0..20 {
                accessd.http().get(TOKENS).bearer(&token).send().expect(401);
                accessd.http().get(TOKENS).header("X-JFrog-Art-Api", &token).send().expect(401);
            }
        }
    }
    assert_ne!(status(&accessd.http().get(TOKENS).bearer(&".".repeat(1_000_000))), 200);
    let after = accessd.resident_kib();
    assert!(after < before + GROWTH_KIB / 4, "from {before} KiB to {after} KiB");
}

#[test]
fn compressed_bodies_are_not_unpacked() {
    let accessd = crate::accessd();
    let boss = accessd.new_admin("boss");
    for encoding in
        ["gzip", "deflate", "br", "zstd", "compress", "identity, gzip", "gzip, gzip", "x-gzip", "GZIP", "*"]
    {
        for body in [&b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03"[..], b"{}", &[0; 60_000]] {
            let call = accessd.http().post(TOKENS).bearer(&boss.token).header("Content-Encoding", encoding);
            assert_eq!(status(&call.body("application/json", body)), 415, "{encoding}");
        }
    }
}

/// Sends chunks until the service answers, and gives its answer; it has to be there before `most` bytes are sent.
fn sent_in_chunks(accessd: &Accessd, token: &str, chunk: &[u8], most: usize) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", accessd.port())).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    connection.set_write_timeout(Some(Duration::from_secs(60))).unwrap();
    let head = format!(
        "POST {TOKENS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nContent-Type: application/json\r\n\
         Transfer-Encoding: chunked\r\nConnection: close\r\n\r\n"
    );
    connection.write_all(head.as_bytes()).unwrap();
    let mut sent = 0;
    while sent < most && connection.write_all(chunk).is_ok() {
        sent += chunk.len();
    }
    let _ = connection.write_all(b"0\r\n\r\n");
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn a_body_without_end_ends_at_its_limit() {
    let accessd = Accessd::start();
    let boss = accessd.new_admin("boss");
    let large = [b"1000\r\n".to_vec(), vec![b' '; 4096], b"\r\n".to_vec()].concat();
    let extended = [b"1;".to_vec(), vec![b'x'; 1_000], b"\r\n \r\n".to_vec()].concat();
    let before = accessd.resident_kib();
    for (name, chunk, most) in [
        ("large chunks", large, 8_000_000),
        ("chunks of a byte", b"1\r\n \r\n".repeat(1_000), 2_000_000),
        ("chunks with long extensions", extended, 2_000_000),
    ] {
        for token in [boss.token.as_str(), "nobody"] {
            let answer = sent_in_chunks(&accessd, token, &chunk, most);
            // A connection that is reset before its answer was read is as good a refusal.
            let refused = ["HTTP/1.1 400", "HTTP/1.1 401", "HTTP/1.1 413"];
            assert!(
                answer.is_empty() || refused.iter().any(|line| answer.starts_with(line)),
                "{name}: {answer}"
            );
        }
    }
    let after = accessd.resident_kib();
    assert!(after < before + GROWTH_KIB / 2, "from {before} KiB to {after} KiB");
    assert!(accessd.accepts(&boss.token));
}
