//! HTTP as bytes on a connection: where a request ends must never be in doubt.

use crate::support::{Home, Service, status};
use std::io::{Read as _, Write as _};

const PING: &str = "/access/api/v1/system/ping";

fn head(method: &str, path: &str, headers: &str) -> String {
    format!("{method} {path} HTTP/1.1\r\nHost: x\r\n{headers}\r\n")
}

#[test]
fn a_request_whose_end_is_in_doubt_is_the_last_on_its_connection() {
    let home = Home::new();
    let service = home.serve();
    let smuggled = head("GET", PING, "");
    for (headers, wanted) in [
        ("Content-Length: 4\r\nContent-Length: 5\r\n", 400),
        ("Content-Length: +0\r\n", 400),
        ("Content-Length: 0x0\r\n", 400),
        ("Transfer-Encoding: xchunked\r\n", 400),
        ("Transfer-Encoding: chunked, identity\r\n", 400),
        ("Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n", 400),
        ("Transfer-Encoding : chunked\r\n", 400),
        (" Content-Length: 0\r\n", 400),
        // Read as RFC 9112 section 6.1 allows: in chunks, and the connection closed behind it.
        ("Content-Length: 5\r\nTransfer-Encoding: chunked\r\n", 200),
        ("Transfer-Encoding: chunked\r\nContent-Length: 5\r\n", 200),
    ] {
        let answer = service.exchange(&format!("{}0\r\n\r\n{smuggled}", head("GET", PING, headers)));
        assert_eq!(status(&answer), wanted, "{headers}");
        assert_eq!(answer.matches("HTTP/1.1 ").count(), 1, "{headers}{answer}");
        assert!(answer.to_ascii_lowercase().contains("connection: close"), "{headers}{answer}");
    }
}

#[test]
fn other_methods_have_no_surprise() {
    let home = Home::new();
    let service = home.serve();
    let close = "Connection: close\r\n";
    for (method, target, wanted) in [
        ("HEAD", PING, 200),
        ("HEAD", "/nowhere", 404),
        ("OPTIONS", PING, 405),
        ("OPTIONS", "*", 404),
        ("TRACE", PING, 405),
        ("CONNECT", "x:1", 404),
        ("BREW", PING, 405),
    ] {
        let answer = service.exchange(&head(method, target, close));
        assert_eq!(status(&answer), wanted, "{method} {target}");
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        assert_eq!(body.is_empty(), method == "HEAD", "{method} {target}: {body}");
    }
}

#[test]
fn a_body_larger_than_is_read_gets_its_answer() {
    let home = Home::new();
    let service = home.serve();
    let length = 65_537;
    let post = head("POST", "/access/api/v1/tokens", &format!("Content-Length: {length}\r\n"));
    let answer = service.exchange(&format!("{post}{}", " ".repeat(length)));
    assert_eq!(status(&answer), 413);
    assert!(answer.contains("PAYLOAD_TOO_LARGE"), "{answer}");
}

#[test]
fn requests_share_a_connection() {
    let home = Home::new();
    let service = home.serve();
    let mut stream = service.connect();
    for _ in 0..3 {
        stream.write_all(head("GET", PING, "").as_bytes()).unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"OK") {
            let mut block = [0; 512];
            let length = stream.read(&mut block).unwrap();
            assert!(length > 0);
            answer.extend_from_slice(&block[..length]);
        }
        assert!(answer.starts_with(b"HTTP/1.1 200"));
    }
    drain(service);
}

/// A connection that stands idle does not hold the end up.
fn drain(service: Service) {
    let began = std::time::Instant::now();
    assert!(service.end().0.success());
    assert!(began.elapsed() < accessd::server::DRAIN_TIMEOUT, "{:?}", began.elapsed());
}
