//! Proxies of every kind, good and bad: what they get to see, what servers behind them get to see, and
//! what the tool says of them. Names such as platform.test are known to the proxy only.

use crate::lab::{PASSWORD, TOKEN, Trap, assert_no_secret, drip, read_head, splice};
use crate::support::{Call, Jf, Run, Server, reply};
use crate::tls_world::{Authority, start};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// `proxy-user:proxy p@ss` as it stands in a URL, and as a proxy gets it.
const USER_INFO: &str = "proxy-user:proxy%20p%40ss";
const AUTHORIZATION: &str = "Proxy-Authorization: Basic cHJveHktdXNlcjpwcm94eSBwQHNz";

/// Traces of the proxy's user info.
const PROXY_SECRETS: [&str; 4] =
    ["proxy%20p%40ss", "proxy p@ss", "cHJveHktdXNlcjpwcm94eSBwQHNz", "proxy-user"];

/// A proxy that opens the way to `port` of this machine, whatever the name is that it is asked for. It
/// notes everything that comes.
pub(crate) fn connect_proxy(port: u16) -> Trap {
    Trap::start(move |mut near, note| {
        note(&read_head(&mut near));
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        splice(near, port, note);
    })
}

/// The same for SOCKS5 (RFC 1928, 1929): with a password if `method` is 2.
fn socks5_proxy(port: u16, method: u8) -> Trap {
    Trap::start(move |mut near, note| {
        let take = |near: &mut TcpStream, length: usize| {
            let mut bytes = vec![0; length];
            near.read_exact(&mut bytes).unwrap();
            bytes
        };
        let greeting = take(&mut near, 2);
        let methods = take(&mut near, greeting[1].into());
        if !methods.contains(&method) {
            near.write_all(&[5, 0xff]).unwrap();
            return;
        }
        near.write_all(&[5, method]).unwrap();
        if method == 2 {
            let user_length = take(&mut near, 2)[1];
            let user = take(&mut near, user_length.into());
            let password_length = take(&mut near, 1)[0];
            let password = take(&mut near, password_length.into());
            let is_right = user == b"proxy-user" && password == b"proxy p@ss";
            near.write_all(&[1, u8::from(!is_right)]).unwrap();
            if !is_right {
                return;
            }
        }
        let request = take(&mut near, 5);
        assert_eq!(request[..4], [5, 1, 0, 3], "a name, not an address");
        note(&take(&mut near, request[4].into()));
        let wanted = take(&mut near, 2);
        note(format!(":{}\n", u16::from_be_bytes([wanted[0], wanted[1]])).as_bytes());
        near.write_all(&[5, 0, 0, 1, 0, 0, 0, 0, 0, 0]).unwrap();
        splice(near, port, note);
    })
}

fn socks4_proxy(port: u16) -> Trap {
    Trap::start(move |mut near, note| {
        let mut request = [0; 9];
        near.read_exact(&mut request).unwrap();
        assert_eq!((request[0], request[1], &request[4..]), (4, 1, &[0, 0, 0, 1, 0][..]));
        let mut byte = [0];
        while near.read_exact(&mut byte).is_ok() && byte[0] != 0 {
            note(&byte);
        }
        near.write_all(&[0, 90, 0, 0, 0, 0, 0, 0]).unwrap();
        splice(near, port, note);
    })
}

/// Answers every request for a way with `text`.
fn rude_proxy(text: &'static [u8]) -> Trap {
    Trap::start(move |mut near, note| {
        note(&read_head(&mut near));
        let _ = near.write_all(text);
    })
}

/// A platform with TLS and the name platform.test, for one call.
fn platform(jf: &Jf) -> Server {
    let root = Authority::new("root");
    std::fs::write(jf.folder().join("ca"), &root.pair.certificate).unwrap();
    start(&root.sign("platform.test", |_| {}), None, 1)
}

/// Asks `url` through the proxy of `variable`; no message repeats a secret.
fn atc(jf: Jf, variable: &str, proxy: &str, url: &str, more: &[&str]) -> Run {
    let jf = jf.env(variable, proxy).env("JFROG_CLI_LOG_LEVEL", "DEBUG").stdin(TOKEN);
    let run = jf.run(&[&["atc", "--url", url, "--access-token-stdin", "--timeout=20"], more].concat());
    assert_hides_everything(&run.stderr);
    run
}

#[track_caller]
fn assert_hides_everything(text: &str) {
    assert_no_secret(text);
    for secret in PROXY_SECRETS {
        assert!(!text.contains(secret), "{secret} is in {text}");
    }
}

#[track_caller]
fn assert_free_of_the_proxy(call: &Call) {
    assert_eq!(call.header("authorization"), Some(&*format!("Bearer {TOKEN}")));
    assert_eq!(call.header("proxy-authorization"), None);
    for secret in PROXY_SECRETS {
        assert!(!format!("{call:?}").contains(secret), "{secret} is in {call:?}");
    }
}

#[test]
fn https_through_connect_shows_the_proxy_no_credential() {
    for (variable, user_info) in
        [("HTTPS_PROXY", ""), ("https_proxy", "proxy-user:proxy%20p%40ss@"), ("ALL_PROXY", "")]
    {
        let jf = Jf::new();
        let server = platform(&jf);
        let proxy = connect_proxy(server.port());
        let address = format!("http://{user_info}{}", proxy.address);
        atc(jf, variable, &address, "https://platform.test", &["--ca-cert=ca"]).ok();
        let seen = proxy.text();
        assert!(seen.starts_with("CONNECT platform.test:443 HTTP/1.1\r\n"), "{seen}");
        assert_eq!(seen.contains(AUTHORIZATION), !user_info.is_empty(), "{seen}");
        assert_no_secret(seen.replace("Proxy-Authorization", ""));
        assert_free_of_the_proxy(&server.call());
    }
}

#[test]
fn a_password_stays_hidden_from_the_proxy_as_well() {
    let jf = Jf::new();
    let server = platform(&jf);
    let proxy = connect_proxy(server.port());
    let jf = jf.env("HTTPS_PROXY", &format!("http://{}", proxy.address)).stdin(PASSWORD);
    let url = ["--url=https://platform.test", "--ca-cert=ca", "--user=frog", "--password-stdin"];
    let run = jf.run(&[&["atc"][..], &url].concat()).ok();
    assert_no_secret(proxy.text());
    assert_no_secret(&run.stderr);
    assert!(server.call().header("authorization").unwrap().starts_with("Basic "));
}

#[test]
fn http_through_connect_keeps_the_proxys_password_from_the_server() {
    let server = Server::created();
    let proxy = connect_proxy(server.port());
    let address = format!("http://{USER_INFO}@{}", proxy.address);
    atc(Jf::new(), "HTTP_PROXY", &address, "http://platform.test:8082", &[]).ok();
    assert!(proxy.text().starts_with("CONNECT platform.test:8082 "), "{}", proxy.text());
    assert!(proxy.text().contains(AUTHORIZATION));
    assert_free_of_the_proxy(&server.call());
}

#[test]
fn socks_proxies_look_up_the_name_and_see_no_credential() {
    for (scheme, user_info, method) in
        [("socks5", "", 0), ("socks5h", "", 0), ("socks5", "proxy-user:proxy%20p%40ss@", 2)]
    {
        let jf = Jf::new();
        let server = platform(&jf);
        let proxy = socks5_proxy(server.port(), method);
        let address = format!("{scheme}://{user_info}{}", proxy.address);
        atc(jf, "HTTPS_PROXY", &address, "https://platform.test", &["--ca-cert=ca"]).ok();
        assert!(proxy.text().starts_with("platform.test:443\n"), "{}", proxy.text());
        assert_no_secret(proxy.text());
        assert_free_of_the_proxy(&server.call());
    }
}

#[test]
fn socks_proxies_carry_plain_http_too() {
    let server = Server::created();
    let proxy = socks5_proxy(server.port(), 2);
    let address = format!("socks5://{USER_INFO}@{}", proxy.address);
    atc(Jf::new(), "HTTP_PROXY", &address, "http://platform.test", &[]).ok();
    assert!(proxy.text().starts_with("platform.test:80\n"), "{}", proxy.text());
    assert_free_of_the_proxy(&server.call());
    let server = Server::created();
    let proxy = socks4_proxy(server.port());
    atc(Jf::new(), "ALL_PROXY", &format!("socks4a://{}", proxy.address), "http://platform.test", &[]).ok();
    assert!(proxy.text().starts_with("platform.test"), "{}", proxy.text());
    assert_free_of_the_proxy(&server.call());
}

#[test]
fn a_proxy_that_says_no_is_asked_once_and_named() {
    for (answer, words) in [
        (
            &b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"[..],
            "wants a user name and a password",
        ),
        (b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n", "does not let this through (403)"),
        (b"HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n", "the proxy refused (500)"),
        (b"HTTP/1.1 302 Found\r\nLocation: http://elsewhere.test/\r\n\r\n", "the proxy refused (302)"),
    ] {
        for (variable, url) in
            [("HTTPS_PROXY", "https://platform.test"), ("http_proxy", "http://platform.test")]
        {
            let proxy = rude_proxy(answer);
            let address = format!("http://{USER_INFO}@{}", proxy.address);
            let shown = format!("http://***@{} of the variable {variable}", proxy.address);
            atc(Jf::new(), variable, &address, url, &[]).fails(8, &["no answer to POST", words, &shown]);
            assert_eq!(proxy.seen().len(), 1, "{}", proxy.text());
            assert_no_secret(proxy.text().replace("Proxy-Authorization", ""));
        }
    }
}

#[test]
fn a_proxy_that_does_not_reach_the_server_is_asked_again() {
    let proxy = rude_proxy(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n");
    let run =
        atc(Jf::new(), "HTTPS_PROXY", &format!("http://{}", proxy.address), "https://platform.test", &[]);
    run.fails(8, &["(Attempt 3)", "the proxy did not reach the server (502)", "of the variable HTTPS_PROXY"]);
    assert_eq!(proxy.seen().len(), 4);
    assert_no_secret(proxy.text());
}

#[test]
fn a_proxy_that_talks_nonsense_gets_nothing() {
    for answer in [
        &b"SSH-2.0-OpenSSH_9.2\r\n\r\n"[..],
        b"\x00\xff\xfe\x01\x02garbage\r\n\r\n",
        b"HTTP/1.1 OK 200\r\n\r\n",
        b"\r\n\r\n",
    ] {
        let proxy = rude_proxy(answer);
        let run =
            atc(Jf::new(), "HTTPS_PROXY", &format!("http://{}", proxy.address), "https://platform.test", &[]);
        run.fails(8, &["no answer to POST", "of the variable HTTPS_PROXY"]);
        assert_no_secret(proxy.text());
    }
}

#[test]
fn a_proxy_that_drops_the_connection_gets_nothing() {
    for scheme in ["http", "socks5"] {
        for after in [0, 1] {
            let proxy = Trap::start(move |mut near, note| {
                let mut bytes = vec![0; after];
                let _ = near.read_exact(&mut bytes);
                note(&bytes);
            });
            let address = format!("{scheme}://{}", proxy.address);
            let run = atc(Jf::new(), "HTTPS_PROXY", &address, "https://platform.test", &[]);
            run.fails(8, &["no answer to POST", &format!("{address} of the variable HTTPS_PROXY")]);
            assert_eq!(proxy.seen().len(), 4, "it may do better next time");
            assert_no_secret(proxy.text());
        }
    }
}

#[test]
fn a_proxy_that_is_not_there_is_named() {
    for scheme in ["http", "socks5"] {
        let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
        let address = format!("{scheme}://{USER_INFO}@{closed}");
        let shown = format!("{scheme}://***@{closed} of the variable ALL_PROXY");
        atc(Jf::new(), "ALL_PROXY", &address, "https://platform.test", &[])
            .fails(8, &["no answer to POST", &shown]);
    }
}

#[test]
fn a_socks_proxy_that_says_no_is_asked_once_and_named() {
    // A wrong password, none where one is wanted, no rule for it, and nonsense.
    let refusing = || {
        Trap::start(|mut near, note| {
            let mut bytes = [0; 3];
            let _ = near.read_exact(&mut bytes);
            let _ = near.write_all(&[5, 0]);
            let mut request = [0; 20];
            let _ = near.read_exact(&mut request);
            note(&request);
            let _ = near.write_all(&[5, 2, 0, 1, 0, 0, 0, 0, 0, 0]);
        })
    };
    let nonsense = || {
        Trap::start(|mut near, note| {
            let mut bytes = [0; 3];
            let _ = near.read_exact(&mut bytes);
            note(&bytes);
            let _ = near.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        })
    };
    for (proxy, user_info, words) in [
        (socks5_proxy(1, 2), "proxy-user:wrong@", "password authentication failed"),
        (socks5_proxy(1, 2), "", "no acceptable auth methods"),
        (refusing(), "", "connection not allowed by ruleset"),
        (nonsense(), "", "invalid response version"),
    ] {
        let address = format!("socks5://{user_info}{}", proxy.address);
        let run = atc(Jf::new(), "HTTPS_PROXY", &address, "https://platform.test", &[]);
        run.fails(8, &["no answer to POST", "the proxy refused", words, "of the variable HTTPS_PROXY"]);
        assert_eq!(proxy.seen().len(), 1);
        assert_no_secret(proxy.text());
    }
}

#[test]
fn a_proxy_that_never_answers_does_not_hold_the_tool() {
    for scheme in ["http", "socks5"] {
        let silent = Trap::catcher("127.0.0.1");
        let address = format!("{scheme}://{}", silent.address);
        let run = atc(Jf::new(), "HTTPS_PROXY", &address, "https://platform.test", &["--timeout=1"]);
        run.fails(8, &["longer than 1 s"]);
        assert_no_secret(silent.text());
    }
}

#[test]
fn a_proxy_that_answers_drop_by_drop_does_not_hold_the_tool() {
    let proxy = Trap::start(|mut near, note| {
        note(&read_head(&mut near));
        let endless = [b"HTTP/1.1 200 OK\r\nX: ".to_vec(), vec![b'x'; 400]].concat();
        drip(&mut near, &endless, Duration::from_millis(50));
    });
    let run = atc(
        Jf::new(),
        "HTTPS_PROXY",
        &format!("http://{}", proxy.address),
        "https://platform.test",
        &["--timeout=1"],
    );
    run.fails(8, &["longer than 1 s"]);
    assert_no_secret(proxy.text());
}

#[test]
fn this_machine_and_exceptions_go_past_every_proxy() {
    for variable in ["HTTP_PROXY", "http_proxy", "ALL_PROXY"] {
        let (proxy, server) = (Trap::catcher("127.0.0.1"), Server::created());
        let url = format!("http://localhost:{}", server.port());
        atc(Jf::new(), variable, &format!("http://{}", proxy.address), &url, &[]).ok();
        proxy.assert_untouched();
    }
    let proxy = Trap::catcher("127.0.0.1");
    let jf = Jf::new().env("NO_PROXY", "other.test,.invalid");
    let run = atc(jf, "HTTPS_PROXY", &format!("http://{}", proxy.address), "https://platform.invalid", &[]);
    run.fails(8, &["platform.invalid"]);
    proxy.assert_untouched();
}

#[test]
fn a_proxy_may_speak_tls_itself() {
    let jf = Jf::new();
    let root = Authority::new("root");
    std::fs::write(jf.folder().join("ca"), &root.pair.certificate).unwrap();
    let config = crate::tls_world::server_config(&root.sign("localhost", |_| {}), None, rustls::ALL_VERSIONS);
    let proxy = Trap::start(move |near, note| {
        let connection = rustls::ServerConnection::new(std::sync::Arc::clone(&config)).unwrap();
        let mut near = rustls::StreamOwned::new(connection, near);
        let mut byte = [0];
        let mut head = Vec::new();
        while !head.ends_with(b"\r\n\r\n") && near.read(&mut byte).is_ok_and(|read| read == 1) {
            head.push(byte[0]);
        }
        note(&head);
        let _ = near.write_all(b"HTTP/1.1 407 Who Are You\r\nContent-Length: 0\r\n\r\n");
        let _ = near.flush();
    });
    let address = format!("https://{USER_INFO}@localhost:{}", proxy.port());
    let run = atc(jf, "HTTPS_PROXY", &address, "https://platform.test", &["--ca-cert=ca"]);
    run.fails(8, &["(407)", &format!("https://***@localhost:{} of", proxy.port())]);
    assert!(proxy.text().contains(AUTHORIZATION), "{}", proxy.text());
}

#[test]
fn a_refused_answer_behind_a_proxy_is_the_servers() {
    let server = Server::start(vec![reply("407 Proxy Authentication Required", "")]);
    let proxy = connect_proxy(server.port());
    let run = atc(Jf::new(), "HTTP_PROXY", &format!("http://{}", proxy.address), "http://platform.test", &[]);
    run.fails(1, &["server response: 407"]);
}

#[test]
fn what_is_no_proxy_is_refused_without_being_repeated() {
    for address in ["not a proxy:x", "gopher://u:canary@p", "socks4://u:canary@p", "http://"] {
        let jf = Jf::new();
        let run = atc(jf, "HTTPS_PROXY", address, "https://platform.test", &[]);
        run.fails(2, &["HTTPS_PROXY: ", "http://proxy.example:3128"]);
    }
}
