//! Requests whose end two readers may see in two places: nothing hides in one, neither from the service alone nor
//! behind a proxy that keeps its connections.

use crate::GROUPS;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use testkit::{Accessd, Nginx};

/// Headers that say two things about the end of a body, or say it oddly; the body is `0\r\n\r\n` and what is hidden.
const FRAMINGS: [&str; 16] = [
    "Content-Length: {whole}\r\nTransfer-Encoding: chunked\r\n",
    "Transfer-Encoding: chunked\r\nContent-Length: {whole}\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding : chunked\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding: xchunked\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding:\tchunked\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding: chunked, identity\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding: identity\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding: identity\r\nTransfer-Encoding: chunked\r\n",
    "Content-Length: {whole}\r\nX: y\r\n Transfer-Encoding: chunked\r\n",
    "Content-Length: {whole}\r\nTransfer-Encoding:\r\n chunked\r\n",
    "Content-Length: 5\r\nContent-Length: {whole}\r\n",
    "Content-Length: {whole}\r\nContent-Length: 5\r\n",
    "Content-Length: 5, {whole}\r\n",
    "Content-Length: +5\r\n",
    "Content-Length: 0x5\r\n",
];

/// Sends these bytes, and reads until the other side closes or says no more.
fn send(port: u16, bytes: &[u8]) -> String {
    let mut connection = TcpStream::connect(("127.0.0.1", port)).unwrap();
    connection.set_read_timeout(Some(Duration::from_secs(2))).unwrap();
    let _ = connection.write_all(bytes);
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    while let Ok(read @ 1..) = connection.read(&mut buffer) {
        answer.extend_from_slice(&buffer[..read]);
    }
    String::from_utf8_lossy(&answer).into_owned()
}

/// A request that makes a group, if anybody takes it for one.
fn hidden(accessd: &Accessd, name: &str) -> String {
    let body = format!("{{\"name\":\"{name}\"}}");
    format!(
        "POST {GROUPS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\nContent-Type: application/json\r\n\
         Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
        accessd.admin_token(),
        body.len()
    )
}

#[test]
fn nothing_hides_behind_an_end_that_is_not_clear() {
    let accessd = Accessd::start();
    let text = format!(
        "upstream service {{ server 127.0.0.1:{}; keepalive 4; }}\nserver {{\n listen 127.0.0.1:1;\n location / {{\n\
         proxy_pass http://service;\n proxy_http_version 1.1;\n proxy_set_header Connection \"\";\n\
         proxy_request_buffering off;\n}}\n}}\n",
        accessd.port()
    );
    let nginx = Nginx::start(&text, "127.0.0.1:1");
    // This test sees a request that stands behind another one.
    let open =
        format!("GET /access/api/v1/system/ping HTTP/1.1\r\nHost: x\r\n\r\n{}", hidden(&accessd, "seen"));
    assert_eq!(send(accessd.port(), open.as_bytes()).matches("HTTP/1.1 ").count(), 2);
    for (way, port) in [("alone", accessd.port()), ("behind", nginx.port())] {
        for (at, framing) in FRAMINGS.iter().enumerate() {
            let name = format!("{way}-{at}");
            let body = format!("0\r\n\r\n{}", hidden(&accessd, &name));
            let framing = framing.replace("{whole}", &body.len().to_string());
            let request = format!(
                "POST /access/api/v1/tokens HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {}\r\n{framing}\r\n{body}",
                accessd.admin_token()
            );
            let answer = send(port, request.as_bytes());
            let answers = answer.matches("HTTP/1.1 ").count();
            assert!(answers <= 1, "{way} {framing:?}: {answer}");
            // Whoever comes next gets the own answer.
            let next = nginx.http().get("/access/api/v1/system/ping").send().expect(200);
            assert_eq!(next.body, "OK", "{way} {framing:?}");
            let path = format!("{GROUPS}/{name}");
            accessd.http().get(&path).bearer(&accessd.admin_token()).send().expect(404);
        }
    }
}
