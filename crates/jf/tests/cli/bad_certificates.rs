//! Servers that prove nothing, or the wrong thing: none of them gets to see a byte of a request.

use crate::lab::{TOKEN, Trap, assert_no_secret, read_head};
use crate::support::{Jf, Run};
use crate::tls_world::{Authority, Pair, self_signed, server_config};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::sync::Arc;

/// A server that notes what comes through its TLS, and answers nothing.
fn listener(config: Arc<ServerConfig>) -> Trap {
    Trap::start(move |stream, note| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let mut bytes = [0; 1024];
        while let Ok(read @ 1..) = tls.read(&mut bytes) {
            note(&bytes[..read]);
        }
    })
}

fn atc(server: &Trap, host: &str, trusted: Option<&Pair>, more: &[&str]) -> Run {
    let jf = Jf::new().stdin(TOKEN).env("JFROG_CLI_LOG_LEVEL", "DEBUG");
    let url = format!("https://{host}:{}", server.port());
    let mut arguments = vec!["atc", "--url", &url, "--access-token-stdin", "--timeout=10"];
    if let Some(trusted) = trusted {
        std::fs::write(jf.folder().join("ca"), &trusted.certificate).unwrap();
        arguments.extend(["--ca-cert", "ca"]);
    }
    arguments.extend(more);
    jf.run(&arguments)
}

/// Exit 8 with these words, one try, and nothing in the server's ear.
#[track_caller]
fn assert_distrusted(own: &Pair, trusted: Option<&Pair>, words: &[&str]) {
    let server = listener(server_config(own, None, rustls::ALL_VERSIONS));
    let run = atc(&server, "localhost", trusted, &[]);
    let run = run.fails(8, &[words, &["no answer to POST", "hint: "]].concat());
    assert_eq!(server.seen(), [Vec::<u8>::new()], "{}", server.text());
    assert_no_secret(&run.stderr);
}

#[test]
fn expired() {
    let root = Authority::new("root");
    let own = root.sign("localhost", |params| {
        params.not_before = rcgen::date_time_ymd(2001, 1, 1);
        params.not_after = rcgen::date_time_ymd(2002, 1, 1);
    });
    assert_distrusted(&own, Some(&root.pair), &["expired", "clock"]);
}

#[test]
fn not_yet_valid() {
    let root = Authority::new("root");
    let own = root.sign("localhost", |params| {
        params.not_before = rcgen::date_time_ymd(3001, 1, 1);
        params.not_after = rcgen::date_time_ymd(3002, 1, 1);
    });
    assert_distrusted(&own, Some(&root.pair), &["not valid yet", "clock"]);
}

#[test]
fn for_another_host() {
    let root = Authority::new("root");
    for name in ["other.example", "*.localhost", "localhost.example", "127.0.0.1"] {
        assert_distrusted(&root.sign(name, |_| {}), Some(&root.pair), &["not valid for name"]);
    }
}

#[test]
fn self_signed_by_nobody_known() {
    assert_distrusted(&self_signed("localhost"), None, &["UnknownIssuer", "--ca-cert"]);
}

#[test]
fn of_an_unknown_authority() {
    let (known, unknown) = (Authority::new("root"), Authority::new("root"));
    assert_distrusted(&unknown.sign("localhost", |_| {}), Some(&known.pair), &["certificate"]);
    assert_distrusted(&unknown.sign("localhost", |_| {}), None, &["UnknownIssuer", "--ca-cert"]);
}

#[test]
fn of_an_authority_itself() {
    let root = Authority::new("root");
    let below = root.below("middle");
    assert_distrusted(&below.pair, Some(&root.pair), &["CaUsedAsEndEntity"]);
}

#[test]
fn signed_by_what_is_no_authority() {
    let root = Authority::new("root");
    let no_authority = root.sign("localhost", |_| {});
    let own = Authority::new("forged").sign("localhost", |_| {});
    let chain =
        Pair { certificate: format!("{}{}", own.certificate, no_authority.certificate), key: own.key };
    assert_distrusted(&chain, Some(&root.pair), &["UnknownIssuer"]);
}

#[test]
fn made_for_clients_only() {
    let root = Authority::new("root");
    let own = root.sign("localhost", |params| {
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ClientAuth];
    });
    assert_distrusted(&own, Some(&root.pair), &["certificate"]);
}

#[test]
fn nothing_older_than_tls_1_2_is_offered_or_taken() {
    // A server hello of TLS 1.1 with a cipher suite that both know.
    let mut hello = vec![0x02, 0, 0, 38, 0x03, 0x02];
    hello.extend([7; 32]);
    hello.extend([0, 0xc0, 0x2f, 0]);
    let record = [&[0x16, 0x03, 0x02, 0, 42][..], &hello].concat();
    let server = Trap::start(move |mut stream, note| {
        let mut header = [0; 5];
        stream.read_exact(&mut header).unwrap();
        let mut body = vec![0; usize::from(u16::from_be_bytes([header[3], header[4]]))];
        stream.read_exact(&mut body).unwrap();
        note(&body);
        stream.write_all(&record).unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        // Alerts are records of type 21; anything else would be a handshake that goes on.
        assert!(rest.is_empty() || rest[0] == 21, "{rest:?}");
    });
    atc(&server, "localhost", None, &[]).fails(8, &["no answer to POST", "older versions of TLS"]);
    let [offer] = server.seen().try_into().unwrap();
    assert_no_secret(&offer);
    // The extension supported_versions (43): four bytes, TLS 1.3 and 1.2 and no others.
    let known: Vec<_> = offer.windows(4).filter(|part| part[..2] == [0, 43] && part[2] == 0).collect();
    assert_eq!(known, [[0, 43, 0, 5]]);
    let start = offer.windows(4).position(|part| part == [0, 43, 0, 5]).unwrap();
    let mut versions = offer[start + 5..start + 9].chunks(2).collect::<Vec<_>>();
    versions.sort_unstable();
    assert_eq!(versions, [[3, 3], [3, 4]]);
}

#[test]
fn tls_1_2_is_enough() {
    let own = self_signed("localhost");
    let server = crate::tls_world::start_with(server_config(&own, None, &[&rustls::version::TLS12]), 1);
    let jf = Jf::new();
    std::fs::write(jf.folder().join("ca"), &own.certificate).unwrap();
    jf.run(&["atc", "--url", &server.https_url(), "--access-token", "t", "--ca-cert", "ca"]).ok();
}

#[test]
fn a_server_without_tls_hears_no_request() {
    let server = Trap::start(|mut stream, note| {
        let mut bytes = [0; 4096];
        let read = stream.read(&mut bytes).unwrap_or(0);
        note(&bytes[..read]);
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
    });
    let run = atc(&server, "localhost", None, &[]).fails(8, &["may not speak TLS on this port"]);
    assert_no_secret(server.text());
    assert_no_secret(&run.stderr);
}

#[test]
fn unchecked_means_warned_about_every_time() {
    let own = self_signed("other.example");
    let config = server_config(&own, None, rustls::ALL_VERSIONS);
    let server = Trap::start(move |stream, note| {
        let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
        let mut head = Vec::new();
        let mut byte = [0];
        while !head.ends_with(b"\r\n\r\n") && tls.read(&mut byte).is_ok_and(|read| read == 1) {
            head.push(byte[0]);
        }
        note(&head);
        let _ = tls.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
        tls.conn.send_close_notify();
        let _ = tls.flush();
        let _ = read_head(&mut tls.sock);
    });
    for _ in 0..2 {
        let run = atc(&server, "localhost", None, &["--insecure-tls"]).fails(5, &["403 Forbidden"]);
        assert_eq!(
            run.stderr.matches("[Warn] the server's certificate is not checked").count(),
            1,
            "{run:?}"
        );
    }
    atc(&server, "localhost", None, &["--insecure-tls=false"]).fails(8, &["certificate"]);
    assert_eq!(server.seen().iter().filter(|head| !head.is_empty()).count(), 2);
}
