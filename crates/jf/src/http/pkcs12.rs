//! Client certificates in PKCS#12 files (`.p12`, `.pfx`): certificate, key and issuers in one, behind a
//! passphrase.

use access_types::Secret;
use p12_keystore::error::Error;
use p12_keystore::{CertificateBag, Pkcs12Archive};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use secrecy::ExposeSecret as _;

/// A certificate with its issuers, and its key.
#[derive(Debug)]
pub(crate) struct Identity {
    /// The certificate, then the one that issued it, and so on, as far as the file has them.
    pub chain: Vec<CertificateDer<'static>>,
    /// The key of the first certificate.
    pub key: PrivatePkcs8KeyDer<'static>,
}

/// Why a file cannot be used. Never has the passphrase in it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Problem {
    /// The checksum or a padding is wrong.
    #[error("the passphrase is wrong, or the file is damaged")]
    Passphrase,
    /// There are certificates at most.
    #[error("it has no private key in it")]
    NoKey,
    /// There are keys at most.
    #[error("it has no certificate in it")]
    NoCertificate,
    /// No certificate in the file belongs to a key in it.
    #[error("none of its certificates belongs to its private key")]
    Mismatch,
    /// A cipher or key kind that is not known here.
    #[error("it is encrypted in a way, or has a kind of key, that is not supported")]
    Unsupported,
    /// The structure is another one; ciphers that the library has never heard of look the same.
    #[error("it is not a well-formed PKCS#12 file, or is encrypted in a way that is not supported")]
    Malformed,
}

/// Whether this is a PKCS#12 file: a DER or BER sequence that begins with the version 3.
pub(crate) fn is_pkcs12(content: &[u8]) -> bool {
    let [0x30, length, rest @ ..] = content else { return false };
    // The length itself, or how many bytes it takes.
    let skipped = if *length > 0x80 { usize::from(length - 0x80) } else { 0 };
    rest.get(skipped..).is_some_and(|rest| rest.starts_with(&[0x02, 0x01, 0x03]))
}

/// Reads the first certificate whose key is there, in what OpenSSL writes today (AES and PBKDF2) and
/// wrote before version 3 (triple DES and RC2).
///
/// # Errors
/// What keeps the file from being used.
pub(crate) fn read(
    content: &[u8],
    passphrase: &Secret,
    provider: &CryptoProvider,
) -> Result<Identity, Problem> {
    let archive =
        Pkcs12Archive::from_pkcs12(content, passphrase.expose_secret()).map_err(|error| problem(&error))?;
    if archive.keys.is_empty() {
        return Err(Problem::NoKey);
    }
    if archive.certs.is_empty() {
        return Err(Problem::NoCertificate);
    }
    let mut problem = Problem::Mismatch;
    for key in &archive.keys {
        for bag in &archive.certs {
            let key = PrivatePkcs8KeyDer::from(key.key.as_der().to_vec());
            let pair =
                CertifiedKey::from_der(vec![der(bag)], PrivateKeyDer::Pkcs8(key.clone_key()), provider);
            match pair {
                Ok(_) => return Ok(Identity { chain: chain(bag, &archive.certs), key }),
                Err(rustls::Error::InconsistentKeys(_)) => {}
                Err(_) => problem = Problem::Unsupported,
            }
        }
    }
    Err(problem)
}

/// `leaf`, its issuer, the issuer's issuer, and so on. The root is left out: the server has it.
fn chain(leaf: &CertificateBag, all: &[CertificateBag]) -> Vec<CertificateDer<'static>> {
    let mut chain = vec![der(leaf)];
    let mut last = leaf;
    let issued_by_another = |bag: &CertificateBag| bag.cert.issuer() != bag.cert.subject();
    while issued_by_another(last) && chain.len() < all.len() {
        let is_next = |bag: &&CertificateBag| bag.cert.subject() == last.cert.issuer();
        let Some(issuer) = all.iter().find(is_next).filter(|bag| issued_by_another(bag)) else { break };
        chain.push(der(issuer));
        last = issuer;
    }
    chain
}

fn der(bag: &CertificateBag) -> CertificateDer<'static> {
    CertificateDer::from(bag.cert.as_der().to_vec())
}

fn problem(error: &Error) -> Problem {
    match error {
        Error::MacError(_) | Error::UnpadError => Problem::Passphrase,
        // The library keeps the text of these only; the other texts are about algorithms.
        Error::Pkcs5Error(text) if text.contains("decryption failed") => Problem::Passphrase,
        Error::Pkcs5Error(_)
        | Error::UnsupportedEncryptionScheme
        | Error::UnsupportedMacAlgorithm
        | Error::UnsupportedCertificateType
        | Error::UnsupportedContentType
        | Error::InvalidParameters => Problem::Unsupported,
        _ => Problem::Malformed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use rustls::crypto::ring;

    #[test]
    fn pkcs12_is_known_by_its_beginning() {
        for (content, wanted) in [
            (&[0x30, 0x82, 0x0a, 0x5f, 0x02, 0x01, 0x03, 0x30][..], true),
            (&[0x30, 0x05, 0x02, 0x01, 0x03], true),
            (&[0x30, 0x80, 0x02, 0x01, 0x03], true),
            // A certificate: a sequence that begins with a sequence.
            (&[0x30, 0x82, 0x03, 0x00, 0x30, 0x82, 0x02, 0x00], false),
            (b"-----BEGIN CERTIFICATE-----", false),
            (&[0x30, 0xff], false),
            (&[], false),
        ] {
            assert_eq!(is_pkcs12(content), wanted, "{content:?}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(mut bytes in proptest::collection::vec(any::<u8>(), 0..64)) {
            is_pkcs12(&bytes);
            let start = [0x30, 0x82, 0x00, 0x40, 0x02, 0x01, 0x03];
            bytes.splice(0..0, start);
            prop_assert!(read(&bytes, &"".into(), &ring::default_provider()).is_err());
        }
    }
}
