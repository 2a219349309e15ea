//! `jf api`: any request to the platform.

use crate::lab::{Trap, read_call_into};
use crate::support::{Jf, Reply, Run, Server, reply, reply_with};
use crate::tls_world::{self, self_signed};
use std::io::Write as _;
use std::process::Stdio;

fn api(jf: &Jf, server: &Server, arguments: &[&str]) -> Run {
    let url = server.url();
    jf.run(&[&["api"], arguments, &["--url", &url, "--access-token=canary-token"]].concat())
}

#[test]
fn a_get_with_the_configured_credential_is_the_default() {
    for path in ["access/api/v1/tokens?a=b", "/access/api/v1/tokens?a=b"] {
        let server = Server::start(vec![reply("200 OK", r#"{"b":1,"a":"ü"}"#)]);
        let run = api(&Jf::new(), &server, &[path]).ok();
        assert_eq!(run.stdout, "{\"b\":1,\"a\":\"ü\"}\n", "as it came, with a line end");
        assert_eq!(run.stderr, "[Info] Http Status: 200\n");
        let call = server.call();
        assert_eq!(call.line, "GET /access/api/v1/tokens?a=b HTTP/1.1");
        assert_eq!(call.header("authorization"), Some("Bearer canary-token"));
        assert_eq!((call.header("content-type"), &*call.body), (None, ""));
    }
}

#[test]
fn methods_bodies_and_headers() {
    let body = r#"{"x":"ü <&>"}"#;
    for (arguments, method, content_type) in [
        (&["-X", "POST", "-d", body][..], "POST", "application/json"),
        (&["--method=put", "--data", body, "-H", "Content-Type: text/plain"], "PUT", "text/plain"),
        (&["-X=PATCH", "--input", "body"], "PATCH", "application/json"),
        (&["-X", "POST", "--input=-"], "POST", "application/json"),
        (&["-X=DELETE", "-d", body], "DELETE", "application/json"),
        (&["-d", body], "GET", "application/json"),
    ] {
        let server = Server::start(vec![reply("200 OK", "")]);
        let jf = Jf::new().stdin(body);
        std::fs::write(jf.folder().join("body"), body).unwrap();
        let run = api(&jf, &server, &[&["a/b"], arguments].concat()).ok();
        assert_eq!(run.stdout, "");
        let call = server.call();
        assert_eq!(call.line, format!("{method} /a/b HTTP/1.1"), "{arguments:?}");
        assert_eq!((call.header("content-type"), &*call.body), (Some(content_type), body), "{arguments:?}");
    }
    for method in ["DELETE", "OPTIONS", "POST", "PUT", "PROPFIND"] {
        let server = Server::start(vec![reply("204 No Content", "")]);
        api(&Jf::new(), &server, &["a", "-X", method]).ok();
        assert_eq!(server.call().line, format!("{method} /a HTTP/1.1"));
    }
}

#[test]
fn a_header_replaces_ours_the_authorization_included() {
    let server = Server::start(vec![reply("200 OK", "")]);
    let headers =
        ["-H", "Authorization: Basic other", "-H", "X-A: 1", "--header=X-B:b:c", "-H", "User-Agent: me"];
    api(&Jf::new(), &server, &[&["x"], &headers[..]].concat()).ok();
    let call = server.call();
    assert_eq!(call.header("authorization"), Some("Basic other"));
    assert_eq!(
        [call.header("x-a"), call.header("x-b"), call.header("user-agent")],
        [Some("1"), Some("b:c"), Some("me")]
    );
    assert_eq!(call.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("authorization")).count(), 1);
}

#[test]
fn no_credential_is_needed_where_none_is_wanted() {
    for (arguments, wanted) in [(&[][..], None), (&["-H", "Authorization: Bearer mine"], Some("Bearer mine"))]
    {
        let server = Server::start(vec![reply("200 OK", "OK")]);
        Jf::new()
            .run(&[&["api", "access/api/v1/system/ping", "--url", &server.url()], arguments].concat())
            .ok();
        assert_eq!(server.call().header("authorization"), wanted);
    }
    Jf::new().run(&["api", "x"]).fails(4, &["no JFrog Platform URL specified"]);
}

#[test]
fn w14_the_body_reaches_standard_output_whatever_the_status() {
    for (status, code) in [
        ("200 OK", 0),
        ("201 Created", 0),
        ("304 Not Modified", 0),
        ("302 Found", 1),
        ("400 Bad Request", 1),
        ("401 Unauthorized", 4),
        ("403 Forbidden", 5),
        ("404 Not Found", 6),
        ("409 Conflict", 7),
        ("429 Too Many Requests", 9),
        ("500 Internal Server Error", 9),
        ("503 Service Unavailable", 9),
    ] {
        let body = if status.starts_with("304") { "" } else { r#"{"errors":[{"message":"why"}]}"# };
        let server = Server::start(vec![reply(status, body)]);
        let run = api(&Jf::new(), &server, &["x", "--retries=0"]);
        let line = if body.is_empty() { String::new() } else { format!("{body}\n") };
        assert_eq!((run.code, run.stdout.as_str()), (code, line.as_str()), "{status}: {run:?}");
        assert!(run.stderr.contains(&format!("[Info] Http Status: {}\n", &status[..3])), "{run:?}");
        assert_eq!(run.stderr.contains("[Error] server response: "), code != 0, "{run:?}");
        // As JSON the object is all there is on standard output.
        let server = Server::start(vec![reply(status, body)]);
        let run =
            api(&Jf::new().env("JFROG_CLI_ERROR_OUTPUT_FORMAT", "json"), &server, &["x", "--retries=0"]);
        if code != 0 {
            let error: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
            assert_eq!(error["body"]["errors"][0]["message"], "why");
            assert_eq!(error["exit_code"], code);
        }
    }
}

#[test]
fn a_get_is_tried_again_and_a_post_is_not() {
    let busy = || reply_with("503 Service Unavailable", &["Retry-After: 0"], "busy");
    let server = Server::start(vec![busy(), Reply::HangUp, reply("200 OK", "done")]);
    assert_eq!(api(&Jf::new(), &server, &["x"]).ok().stdout, "done\n");
    for method in ["POST", "PUT", "PATCH", "DELETE"] {
        let server = Server::start(vec![busy()]);
        let run = api(&Jf::new(), &server, &["x", "-X", method]);
        assert_eq!((run.code, run.stdout.as_str()), (9, "busy\n"), "{run:?}");
        assert_eq!(server.call().header("idempotency-key"), None);
        let server = Server::start(vec![Reply::HangUp]);
        api(&Jf::new(), &server, &["x", "-X", method]).fails(8, &["no answer to"]);
    }
}

#[test]
fn redirects_of_a_get_are_followed_three_times_within_the_origin() {
    let hop = |n: u32| reply_with("302 Found", &[&format!("Location: /hop{n}")], "");
    let server = Server::start(vec![hop(1), hop(2), hop(3), reply("200 OK", "there")]);
    assert_eq!(api(&Jf::new(), &server, &["x"]).ok().stdout, "there\n");
    let calls = server.calls();
    assert_eq!(calls[3].line, "GET /hop3 HTTP/1.1");
    assert!(calls.iter().all(|call| call.header("authorization") == Some("Bearer canary-token")));

    let server = Server::start(vec![hop(1), hop(2), hop(3), hop(4)]);
    api(&Jf::new(), &server, &["x"]).fails(1, &["server response: 302 Found"]);
    let server = Server::start(vec![hop(1)]);
    api(&Jf::new(), &server, &["x", "-X", "POST", "-d", "{}"]).fails(1, &["server response: 302 Found"]);

    let elsewhere = Trap::catcher("127.0.0.1");
    for location in
        [format!("http://127.0.0.1:{}/x", elsewhere.port()), format!("//127.0.0.1:{}/", elsewhere.port())]
    {
        let server = Server::start(vec![reply_with(
            "307 Temporary Redirect",
            &[&format!("Location: {location}")],
            "",
        )]);
        api(&Jf::new(), &server, &["x"]).fails(1, &["the credentials were not sent there"]);
    }
    elsewhere.assert_untouched();
}

#[test]
fn a_whole_address_is_one_of_the_platforms() {
    let server = Server::start(vec![reply("200 OK", "")]);
    api(&Jf::new(), &server, &[&format!("{}/whole?x=1", server.url())]).ok();
    assert_eq!(server.call().line, "GET /whole?x=1 HTTP/1.1");

    let (nobody, elsewhere) = (Server::untouched(), Trap::catcher("127.0.0.1"));
    let (port, other) = (nobody.port(), elsewhere.port());
    for address in [
        format!("http://127.0.0.1:{other}/"),
        format!("https://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.1:{port}@127.0.0.1:{other}/"),
        format!("HTTP://127.0.0.1:{other}/"),
    ] {
        api(&Jf::new(), &nobody, &[&address]).fails(2, &["PATH: ", "--url"]);
    }
    elsewhere.assert_untouched();
}

#[test]
fn w40_own_certificates_hold_here_too() {
    let pair = self_signed("localhost");
    let server = tls_world::start(&pair, None, 1);
    let jf = Jf::new();
    let certs = jf.home().join("security/certs");
    std::fs::create_dir_all(&certs).unwrap();
    std::fs::write(certs.join("mine.pem"), &pair.certificate).unwrap();
    jf.run(&["api", "x", "--url", &server.https_url(), "--access-token=t"]).ok();
}

#[test]
fn verbose_shows_headers_without_secrets() {
    let headers = ["Set-Cookie: canary", "X-Seen: canary-token", "X-Other: yes"];
    let server = Server::start(vec![reply_with("200 OK", &headers, "body")]);
    let arguments = [
        "x",
        "--verbose",
        "-H",
        "Authorization: Bearer canary-own",
        "-H",
        "X-JFrog-Art-Api: canary",
        "-H",
        "X-A: shown",
    ];
    let run = api(&Jf::new(), &server, &arguments).ok();
    assert_eq!(run.stdout, "body\n");
    for line in [
        "> authorization: ***\n",
        "> x-jfrog-art-api: ***\n",
        "> x-a: shown\n",
        "< 200 OK\n",
        "< set-cookie: ***\n",
        "< x-seen: ***\n",
        "< x-other: yes\n",
    ] {
        assert!(run.stderr.contains(line), "{line} is missing in {run:?}");
    }
    assert!(!run.stderr.contains("canary"), "{run:?}");
    let server = Server::start(vec![reply("403 Forbidden", "{\"errors\":[{\"message\":\"canary-own\"}]}")]);
    let run = api(&Jf::new().env("JFROG_CLI_LOG_LEVEL", "DEBUG"), &server, &arguments);
    assert!(run.code == 5 && !run.stderr.contains("canary"), "{run:?}");
}

/// A server that answers with these bytes, cut after `sent` of them.
fn bytes(status: &'static str, body: Vec<u8>, sent: usize) -> Trap {
    Trap::start(move |mut stream, note| {
        read_call_into(&mut stream, note);
        let head =
            format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body[..sent]));
    })
}

fn raw(jf: &Jf, port: u16, more: &[&str]) -> std::process::Output {
    let url = format!("http://127.0.0.1:{port}");
    let arguments = [&["api", "x", "--url", &url, "--access-token=t"], more].concat();
    jf.command(&arguments).stdin(Stdio::null()).output().unwrap()
}

#[test]
fn bytes_of_any_kind_and_number_pass_through() {
    let every: Vec<u8> = (0..=255).rev().chain(*b"\n").collect();
    let many: Vec<u8> = (0..20_u32 << 20).map(|n| (n % 251) as u8).chain(*b"\n").collect();
    for body in [every, many] {
        let server = bytes("200 OK", body.clone(), body.len());
        let output = raw(&Jf::new(), server.port(), &[]);
        assert!(output.status.success() && output.stdout == body);
        let jf = Jf::new();
        let output = raw(&jf, server.port(), &["--output=out"]);
        assert!(output.stdout.is_empty() && std::fs::read(jf.folder().join("out")).unwrap() == body);
        let jf = Jf::new();
        std::fs::write(jf.folder().join("in"), &body).unwrap();
        assert!(raw(&jf, server.port(), &["-X=PUT", "--input=in"]).status.success());
        assert!(server.seen().last().unwrap().ends_with(&body));
    }
}

#[test]
fn half_a_body_is_no_success() {
    for status in ["200 OK", "201 Created", "206 Partial Content"] {
        let server = bytes(status, vec![b'x'; 1000], 500);
        let output = raw(&Jf::new(), server.port(), &[]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(8), 0), "{status}: {output:?}");
    }
}

#[test]
fn what_cannot_be_sent_is_refused_before() {
    let nobody = Server::untouched();
    for (arguments, code, words) in [
        (&[][..], 2, "Wrong number of arguments (0)."),
        (&["a", "b"], 2, "Wrong number of arguments (2)."),
        (&["a b"], 2, "PATH: must not contain spaces"),
        (&["a", "-X", "CONNECT"], 2, "--method"),
        (&["a", "-X", "G T"], 2, "--method"),
        (&["a", "-H", "canary"], 2, "--header: there is no colon"),
        (&["a", "-H", "X: canary\nY: z"], 2, "--header"),
        (&["a", "-d", "canary", "--input", "-"], 2, "--data and --input"),
        (&["a", "--input", "none"], 1, "--input: cannot read none"),
        (&["a", "--output", "no/folder"], 1, "--output: cannot create"),
        (&["a", "--timeout=0"], 2, "whole seconds"),
    ] {
        let run = api(&Jf::new(), &nobody, arguments).fails(code, &[words]);
        assert!(!run.stderr.contains("canary"), "{run:?}");
    }
}
