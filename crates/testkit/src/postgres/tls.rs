//! The server's certificate.

use super::programs::Owner;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;

/// The file in the data folder with the certificate of who vouches for the server's.
pub(super) const CA: &str = "ca.crt";

/// Writes certificate and key where PostgreSQL looks for them.
pub(super) fn make_certificate(data: &Path, owner: &Owner, names: &[&str]) {
    let ca_key = KeyPair::generate().expect("a key can be made");
    let mut ca = CertificateParams::new(Vec::new()).expect("no names are fine");
    ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    ca.distinguished_name.push(DnType::CommonName, "accessd test CA");
    let ca_certificate = ca.self_signed(&ca_key).expect("a certificate can be made");
    let issuer = Issuer::new(ca, ca_key);

    let key = KeyPair::generate().expect("a key can be made");
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let server = CertificateParams::new(names).expect("good names");
    let server = server.signed_by(&key, &issuer).expect("a certificate can be made");
    let files =
        [(CA, ca_certificate.pem()), ("server.crt", server.pem()), ("server.key", key.serialize_pem())];
    for (name, pem) in files {
        let path = data.join(name);
        fs::write(&path, pem).expect("the folder can be written");
        owner.owns(&path);
        fs::set_permissions(&path, Permissions::from_mode(0o600)).expect("modes can be set");
    }
}
