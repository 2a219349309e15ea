//! What lies between `jf` and a service: nobody there, TLS, broken connections, answers that are none.

use crate::accessd;
use serde_json::Value;
use std::net::TcpListener;
use testkit::{Certificate, Fault, FaultProxy, Jf, Reply, Scripted, TlsServer};

fn ask(url: &str) -> Jf {
    Jf::new().flag("--url", url).flag("--access-token", "a.b.c")
}

#[test]
fn nobody_there_is_exit_8() {
    let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    ask(&format!("http://127.0.0.1:{port}")).atc(&[]).failed(8, &[&port.to_string()]);
    ask("http://no-such-host.invalid").atc(&[]).failed(8, &["no-such-host.invalid"]);
}

#[test]
fn a_certificate_that_nobody_vouches_for_is_exit_8_and_nothing_is_sent() {
    let certificate = Certificate::for_host("localhost");
    let server = TlsServer::answering(&Reply::token(), &certificate);
    let run = ask(&server.url("localhost")).atc(&[]).failed(8, &["certificate"]);
    assert!(!run.stderr.contains("a.b.c"), "{}", run.stderr);
}

#[test]
fn a_certificate_that_one_vouches_for_is_accepted_for_its_host_only() {
    let certificate = Certificate::for_host("localhost");
    let server = TlsServer::answering(&Reply::token(), &certificate);
    let jf = ask(&server.url("localhost"));
    let file = jf.file("ca.pem", &certificate.pem);
    jf.atc(&["--ca-cert", &file]).succeeded();
    jf.atc(&["--ca-cert", "/nowhere/ca.pem"]).failed(2, &["/nowhere/ca.pem"]);
    let other_name = ask(&server.url("127.0.0.1"));
    other_name.atc(&["--ca-cert", &file]).failed(8, &["certificate"]);
    let careless = other_name.atc(&["--insecure-tls"]).succeeded();
    assert!(careless.stderr.to_lowercase().contains("certificate"), "it warns: {}", careless.stderr);
}

#[test]
fn plain_http_where_tls_is_spoken_and_the_reverse() {
    let certificate = Certificate::for_host("localhost");
    let server = TlsServer::answering(&Reply::token(), &certificate);
    let plain = server.url("localhost").replace("https:", "http:");
    ask(&plain).atc(&["--timeout", "20"]).failed(8, &[]);
    let plain_server = Scripted::answering(vec![Reply::token()]);
    ask(&plain_server.url().replace("http:", "https:")).atc(&["--timeout", "20"]).failed(8, &[]);
}

#[test]
fn a_200_that_is_no_json_is_exit_9_and_not_success() {
    for body in [
        "<html>Welcome</html>",
        "",
        "{\"access_token\":",
        "null",
        "[]",
        "{}",
        "\"a.b.c\"",
        "{\"access_token\":7}",
    ] {
        let server = Scripted::answering(vec![Reply::text(200, "text/html", body)]);
        ask(&server.url()).atc(&[]).failed(9, &["200"]);
    }
    let cut = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 500\r\n\r\n{\"access_token\":\"a".to_vec();
    let server = Scripted::answering(vec![Reply::Bytes(cut)]);
    let run = ask(&server.url()).atc(&["--timeout", "20"]);
    assert!(matches!(run.code, 8 | 9), "{} {}", run.code, run.stderr);
    assert_eq!(run.stdout, "");
    let server = Scripted::answering(vec![Reply::Bytes(b"nonsense\r\n\r\n".to_vec())]);
    let run = ask(&server.url()).atc(&["--timeout", "20"]);
    assert!(matches!(run.code, 8 | 9), "{} {}", run.code, run.stderr);
}

#[test]
fn each_status_has_its_exit_code() {
    for (status, code) in [
        (201, 1),
        (204, 1),
        (400, 1),
        (401, 4),
        (403, 5),
        (404, 6),
        (409, 7),
        (422, 1),
        (500, 9),
        (502, 9),
        (503, 9),
        (429, 9),
    ] {
        let server = Scripted::answering(vec![Reply::json(
            status,
            r#"{"errors":[{"code":"X","message":"said so"}]}"#,
        )]);
        let run = ask(&server.url()).atc(&[]).failed(code, &[&status.to_string()]);
        assert!(status == 204 || run.stderr.contains("said so"), "{status}: {}", run.stderr);
    }
}

#[test]
fn an_answer_that_is_far_too_long_ends_without_harm() {
    let huge = format!("{{\"access_token\":\"{}\"}}", "x".repeat(40_000_000));
    let server = Scripted::answering(vec![Reply::json(200, &huge)]);
    let run = ask(&server.url()).atc(&["--timeout", "30"]);
    assert_ne!(run.code, 0);
    assert_eq!(run.stdout, "");
}

#[test]
fn a_service_that_is_busy_for_a_moment_is_asked_again() {
    let busy = Reply::json(503, r#"{"errors":[{"code":"SERVICE_UNAVAILABLE","message":"later"}]}"#);
    let server = Scripted::answering(vec![busy, Reply::token()]);
    ask(&server.url()).atc(&[]).succeeded();
    let received = server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        received[0].header("idempotency-key"),
        received[1].header("idempotency-key"),
        "it is one request"
    );
    assert_eq!(received[0].body, received[1].body);
    let wrong = Scripted::answering(vec![Reply::json(400, "{}")]);
    ask(&wrong.url()).atc(&[]).failed(1, &["400"]);
    assert_eq!(wrong.received().len(), 1, "what will not change is not tried again");
}

#[test]
fn a_lost_answer_makes_no_second_token() {
    let accessd = accessd();
    for faults in [
        &[Fault::LoseAnswer][..],
        &[Fault::CutAnswer(20)],
        &[Fault::Refuse, Fault::LoseAnswer],
        &[Fault::Delay(700)],
    ] {
        let frog = accessd.new_user("frog");
        let proxy = FaultProxy::to_port(accessd.port(), faults);
        let run =
            Jf::new().flag("--url", &proxy.url()).flag("--access-token", &frog.token).atc(&["--reference"]);
        let printed: Value = run.json();
        assert_eq!(proxy.faults_left(), 0, "{faults:?}");
        assert!(accessd.accepts(printed["access_token"].as_str().unwrap()), "{faults:?}");
        assert!(accessd.accepts(printed["reference_token"].as_str().unwrap()), "{faults:?}");
        assert_eq!(accessd.tokens_of(&frog.name).len(), 2, "{faults:?}: the user's own, and one");
    }
}
