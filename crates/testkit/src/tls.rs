//! A TLS server with a certificate made for the test.

use crate::scripted::{Listener, Received, Reply};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ServerConfig, ServerConnection, Stream};
use std::io::Write as _;
use std::sync::Arc;

/// A certificate signed by itself.
#[derive(Debug)]
pub struct Certificate {
    /// In PEM.
    pub pem: String,
    der: CertificateDer<'static>,
    key: Vec<u8>,
}

impl Certificate {
    /// One for this host name or address.
    ///
    /// # Panics
    /// If it cannot be made.
    pub fn for_host(host: &str) -> Self {
        let made = rcgen::generate_simple_self_signed([host.to_owned()]).expect("a certificate can be made");
        Self { pem: made.cert.pem(), der: made.cert.der().clone(), key: made.signing_key.serialize_der() }
    }
}

/// A server over TLS. It ends when dropped.
#[derive(Debug)]
pub struct TlsServer(Listener);

impl TlsServer {
    /// Answers with `reply` under this certificate.
    ///
    /// # Panics
    /// If the certificate does not fit its key.
    pub fn answering(reply: &Reply, certificate: &Certificate) -> Self {
        let reply = reply.clone();
        Self::serving(certificate, move |_| reply.clone())
    }

    /// Answers each request with what `serve` makes of it.
    ///
    /// # Panics
    /// If the certificate does not fit its key.
    pub fn serving(
        certificate: &Certificate,
        serve: impl Fn(&Received) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(certificate.key.clone()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider has them")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der.clone()], key)
            .expect("key and certificate fit");
        let config = Arc::new(config);
        Self(Listener::start(move |mut socket| {
            let Ok(mut connection) = ServerConnection::new(Arc::clone(&config)) else { return };
            let mut stream = Stream::new(&mut connection, &mut socket);
            // A client that does not trust the certificate ends here.
            let Ok(request) = Received::read(&mut stream) else { return };
            if let Reply::Bytes(bytes) = serve(&request) {
                let _ = stream.write_all(&bytes);
            }
            stream.conn.send_close_notify();
            let _ = stream.flush();
        }))
    }

    /// Its address by `host`, without a slash at the end.
    pub fn url(&self, host: &str) -> String {
        format!("https://{host}:{}", self.0.address.port())
    }
}
