//! Proxies of the environment.

use crate::support::{Jf, Server};
use std::io::{Read as _, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::JoinHandle;

/// A proxy for one call that connects to `port` of this machine whatever it is asked for; gives back
/// what it was asked.
fn proxy(port: u16) -> (String, JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://user:canary@{}", listener.local_addr().unwrap());
    let thread = std::thread::spawn(move || {
        let (mut near, _) = listener.accept().unwrap();
        let mut asked = Vec::new();
        while !asked.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            near.read_exact(&mut byte).unwrap();
            asked.push(byte[0]);
        }
        let mut far = TcpStream::connect(("127.0.0.1", port)).unwrap();
        near.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
        let (mut near_in, mut far_out) = (near.try_clone().unwrap(), far.try_clone().unwrap());
        std::thread::spawn(move || std::io::copy(&mut near_in, &mut far_out));
        std::io::copy(&mut far, &mut near).unwrap();
        let _ = near.shutdown(Shutdown::Both);
        String::from_utf8(asked).unwrap()
    });
    (address, thread)
}

#[test]
fn a_proxy_is_asked_for_the_tunnel_and_sees_no_credential() {
    let server = Server::created();
    let (address, asked) = proxy(server.url().rsplit(':').next().unwrap().parse().unwrap());
    let jf = Jf::new().env("HTTP_PROXY", &address).env("JFROG_CLI_LOG_LEVEL", "DEBUG");
    let run = jf.run(&["atc", "--url", "http://platform.invalid", "--access-token", "secret-token"]).ok();
    let asked = asked.join().unwrap();
    assert!(
        asked.starts_with("CONNECT platform.invalid:80 ") && asked.contains("dXNlcjpjYW5hcnk="),
        "{asked}"
    );
    assert!(!asked.contains("secret-token") && !run.stderr.contains("canary"), "{asked} {}", run.stderr);
    assert_eq!(server.call().header("authorization"), Some("Bearer secret-token"));
}

#[test]
fn no_proxy_and_this_machine_are_reached_directly() {
    let nobody = "http://127.0.0.1:1";
    let server = Server::created();
    Jf::new().env("HTTP_PROXY", nobody).env("ALL_PROXY", nobody).atc(&server, &[]).ok();
    let jf = Jf::new().env("HTTPS_PROXY", "not a proxy:x");
    let run = jf.run(&["atc", "--url", "https://platform.invalid", "--access-token", "t"]);
    run.fails(2, &["HTTPS_PROXY", "http://proxy.example:3128"]);
}
