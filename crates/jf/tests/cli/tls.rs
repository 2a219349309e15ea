//! Servers that speak TLS: whom the tool trusts, and what it shows of itself.

use crate::support::{CREATED, Channel, Jf, Server, reply};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig, ServerConnection, StreamOwned, crypto::ring};
use std::net::TcpStream;
use std::sync::Arc;

type Tls = StreamOwned<ServerConnection, TcpStream>;

impl Channel for Tls {
    fn end(&mut self) {
        self.conn.send_close_notify();
        let _ = std::io::Write::flush(self);
    }
}

struct Pair {
    certificate: String,
    key: String,
}

fn self_signed(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

fn der(pair: &Pair) -> CertificateDer<'static> {
    CertificateDer::from_pem_slice(pair.certificate.as_bytes()).unwrap()
}

/// A server that shows `own` and, if `client` is given, wants to see that certificate.
fn start(own: &Pair, client: Option<&Pair>, calls: usize) -> Server {
    let provider = Arc::new(ring::default_provider());
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .unwrap();
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let mut roots = RootCertStore::empty();
            roots.add(der(client)).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
    let config = Arc::new(builder.with_single_cert(vec![der(own)], key).unwrap());
    Server::serve((0..calls).map(|_| reply("200 OK", CREATED)).collect(), move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Some(Box::new(StreamOwned::new(connection, stream)))
    })
}

fn atc(jf: &Jf, server: &Server, more: &[&str]) -> crate::support::Run {
    let url = server.https_url();
    jf.run(&[&["atc", "--url", &url, "--access-token", "canary"], more].concat())
}

#[test]
fn an_unknown_authority_is_refused_and_not_tried_again() {
    let server = start(&self_signed("localhost"), None, 0);
    let run = atc(&Jf::new(), &server, &[]).fails(8, &["UnknownIssuer", "--ca-cert"]);
    assert!(!run.stderr.contains("Attempt") && !run.stderr.contains("canary"), "{}", run.stderr);
}

#[test]
fn another_name_is_refused() {
    let pair = self_signed("other.example");
    let server = start(&pair, None, 0);
    let jf = Jf::new();
    std::fs::write(jf.folder().join("ca.pem"), &pair.certificate).unwrap();
    atc(&jf, &server, &["--ca-cert", "ca.pem"]).fails(8, &["not valid for name"]);
}

#[test]
fn trust_comes_from_a_flag_a_variable_or_the_own_folder() {
    let pair = self_signed("localhost");
    let server = start(&pair, None, 4);
    let jf = Jf::new();
    let file = jf.folder().join("ca.pem");
    std::fs::write(&file, &pair.certificate).unwrap();
    atc(&jf, &server, &["--ca-cert", "ca.pem"]).ok();
    let jf = jf.env("SSL_CERT_FILE", file.to_str().unwrap());
    atc(&jf, &server, &[]).ok();
    let folder = Jf::new();
    let certs = folder.home().join("security/certs");
    std::fs::create_dir_all(certs.join("a-folder")).unwrap();
    std::fs::write(certs.join("mine.pem"), &pair.certificate).unwrap();
    std::fs::write(certs.join("notes.txt"), "no certificate").unwrap();
    atc(&folder, &server, &[]).ok();
    let variable = Jf::new().env("SSL_CERT_DIR", certs.to_str().unwrap());
    atc(&variable, &server, &[]).ok();
}

#[test]
fn unchecked_certificates_are_warned_about_each_time() {
    let server = start(&self_signed("localhost"), None, 1);
    let run = atc(&Jf::new(), &server, &["--insecure-tls"]).ok();
    assert!(run.stderr.starts_with("[Warn] the server's certificate is not checked"), "{}", run.stderr);
}

#[test]
fn a_client_certificate_is_shown() {
    let (own, client) = (self_signed("localhost"), self_signed("client"));
    let jf = Jf::new();
    for (name, text) in
        [("ca", &own.certificate), ("cert", &client.certificate), ("key", &client.key), ("wrong", &own.key)]
    {
        std::fs::write(jf.folder().join(name), text).unwrap();
    }
    let server = start(&own, Some(&client), 1);
    let flags = |key| ["--ca-cert=ca", "--client-cert-path=cert", "--client-cert-key-path", key];
    atc(&jf, &server, &flags("key")).ok();
    atc(&jf, &server, &flags("wrong")).fails(2, &["failed loading client certificate"]);
    atc(&jf, &server, &flags("none")).fails(2, &["--client-cert-key-path", "none"]);
}

#[test]
fn a_server_without_tls_is_named_as_such() {
    let server = Server::start(Vec::new());
    atc(&Jf::new(), &server, &["--timeout=5"]).fails(8, &["no answer to POST"]);
}
