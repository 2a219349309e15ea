//! Servers that speak TLS: whom the tool trusts, and what it shows of itself.

use crate::support::{Jf, Server};
use crate::tls_world::{self_signed, start};

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

#[test]
fn certificates_of_an_old_home_lie_one_folder_up() {
    let pair = self_signed("localhost");
    let server = start(&pair, None, 1);
    let jf = Jf::new();
    let security = jf.home().join("security");
    std::fs::create_dir_all(&security).unwrap();
    std::fs::write(security.join("mine.pem"), &pair.certificate).unwrap();
    std::fs::write(security.join("security.yaml"), "version: 1").unwrap();
    atc(&jf, &server, &[]).ok();
    // They are read, not moved; and where the folder of newer versions is, only that one counts.
    assert!(security.join("mine.pem").exists() && !security.join("certs").exists());
    std::fs::create_dir(security.join("certs")).unwrap();
    atc(&jf, &server, &[]).fails(8, &["UnknownIssuer"]);
}

#[test]
fn certificate_files_are_for_https_only() {
    let server = Server::created();
    let files = ["--ca-cert=none", "--client-cert-path=none"];
    Jf::new().env("SSL_CERT_FILE", "none").atc(&server, &files).ok();
}
