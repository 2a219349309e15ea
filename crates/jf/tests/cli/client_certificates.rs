//! What the tool shows of itself: PEM, and PKCS#12 as the `openssl` program writes it.

use crate::lab::Trap;
use crate::support::{Jf, Run, Server};
use crate::tls_world::{Authority, Pair, self_signed, server_config, start};
use p12_keystore::{Certificate, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::{ServerConnection, StreamOwned};
use std::io::{Read as _, Write as _};
use std::path::PathBuf;
use std::process::Command;
use std::sync::Arc;

const PASSPHRASE: &str = "canary päss";

/// A tool, the authority of its certificate, and a certificate two steps below that authority.
struct World {
    jf: Jf,
    root: Authority,
    own: Pair,
}

impl World {
    fn new() -> Self {
        let (root, own, jf) = (Authority::new("root"), self_signed("localhost"), Jf::new());
        let middle = root.below("middle");
        let client = middle.sign("client", |_| {});
        let world = Self { jf, root, own };
        world.write("ca", &world.own.certificate);
        world.write("cert", &client.certificate);
        world.write("key", &client.key);
        world.write("issuers", format!("{}{}", world.root.pair.certificate, middle.pair.certificate));
        world
    }

    fn with_passphrase(self, passphrase: &str) -> Self {
        Self { jf: self.jf.env("JF_CLIENT_CERT_PASSWORD", passphrase), ..self }
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), content).unwrap();
    }

    fn path(&self, name: &str) -> PathBuf {
        self.jf.folder().join(name)
    }

    #[track_caller]
    fn openssl(&self, arguments: &str, passphrase: &str) {
        let output = Command::new("openssl")
            .args(arguments.split(' '))
            .env("PASSPHRASE", passphrase)
            .current_dir(self.jf.folder())
            .output()
            .unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }

    /// Packs certificate, key and issuers into `file` (`client.p12`), as `options` say.
    #[track_caller]
    fn export(&self, options: &str, passphrase: &str) {
        let arguments = format!(
            "pkcs12 -export -in cert -inkey key -certfile issuers -passout env:PASSPHRASE -out client.p12{options}"
        );
        self.openssl(&arguments, passphrase);
    }

    /// A server that wants a certificate of the root's, for this many calls.
    fn server(&self, calls: usize) -> Server {
        start(&self.own, Some(&self.root.pair), calls)
    }

    fn atc(&self, server: &Server, file: &str) -> Run {
        atc(&self.jf, server, &["--client-cert-path", file])
    }
}

fn atc(jf: &Jf, server: &Server, more: &[&str]) -> Run {
    let url = server.https_url();
    let run = jf.run(
        &[&["atc", "--url", &url, "--access-token", "t", "--ca-cert=ca", "--timeout=20"], more].concat(),
    );
    assert!(!run.stderr.contains(PASSPHRASE), "{run:?}");
    run
}

#[test]
fn every_way_openssl_writes_pkcs12_is_read() {
    for options in ["", " -legacy", " -keypbe NONE -certpbe NONE", " -macalg sha512", " -nomac"] {
        let world = World::new().with_passphrase(PASSPHRASE);
        world.export(options, PASSPHRASE);
        let server = world.server(1);
        world.atc(&server, "client.p12").ok();
    }
}

#[test]
fn an_empty_passphrase_needs_no_variable() {
    for options in ["", " -legacy"] {
        let world = World::new();
        world.export(options, "");
        let server = world.server(1);
        world.atc(&server, "client.p12").ok();
    }
}

#[test]
fn the_content_tells_pkcs12_not_the_name() {
    let world = World::new().with_passphrase(PASSPHRASE);
    world.export("", PASSPHRASE);
    world.write("named.pem", std::fs::read(world.path("client.p12")).unwrap());
    let server = world.server(1);
    world.atc(&server, "named.pem").ok();
}

#[test]
fn an_rsa_key_is_as_good() {
    let world = World::new().with_passphrase(PASSPHRASE);
    world.openssl("req -x509 -newkey rsa:2048 -nodes -subj /CN=client -keyout key -out cert -days 2 -addext basicConstraints=critical,CA:FALSE", "");
    world.write("issuers", "");
    world.openssl("pkcs12 -export -in cert -inkey key -passout env:PASSPHRASE -out client.p12", PASSPHRASE);
    let client =
        Pair { certificate: std::fs::read_to_string(world.path("cert")).unwrap(), key: String::new() };
    let server = start(&world.own, Some(&client), 1);
    world.atc(&server, "client.p12").ok();
}

#[test]
fn a_configured_server_may_have_one() {
    let world = World::new().with_passphrase(PASSPHRASE);
    world.export("", PASSPHRASE);
    let server = world.server(1);
    let (url, file) = (server.https_url(), world.path("client.p12"));
    let flags = ["--url", &url, "--access-token", "t", "--client-cert-path", file.to_str().unwrap()];
    world.jf.run(&[&["config", "add", "x"][..], &flags].concat()).ok();
    world.jf.run(&["atc", "--ca-cert=ca", "--server-id=x"]).ok();
}

#[test]
fn a_wrong_passphrase_names_the_variable() {
    for (options, given) in [("", None), ("", Some("another")), (" -legacy", Some("another"))] {
        let world = World::new();
        world.export(options, PASSPHRASE);
        let world = match given {
            Some(given) => world.with_passphrase(given),
            None => world,
        };
        let server = world.server(0);
        let run = world.atc(&server, "client.p12");
        let run = run.fails(2, &["client.p12: the passphrase is wrong", "hint: ", "JF_CLIENT_CERT_PASSWORD"]);
        assert!(!run.stderr.contains("another"), "{run:?}");
    }
}

#[test]
fn what_is_missing_in_a_file_is_said() {
    let world = World::new().with_passphrase(PASSPHRASE);
    let server = world.server(0);
    world.export(" -nokeys", PASSPHRASE);
    world.atc(&server, "client.p12").fails(2, &["client.p12: it has no private key in it", "-inkey"]);
    world.openssl("pkcs12 -export -nocerts -inkey key -passout env:PASSPHRASE -out client.p12", PASSPHRASE);
    world.atc(&server, "client.p12").fails(2, &["client.p12: it has no certificate in it"]);
    world.export("", PASSPHRASE);
    let whole = std::fs::read(world.path("client.p12")).unwrap();
    world.write("cut.p12", &whole[..whole.len() / 2]);
    world.atc(&server, "cut.p12").fails(2, &["cut.p12: it is not a well-formed PKCS#12 file"]);
    world.openssl("x509 -in cert -outform DER -out cert.der", "");
    world.atc(&server, "cert.der").fails(2, &["cert.der: it has no certificate in it", "PKCS#12"]);
    world.export(" -keypbe camellia-256-cbc -certpbe camellia-256-cbc", PASSPHRASE);
    world
        .atc(&server, "client.p12")
        .fails(2, &["client.p12: ", "is encrypted in a way that is not supported", "PEM files"]);
    world.atc(&server, "none.p12").fails(2, &["--client-cert-path: cannot read none.p12"]);
    let both = ["--client-cert-path=client.p12", "--client-cert-key-path=key"];
    atc(&world.jf, &server, &both).fails(2, &["PKCS#12", "leave out --client-cert-key-path"]);
}

#[test]
fn a_key_of_another_certificate_is_refused() {
    let world = World::new().with_passphrase(PASSPHRASE);
    let other = self_signed("other");
    // The openssl program does not make such files.
    let certificate = CertificateDer::from_pem_slice(other.certificate.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_file(world.path("key")).unwrap();
    let chain = PrivateKeyChain::new(
        "id",
        PrivateKey::from_der(key.secret_der()).unwrap(),
        [Certificate::from_der(&certificate).unwrap()],
    );
    let mut store = KeyStore::new();
    store.add_entry("x", KeyStoreEntry::PrivateKeyChain(chain));
    world.write("client.p12", store.writer(PASSPHRASE).write().unwrap());
    world.write("other", &other.certificate);
    let server = world.server(0);
    world
        .atc(&server, "client.p12")
        .fails(2, &["client.p12: none of its certificates belongs to its private key"]);
    let pem = ["--client-cert-path=other", "--client-cert-key-path=key"];
    atc(&world.jf, &server, &pem)
        .fails(2, &["the private key is not the certificate's", "--client-cert-key-path"]);
}

#[test]
fn an_encrypted_pem_key_is_named_as_such() {
    let world = World::new().with_passphrase(PASSPHRASE);
    world.openssl("pkey -in key -aes256 -passout env:PASSPHRASE -out locked", PASSPHRASE);
    let server = world.server(0);
    let pem = ["--client-cert-path=cert", "--client-cert-key-path=locked"];
    atc(&world.jf, &server, &pem)
        .fails(2, &["locked: its private key is encrypted", "JF_CLIENT_CERT_PASSWORD"]);
}

#[test]
fn a_server_that_wants_one_is_understood() {
    for versions in [&[&rustls::version::TLS13][..], &[&rustls::version::TLS12]] {
        let world = World::new();
        let config = server_config(&world.own, Some(&world.root.pair), versions);
        let server = Trap::start(move |stream, note| {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            let mut bytes = [0; 1024];
            while let Ok(read @ 1..) = tls.read(&mut bytes) {
                note(&bytes[..read]);
            }
            let _ = tls.flush();
            // A socket that is closed with something unread takes the alert back.
            let _ = std::io::copy(&mut tls.sock, &mut std::io::sink());
        });
        let url = format!("https://localhost:{}", server.port());
        let run =
            world.jf.run(&["atc", "--url", &url, "--access-token", "t", "--ca-cert=ca", "--timeout=20"]);
        run.fails(8, &["the server wants a client certificate", "--client-cert-path"]);
        assert_eq!(server.text(), "");
    }
}
