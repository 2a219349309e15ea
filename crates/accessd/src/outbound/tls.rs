//! TLS towards identity providers: versions 1.2 and 1.3, and always verified.

use crate::failure::Failure;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};
use std::path::Path;
use std::sync::Arc;

/// With the system's root certificates, and those in `ca_file`.
pub(super) fn config(ca_file: Option<&Path>) -> Result<ClientConfig, Failure> {
    let mut roots = RootCertStore::empty();
    let system = rustls_native_certs::load_native_certs();
    let (_, unreadable) = roots.add_parsable_certificates(system.certs);
    if unreadable > 0 || !system.errors.is_empty() {
        tracing::debug!(unreadable, errors = ?system.errors, "some root certificates of the system cannot be read");
    }
    if let Some(file) = ca_file {
        for certificate in certificates(file)? {
            roots.add(certificate).map_err(|error| unusable(file).caused_by(&error))?;
        }
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Failure::new("cannot set up TLS").caused_by(&error))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(file: &Path) -> Result<Vec<CertificateDer<'static>>, Failure> {
    let pem = std::fs::read(file).map_err(|error| unusable(file).caused_by(&error))?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| unusable(file).caused_by(&error))?;
    if certificates.is_empty() {
        return Err(unusable(file).hint("it must hold one certificate or more in PEM"));
    }
    Ok(certificates)
}

fn unusable(file: &Path) -> Failure {
    Failure::new(format!("the root certificates of oidc.ca-file cannot be read from {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_without_certificates_is_refused_by_name() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("ca.pem");
        assert!(config(Some(&file)).unwrap_err().to_string().contains("ca.pem"));
        for text in ["", "nonsense", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"] {
            std::fs::write(&file, text).unwrap();
            assert!(config(Some(&file)).unwrap_err().to_string().contains("oidc.ca-file"), "{text}");
        }
        assert!(config(None).is_ok());
    }
}
