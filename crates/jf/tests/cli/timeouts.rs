//! Servers that take their time: whatever they do, the tool ends by itself and says why.

use crate::lab::{TOKEN, Trap, assert_no_secret, drip, read_call_into, read_head};
use crate::support::{CREATED, Jf, Run};
use crate::tls_world::{self_signed, server_config};
use rustls::{ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

/// A pause that no test waits out.
const FOREVER: Duration = Duration::from_secs(600);

fn atc(url: &str, more: &[&str]) -> Run {
    let run = Jf::new().stdin(TOKEN).run(&[&["atc", "--url", url, "--access-token-stdin"], more].concat());
    assert_no_secret(&run.stderr);
    run
}

/// Exit 8, and that the second was over.
#[track_caller]
fn assert_ends(scheme: &str, server: &Trap) {
    let url = format!("{scheme}://127.0.0.1:{}", server.port());
    let run = atc(&url, &["--timeout=1", "--insecure-tls"]);
    run.fails(8, &["no answer to POST", "it took longer than 1 s", "hint: give it more time with --timeout"]);
    assert_eq!(server.seen().len(), 1, "a try that used up the time is the last one");
}

/// A server that does this after it has read the call.
fn after_the_call(act: impl Fn(&mut std::net::TcpStream) + Send + Sync + 'static) -> Trap {
    Trap::start(move |mut stream, note| {
        read_call_into(&mut stream, note);
        act(&mut stream);
    })
}

#[test]
fn a_black_hole() {
    assert_ends("http", &after_the_call(|_| std::thread::sleep(FOREVER)));
    // Not even the call is read.
    assert_ends("http", &Trap::start(|_stream, _| std::thread::sleep(FOREVER)));
}

#[test]
fn a_half_open_connection_without_a_handshake() {
    let server = Trap::catcher("127.0.0.1");
    assert_ends("https", &server);
    assert_no_secret(server.text());
}

#[test]
fn a_handshake_that_stops_halfway() {
    // The header of a record that never comes.
    let server = Trap::start(|mut stream, note| {
        let _ = stream.write_all(&[0x16, 0x03, 0x03, 0x01, 0x00]);
        let mut bytes = [0; 4096];
        while let Ok(read @ 1..) = stream.read(&mut bytes) {
            note(&bytes[..read]);
        }
    });
    assert_ends("https", &server);
    assert_no_secret(server.text());
}

#[test]
fn a_handshake_drop_by_drop() {
    let server = Trap::start(|mut stream, _| {
        let record = [&[0x16, 0x03, 0x03, 0x3f, 0x00][..], &[0; 4000]].concat();
        drip(&mut stream, &record, Duration::from_millis(100));
    });
    assert_ends("https", &server);
}

#[test]
fn silence_after_a_good_handshake() {
    let config = server_config(&self_signed("127.0.0.1"), None, rustls::ALL_VERSIONS);
    let server = Trap::start(move |stream, _| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let _ = tls.read(&mut [0; 4096]);
        std::thread::sleep(FOREVER);
    });
    assert_ends("https", &server);
}

#[test]
fn a_head_drop_by_drop() {
    let head = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 4000]].concat();
    assert_ends("http", &after_the_call(move |stream| drip(stream, &head, Duration::from_millis(100))));
    assert_ends(
        "http",
        &after_the_call(|stream| drip(stream, b"HTTP/1.1 200 OK\r\nX: y", Duration::from_secs(1))),
    );
}

#[test]
fn a_body_drop_by_drop() {
    assert_ends(
        "http",
        &after_the_call(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Length: 60\r\n\r\n");
            drip(stream, &[b'x'; 60], Duration::from_secs(1));
        }),
    );
    assert_ends(
        "http",
        &after_the_call(|stream| {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n");
            drip(stream, &b"1\r\nx\r\n".repeat(60), Duration::from_millis(300));
        }),
    );
}

#[test]
fn a_status_is_enough_even_if_its_body_never_comes() {
    let server = after_the_call(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 60\r\n\r\n{");
        std::thread::sleep(FOREVER);
    });
    atc(&format!("http://{}", server.address), &["--timeout=1"])
        .fails(5, &["server response: 403 Forbidden"]);
}

#[test]
fn a_body_that_ends_too_early() {
    for head in ["Content-Length: 60", "Transfer-Encoding: chunked"] {
        let server = after_the_call(move |stream| {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\n{head}\r\n\r\n");
            let _ = stream.write_all(b"3\r\n{\"a\r\n");
        });
        let run = atc(&format!("http://{}", server.address), &["--timeout=10"]);
        run.fails(8, &["no answer to POST", "hint: "]);
        assert!(server.seen().len() <= 4);
    }
}

#[test]
fn a_connection_that_ends_in_the_middle_of_the_head() {
    let server = after_the_call(|stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\nContent-");
    });
    let run = atc(&format!("http://{}", server.address), &["--timeout=10"]);
    run.fails(8, &["no answer to POST", "hint: "]);
}

#[test]
fn the_time_counts_for_all_tries_together() {
    let server = Trap::start(|mut stream, note| {
        note(&read_head(&mut stream));
        let _ = stream
            .write_all(b"HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n");
    });
    let run = atc(&format!("http://{}", server.address), &["--timeout=2"]);
    run.fails(9, &["server response: 503"]);
    assert!(server.seen().len() < 4, "{}", server.text());
}

#[test]
fn a_slow_server_within_the_time_is_no_fault() {
    let server = after_the_call(|stream| {
        let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{CREATED}", CREATED.len());
        drip(stream, answer.as_bytes(), Duration::from_millis(2));
    });
    atc(&format!("http://{}", server.address), &["--timeout=30"]).ok();
}
