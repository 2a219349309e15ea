//! Whom to trust, and what to show of oneself, when the server speaks TLS (1.2 or newer).

use crate::connection::{ClientCertificate, Connection};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Transport;
use crate::output::report::Report;
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use ureq::tls::{Certificate, ClientCert, PemItem, PrivateKey, RootCerts, TlsConfig, parse_pem};

/// Reads the certificates and puts the configuration together.
///
/// # Errors
/// If a file that was named cannot be read or has no certificate in it.
pub(crate) fn config(
    connection: &Connection,
    transport: &Transport,
    environment: &Environment,
    report: &Report,
) -> Outcome<TlsConfig> {
    let provider = Arc::new(ring::default_provider());
    let client = connection
        .certificate
        .as_ref()
        .map(|certificate| client_certificate(certificate, &provider))
        .transpose()?;
    let config = TlsConfig::builder().client_cert(client).unversioned_rustls_crypto_provider(provider);
    if transport.insecure_tls {
        report.warn(
            "the server's certificate is not checked (--insecure-tls): whoever is on the \
            way can read the credentials and the token",
        );
        return Ok(config.disable_verification(true).build());
    }
    let roots = trusted(transport, environment, report)?;
    Ok(config.root_certs(RootCerts::from(roots)).build())
}

/// What to do about a TLS error.
pub(crate) fn hint(why: &str) -> &'static str {
    if why.contains("UnknownIssuer") || why.contains("CaUsedAsEndEntity") {
        "the certificate's authority is not known here; give it with --ca-cert FILE, or put it into \
            the folder security/certs of jf's home"
    } else if why.contains("InvalidContentType") || why.contains("corrupt message") {
        "the server may not speak TLS on this port; check the address"
    } else {
        "check the server's certificate and the address"
    }
}

/// The system's bundle or what SSL_CERT_FILE and SSL_CERT_DIR name, the tool's own folder, and --ca-cert.
fn trusted(
    transport: &Transport,
    environment: &Environment,
    report: &Report,
) -> Outcome<Vec<Certificate<'static>>> {
    let mut roots = Vec::new();
    match environment.path("SSL_CERT_FILE") {
        Some(file) => add_named(&file, "SSL_CERT_FILE", &mut roots)?,
        None => {
            if let Some(bundle) = openssl_probe::probe().cert_file {
                add(&bundle, &mut roots);
            }
        }
    }
    if let Some(folders) = environment.path("SSL_CERT_DIR") {
        std::env::split_paths(&folders).for_each(|folder| add_folder(&folder, &mut roots));
    }
    if let Some(home) = environment.jfrog_home() {
        add_folder(&home.join("security").join("certs"), &mut roots);
    }
    if let Some(file) = &transport.ca_cert {
        add_named(file, "--ca-cert", &mut roots)?;
    }
    if roots.is_empty() {
        report.warn(
            "no trusted certificates were found on this system; name them with SSL_CERT_FILE or --ca-cert",
        );
    }
    Ok(roots)
}

/// Adds what is readable in `file`; others than PEM are passed over, as in the existing tool.
fn add(file: &Path, roots: &mut Vec<Certificate<'static>>) {
    if let Ok(text) = fs::read(file) {
        roots.extend(certificates(&text));
    }
}

fn add_named(file: &Path, source: &str, roots: &mut Vec<Certificate<'static>>) -> Outcome<()> {
    let text = read(file, source)?;
    let before = roots.len();
    roots.extend(certificates(&text));
    if roots.len() == before {
        return Err(Failure::usage(format!("{source}: {} has no PEM certificate in it", file.display())));
    }
    Ok(())
}

fn add_folder(folder: &Path, roots: &mut Vec<Certificate<'static>>) {
    let Ok(entries) = fs::read_dir(folder) else { return };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    files.iter().filter(|file| file.is_file()).for_each(|file| add(file, roots));
}

fn certificates(pem: &[u8]) -> impl Iterator<Item = Certificate<'static>> {
    parse_pem(pem).filter_map(|item| match item {
        Ok(PemItem::Certificate(certificate)) => Some(certificate),
        _ => None,
    })
}

fn client_certificate(given: &ClientCertificate, provider: &CryptoProvider) -> Outcome<ClientCert> {
    let flag = "--client-cert-path";
    let unusable = |problem: String| {
        Failure::usage(format!("failed loading client certificate: {problem}"))
            .hint("both files must be PEM, and the key must be the certificate's")
    };
    let text = read(&given.certificate, flag)?;
    let chain: Vec<_> = certificates(&text).collect();
    let key_file = given.key.as_ref().unwrap_or(&given.certificate);
    let key_text = read(key_file, "--client-cert-key-path")?;
    let key = PrivateKey::from_pem(&key_text)
        .map_err(|_| unusable(format!("{} has no private key in it", key_file.display())))?;
    // Checked here, because the HTTP library takes a pair that does not fit for a bug.
    let key_der = PrivateKeyDer::from_pem_slice(&key_text).map_err(|error| unusable(error.to_string()))?;
    let chain_der =
        chain.iter().map(|certificate| CertificateDer::from(certificate.der().to_vec())).collect();
    rustls::sign::CertifiedKey::from_der(chain_der, key_der, provider)
        .map_err(|error| unusable(error.to_string()))?;
    Ok(ClientCert::new_with_certs(&chain, key))
}

fn read(file: &Path, source: &str) -> Outcome<Vec<u8>> {
    fs::read(file).map_err(|error| {
        Failure::new(Reason::Usage, format!("{source}: cannot read {}: {error}", file.display()))
    })
}
