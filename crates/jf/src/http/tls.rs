//! What to say to a server that speaks TLS (1.2 or newer): whom we trust, and what we show of ourselves.

use crate::connection::ClientCertificate;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::pkcs12::{self, Problem};
use crate::http::{Transport, trust};
use crate::output::report::Report;
use access_types::Secret;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use secrecy::ExposeSecret as _;
use std::path::Path;
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PrivateKey, RootCerts, TlsConfig};

/// Where the passphrase of a client certificate comes from.
const PASSPHRASE: &str = "JF_CLIENT_CERT_PASSWORD";
const CERTIFICATE_FLAG: &str = "--client-cert-path";
const KEY_FLAG: &str = "--client-cert-key-path";

/// Reads the certificates and puts the configuration together.
///
/// # Errors
/// If a file that was named cannot be read or has not in it what it should.
pub(crate) fn config(
    certificate: Option<&ClientCertificate>,
    transport: &Transport,
    environment: &Environment,
    report: &Report,
) -> Outcome<TlsConfig> {
    let provider = Arc::new(ring::default_provider());
    let client = certificate.map(|given| client_certificate(given, environment, &provider)).transpose()?;
    let config = TlsConfig::builder().client_cert(client).unversioned_rustls_crypto_provider(provider);
    if transport.insecure_tls {
        return Ok(config.disable_verification(true).build());
    }
    let roots = trust::roots(transport.ca_cert.as_deref(), environment, report)?;
    Ok(config.root_certs(RootCerts::from(roots)).build())
}

/// Reads a client certificate and its key, and forgets them: for those who write down where they are.
///
/// # Errors
/// If they cannot be read, or do not belong together.
pub(crate) fn check_client_certificate(given: &ClientCertificate, environment: &Environment) -> Outcome<()> {
    client_certificate(given, environment, &ring::default_provider()).map(drop)
}

/// What to do about a TLS error.
pub(crate) fn hint(why: &str) -> &'static str {
    if why.contains("UnknownIssuer") || why.contains("CaUsedAsEndEntity") {
        "the certificate's authority is not known here; give it with --ca-cert FILE, or put it into \
            the folder security/certs of jf's home"
    } else if why.contains("InvalidContentType") || why.contains("corrupt message") {
        "the server may not speak TLS on this port; check the address"
    } else if why.contains("CertificateRequired") || why.contains("certificate required") {
        "the server wants a client certificate; give it with --client-cert-path"
    } else if why.contains("expired") || why.contains("not valid yet") {
        "check this machine's clock; if it is right, the server needs a new certificate"
    } else if why.contains("ProtocolVersion") || why.contains("DoesNotSupportTls12") {
        "the server speaks older versions of TLS than 1.2 only; it must be configured anew"
    } else {
        "check the server's certificate and the address"
    }
}

fn client_certificate(
    given: &ClientCertificate,
    environment: &Environment,
    provider: &CryptoProvider,
) -> Outcome<ClientCert> {
    let content = trust::read(&given.certificate, CERTIFICATE_FLAG)?;
    if pkcs12::is_pkcs12(&content) {
        if given.key.is_some() {
            return Err(unusable(&given.certificate, "it is a PKCS#12 file, which has its key in it")
                .hint(format!("leave out {KEY_FLAG}")));
        }
        let passphrase = environment.text(PASSPHRASE).unwrap_or_default().into();
        return from_pkcs12(&given.certificate, &content, &passphrase, provider);
    }
    from_pem(given, &content, provider)
}

fn from_pkcs12(
    file: &Path,
    content: &[u8],
    passphrase: &Secret,
    provider: &CryptoProvider,
) -> Outcome<ClientCert> {
    let identity = pkcs12::read(content, passphrase, provider).map_err(|problem| {
        unusable(file, &problem.to_string()).hint(match problem {
            Problem::Passphrase => format!("the passphrase is taken from the variable {PASSPHRASE}"),
            Problem::NoKey | Problem::NoCertificate | Problem::Mismatch => {
                "put both into it: openssl pkcs12 -export -in CERTIFICATE -inkey KEY -out FILE".to_owned()
            }
            Problem::Unsupported | Problem::Malformed => {
                "write it anew with openssl pkcs12 -export, or give PEM files".to_owned()
            }
        })
    })?;
    let chain: Vec<_> = identity.chain.iter().map(|der| Certificate::from_der(der).to_owned()).collect();
    // The HTTP library takes keys as PEM only.
    let body = Secret::from(STANDARD.encode(identity.key.secret_pkcs8_der()));
    let body = body.expose_secret();
    let pem = Secret::from(format!(
        "-----BEGIN PRIVATE KEY-----
{body}
-----END PRIVATE KEY-----
"
    ));
    let key = PrivateKey::from_pem(pem.expose_secret().as_bytes())
        .map_err(|error| unusable(file, &error.to_string()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn from_pem(given: &ClientCertificate, text: &[u8], provider: &CryptoProvider) -> Outcome<ClientCert> {
    let must_be = "it must be a PKCS#12 file, or PEM with the key in the same file or in that of \
        --client-cert-key-path";
    let chain: Vec<_> = trust::certificates(text).collect();
    if chain.is_empty() {
        return Err(unusable(&given.certificate, "it has no certificate in it").hint(must_be));
    }
    let key_file = given.key.as_ref().unwrap_or(&given.certificate);
    let key_text = trust::read(key_file, KEY_FLAG)?;
    let Ok(key) = PrivateKey::from_pem(&key_text) else {
        return Err(if is_encrypted(&key_text) {
            unusable(key_file, "its private key is encrypted, which is possible in PKCS#12 only").hint(
                format!(
                    "make a PKCS#12 file (openssl pkcs12 -export) and set {PASSPHRASE}, or decrypt the key \
                    (openssl pkey)"
                ),
            )
        } else {
            unusable(key_file, "it has no private key in it").hint(must_be)
        });
    };
    // Checked here, because the HTTP library takes a pair that does not fit for a bug.
    let checked =
        PrivateKeyDer::from_pem_slice(&key_text).map_err(|error| error.to_string()).and_then(|key| {
            let chain = chain.iter().map(|one| CertificateDer::from(one.der().to_vec())).collect();
            rustls::sign::CertifiedKey::from_der(chain, key, provider).map_err(|error| match error {
                rustls::Error::InconsistentKeys(_) => "the private key is not the certificate's".to_owned(),
                other => other.to_string(),
            })
        });
    match checked {
        Ok(_) => Ok(ClientCert::new_with_certs(&chain, key)),
        Err(problem) => Err(unusable(&given.certificate, &problem)
            .hint(format!("{KEY_FLAG} must name the key that the certificate was made for"))),
    }
}

fn is_encrypted(pem: &[u8]) -> bool {
    String::from_utf8_lossy(pem).lines().any(|line| line.contains("ENCRYPTED"))
}

fn unusable(file: &Path, problem: &str) -> Failure {
    Failure::usage(format!("failed loading client certificate: {}: {problem}", file.display()))
}
