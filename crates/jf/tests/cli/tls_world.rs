//! Certificates made on the spot, and servers that show them.

use crate::support::{CREATED, Channel, Jf, Server, reply};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject as _};
use rustls::server::WebPkiClientVerifier;
use rustls::{
    RootCertStore, ServerConfig, ServerConnection, StreamOwned, SupportedProtocolVersion, crypto::ring,
};
use std::net::TcpStream;
use std::sync::Arc;

pub(crate) type Tls = StreamOwned<ServerConnection, TcpStream>;

impl Channel for Tls {
    fn end(&mut self) {
        self.conn.send_close_notify();
        let _ = std::io::Write::flush(self);
    }
}

/// A certificate and its key, both PEM; the certificate may have its issuers behind it.
pub(crate) struct Pair {
    pub certificate: String,
    pub key: String,
}

pub(crate) fn self_signed(name: &str) -> Pair {
    let made = rcgen::generate_simple_self_signed([name.to_owned()]).unwrap();
    Pair { certificate: made.cert.pem(), key: made.signing_key.serialize_pem() }
}

/// An authority that can sign.
pub(crate) struct Authority {
    pub pair: Pair,
    issuer: Issuer<'static, KeyPair>,
}

impl Authority {
    pub(crate) fn new(name: &str) -> Self {
        let (params, key) = Self::params(name);
        let certificate = params.self_signed(&key).unwrap().pem();
        let pair = Pair { certificate, key: key.serialize_pem() };
        Self { pair, issuer: Issuer::new(params, key) }
    }

    /// One below this one.
    pub(crate) fn below(&self, name: &str) -> Self {
        let (params, key) = Self::params(name);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        let pair = Pair { certificate, key: key.serialize_pem() };
        Self { pair, issuer: Issuer::new(params, key) }
    }

    /// A certificate for `name`, changed by `change`.
    pub(crate) fn sign(&self, name: &str, change: impl FnOnce(&mut CertificateParams)) -> Pair {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::new([name.to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        change(&mut params);
        let certificate = params.signed_by(&key, &self.issuer).unwrap().pem();
        Pair { certificate, key: key.serialize_pem() }
    }

    fn params(name: &str) -> (CertificateParams, KeyPair) {
        let mut params = CertificateParams::new(["localhost".to_owned()]).unwrap();
        params.distinguished_name.push(DnType::CommonName, name);
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::DigitalSignature];
        (params, KeyPair::generate().unwrap())
    }
}

/// How a server speaks TLS: with `own`, and wanting to see a certificate of `client` if that is given.
pub(crate) fn server_config(
    own: &Pair,
    client: Option<&Pair>,
    versions: &[&'static SupportedProtocolVersion],
) -> Arc<ServerConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder =
        ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(versions).unwrap();
    let builder = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from_pem_slice(client.certificate.as_bytes()).unwrap()).unwrap();
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider).build().unwrap();
            builder.with_client_cert_verifier(verifier)
        }
    };
    let chain = CertificateDer::pem_slice_iter(own.certificate.as_bytes()).map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(own.key.as_bytes()).unwrap();
    Arc::new(builder.with_single_cert(chain, key).unwrap())
}

/// A server for this many calls.
pub(crate) fn start(own: &Pair, client: Option<&Pair>, calls: usize) -> Server {
    start_with(server_config(own, client, rustls::ALL_VERSIONS), calls)
}

/// The same, of any configuration.
pub(crate) fn start_with(config: Arc<ServerConfig>, calls: usize) -> Server {
    Server::serve((0..calls).map(|_| reply("200 OK", CREATED)).collect(), move |stream| {
        let connection = ServerConnection::new(Arc::clone(&config)).unwrap();
        Some(Box::new(StreamOwned::new(connection, stream)))
    })
}

/// Writes the files `cert`, with the key in it as well, and `key` into the folder of `jf`.
pub(crate) fn write_pair(jf: &Jf) {
    let Pair { certificate, key } = self_signed("client");
    std::fs::write(jf.folder().join("cert"), format!("{certificate}{key}")).unwrap();
    std::fs::write(jf.folder().join("key"), key).unwrap();
}
