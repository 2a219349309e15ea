//! Requests byte by byte, as no HTTP library would send them: other spellings of every path, and heads that two servers
//! could read in two ways. Nothing opens without a credential, and no request hides inside another.

use crate::accessd;
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;
use testkit::Accessd;

/// Everything that comes back for bytes after which nothing comes.
fn exchange(accessd: &Accessd, bytes: &[u8]) -> String {
    let mut connection = connect(accessd, Duration::from_secs(60));
    // An early refusal closes the way in, and its answer is what the test wants to see.
    let _ = connection.write_all(bytes);
    let _ = connection.shutdown(Shutdown::Write);
    read(connection)
}

/// Everything that comes back for bytes after which more could come.
fn exchange_open(accessd: &Accessd, bytes: &[u8]) -> String {
    let mut connection = connect(accessd, Duration::from_secs(2));
    let _ = connection.write_all(bytes);
    read(connection)
}

fn connect(accessd: &Accessd, patience: Duration) -> TcpStream {
    let connection = TcpStream::connect(("127.0.0.1", accessd.port())).unwrap();
    connection.set_read_timeout(Some(patience)).unwrap();
    connection
}

fn read(mut connection: TcpStream) -> String {
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

/// The status of each answer.
fn statuses(answers: &str) -> Vec<u16> {
    let lines = answers.split("HTTP/1.").skip(1);
    lines.filter_map(|line| line.get(2..5)?.parse().ok()).collect()
}

/// Every operation that asks for a credential, as the service describes itself, and some of the wire.
fn guarded(accessd: &Accessd) -> Vec<(String, String)> {
    let description = accessd.http().get("/access/api/accessd/v1/openapi.json").send().expect(200).json();
    let mut operations: Vec<(String, String)> = Vec::new();
    for (path, methods) in description["paths"].as_object().unwrap() {
        let path: Vec<&str> =
            path.split('/').map(|part| if part.starts_with('{') { "x" } else { part }).collect();
        for (method, operation) in methods.as_object().unwrap() {
            let is_open = operation["security"].as_array().is_some_and(|ways| {
                ways.is_empty()
                    || ways.iter().any(|way| way.as_object().is_some_and(serde_json::Map::is_empty))
            });
            if operation.is_object() && !is_open {
                operations.push((method.to_uppercase(), path.join("/")));
            }
        }
    }
    assert!(operations.len() > 5);
    for (method, path) in [
        ("GET", "/access/api/v1/tokens"),
        ("POST", "/access/api/v1/tokens"),
        ("GET", "/access/api/v1/tokens/me"),
        ("DELETE", "/access/api/v1/tokens/revoke"),
        ("GET", "/access/api/v1/cert/root"),
        ("GET", "/access/api/v2/users"),
        ("GET", "/access/api/v2/users/admin"),
        ("POST", "/access/api/v2/groups"),
        ("GET", "/artifactory/api/system/version"),
    ] {
        let operation = (method.to_owned(), path.to_owned());
        if !operations.contains(&operation) {
            operations.push(operation);
        }
    }
    operations
}

#[test]
fn reg_3_cve_2026_42018_and_reg_39_cve_2026_3605_no_spelling_of_a_path_opens_it() {
    let accessd = accessd();
    let (ping, jwks) = ("/access/api/v1/system/ping", "/.well-known/jwks.json");
    for (method, path) in guarded(&accessd) {
        let (head, tail) = path.rsplit_once('/').unwrap();
        let targets = [
            path.clone(),
            format!("{path}/"),
            format!("{path}//"),
            format!("/{path}"),
            format!("{head}//{tail}"),
            format!("{head}/./{tail}"),
            format!("{head}/x/../{tail}"),
            format!("{ping}/../../../../..{path}"),
            format!("{ping}/..;/..;/..;/..;/..{path}"),
            format!("{jwks}/../..{path}"),
            format!("{path}/../../../../..{ping}"),
            format!("{path}?/../../../../..{ping}"),
            format!("{path}#{ping}"),
            format!("{path}\\..\\ping"),
            format!("{path}/%2e%2e/ping"),
            format!("{path}%2f..%2fping"),
            format!("{path}%00"),
            format!("{path}%0d%0aHost:%20x"),
            format!("{path};{ping}"),
            format!("{path}.json"),
            format!("{path}\u{e9}"),
            format!("{path}%c0%ae%c0%ae/"),
            format!("http://127.0.0.1{path}"),
            format!("http://elsewhere.example{path}/"),
            format!("http://elsewhere.example/{path}"),
            format!("http://x@127.0.0.1{path}"),
            format!("//elsewhere.example{path}"),
            format!("{}{path}", "/.".repeat(100)),
            path.to_uppercase(),
            format!("*{path}"),
            path[1..].to_owned(),
        ];
        for target in targets {
            for line in [
                format!("{method} {target} HTTP/1.1"),
                format!("{} {target} HTTP/1.0", method.to_lowercase()),
            ] {
                let answers =
                    exchange(&accessd, format!("{line}\r\nHost: x\r\nConnection: close\r\n\r\n").as_bytes());
                let told = statuses(&answers);
                assert!(told.len() <= 1, "{line}: {answers}");
                // 501 is what the wire has and this service has not.
                let refused = |status: &u16| (400..500).contains(status) || *status == 501;
                assert!(told.iter().all(refused), "{line}: {answers}");
            }
        }
    }
}

#[test]
fn reg_9_no_header_on_the_wire_stands_for_a_credential_or_another_target() {
    let accessd = accessd();
    let ping = "/access/api/v1/system/ping";
    for header in [
        format!("X-Original-URL: {ping}"),
        format!("X-Rewrite-URL: {ping}"),
        format!("X-Forwarded-Uri: {ping}"),
        "X-HTTP-Method-Override: GET".to_owned(),
        "X-Forwarded-For: 127.0.0.1".to_owned(),
        "X-JFrog-Internal-Request: true".to_owned(),
        "X-Forwarded-User: admin".to_owned(),
        "Authorization : Bearer x".to_owned(),
        "Authorization:\r\n Bearer x".to_owned(),
        "Authorization: Bearer \0".to_owned(),
        "Upgrade: h2c\r\nConnection: Upgrade, HTTP2-Settings\r\nHTTP2-Settings: AAMAAABkAAQAAP__".to_owned(),
        "Connection: close, Authorization".to_owned(),
        "X: a\rAuthorization: Bearer x".to_owned(),
    ] {
        for target in ["/access/api/v1/tokens", "/access/api/v2/users", "/artifactory/api/system/version"] {
            let answers = exchange(
                &accessd,
                format!("GET {target} HTTP/1.1\r\nHost: x\r\n{header}\r\n\r\n").as_bytes(),
            );
            let told = statuses(&answers);
            assert!(told.iter().all(|status| (400..500).contains(status)), "{header:?}: {answers}");
        }
    }
}

/// What stands behind a request whose end is in doubt. Its answer is a 200, so that nobody misses it.
const HIDDEN: &str = "GET /access/api/v1/system/ping HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";

#[test]
fn no_request_hides_inside_another() {
    let accessd = accessd();
    let both = "Content-Length: 5\r\nTransfer-Encoding: chunked";
    let chunked = "Transfer-Encoding: chunked";
    let end = "0\r\n\r\n";
    let longer = format!("Content-Length: {}", HIDDEN.len());
    for (headers, body) in [
        (both, end),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5", end),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity", end),
        ("Transfer-Encoding: identity\r\nTransfer-Encoding: chunked", end),
        ("Transfer-Encoding: xchunked", end),
        ("Transfer-Encoding: chunked, identity", end),
        ("Transfer-Encoding: gzip, chunked", end),
        ("Transfer-Encoding: chunked, chunked", end),
        ("Transfer-Encoding : chunked", end),
        ("Transfer-Encoding:\x0bchunked", end),
        ("Transfer-Encoding: \"chunked\"", end),
        ("Transfer-Encoding:\r\n chunked", end),
        ("Transfer-Encoding: chunked\0", end),
        (" Transfer-Encoding: chunked", end),
        ("X: y\r\n\tTransfer-Encoding: chunked", end),
        ("X: y\rTransfer-Encoding: chunked", end),
        ("Content-Length: 0, 0", ""),
        ("Content-Length: 0\r\nContent-Length: 51", ""),
        ("Content-Length: +0", ""),
        ("Content-Length: 0x0", ""),
        ("Content-Length: -1", ""),
        ("Content-Length : 51", ""),
        ("Content-Length: 0 0", ""),
        ("Content-Length: ", ""),
        ("Content-Length: 18446744073709551616", ""),
        (&longer, ""),
        ("Host: y", ""),
        (chunked, "10000000000000000\r\n\r\n"),
        (chunked, "ffffffffffffffff\r\n"),
        (chunked, "-1\r\n\r\n"),
        (chunked, "0x0\r\n\r\n"),
        (chunked, "0 0\r\n\r\n"),
        (chunked, "0\n\n"),
        (chunked, "2\r\n{}0\r\n\r\n"),
        (chunked, "2\r\n{}\n0\r\n\r\n"),
        (chunked, "zz\r\n\r\n"),
        (chunked, "\r\n\r\n"),
    ] {
        let head = format!("POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
        let answers = exchange_open(&accessd, format!("{head}{HIDDEN}").as_bytes());
        let told = statuses(&answers);
        let refused = told.first().is_none_or(|status| (400..500).contains(status));
        assert!(refused && told.len() <= 1, "{headers:?} {body:?}: {answers}");
    }
    // The test can tell: where a request has a clear end, the next one is answered.
    for (headers, body) in [("Content-Length: 0", ""), (chunked, end), ("Transfer-Encoding:\tChunked", end)] {
        let head = format!("POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\n{headers}\r\n\r\n{body}");
        assert_eq!(
            statuses(&exchange_open(&accessd, format!("{head}{HIDDEN}").as_bytes())),
            [401, 200],
            "{headers}"
        );
    }
}
