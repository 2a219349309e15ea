//! Signing keys: making, sealing, opening, signing and verifying. Every signature is checked before it
//! leaves: a fault in the machine must not hand out a broken token, or leak the key through one.

use crate::certificate;
use crate::clock::EpochSeconds;
use crate::error::StartError;
use crate::master_key::MasterKey;
use crate::model::SigningKeyRecord;
use crate::random::Random;
use crate::settings::SignatureAlgorithm;
use access_types::ServiceId;
use aws_lc_rs::encoding::AsDer;
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair as _, ParsedPublicKey,
    RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair,
};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use zeroize::Zeroizing;

/// The certificate under which tokens are verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RootCertificate(Vec<u8>);

impl RootCertificate {
    /// Of a certificate in DER, for measurements.
    #[cfg(any(test, feature = "test-util"))]
    pub(crate) fn of_der(der: Vec<u8>) -> Self {
        Self(der)
    }

    /// The certificate's DER.
    pub fn der(&self) -> &[u8] {
        &self.0
    }

    /// Standard base64 of the DER, padded, on one line: the wire's form.
    pub fn to_base64(&self) -> String {
        STANDARD.encode(&self.0)
    }

    /// PEM (RFC 7468).
    pub fn to_pem(&self) -> String {
        let base64 = self.to_base64();
        let lines: Vec<_> =
            base64.as_bytes().chunks(64).map(|line| String::from_utf8_lossy(line).into_owned()).collect();
        format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n"))
    }

    /// The key id: base64url, unpadded, of the SHA-256 of the DER.
    pub fn kid(&self) -> String {
        URL_SAFE_NO_PAD.encode(aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &self.0))
    }
}

/// A key that signs and verifies.
pub(crate) struct SigningKey {
    pub(crate) kid: String,
    pub(crate) certificate: RootCertificate,
    private: Private,
    public: ParsedPublicKey,
}

enum Private {
    Rsa(RsaKeyPair),
    Ecdsa(EcdsaKeyPair),
}

/// A signature could not be made or did not verify.
#[derive(Debug, Clone, Copy)]
pub(crate) struct SigningFailed;

impl SigningKey {
    /// Makes a key with its certificate, sealed for the database.
    pub(crate) fn generate(
        algorithm: SignatureAlgorithm,
        service: &ServiceId,
        master_key: &MasterKey,
        random: &dyn Random,
        now: EpochSeconds,
    ) -> Result<SigningKeyRecord, StartError> {
        let failed = |what: &str| StartError::SigningKey(format!("{what} failed"));
        let rsa = match algorithm {
            SignatureAlgorithm::Rs256With2048 => Some(KeySize::Rsa2048),
            SignatureAlgorithm::Rs256With3072 => Some(KeySize::Rsa3072),
            SignatureAlgorithm::Rs256With4096 => Some(KeySize::Rsa4096),
            SignatureAlgorithm::Es256 => None,
        };
        let pkcs8 = Zeroizing::new(match rsa {
            Some(size) => {
                let key = RsaKeyPair::generate(size).map_err(|_| failed("making an RSA key"))?;
                if key.public_modulus_len() != size.len() {
                    return Err(failed("making an RSA key of the right size"));
                }
                key.as_der().map_err(|_| failed("encoding an RSA key"))?.as_ref().to_vec()
            }
            None => EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
                .map_err(|_| failed("making an ECDSA key"))?
                .as_ref()
                .to_vec(),
        });
        let certificate = RootCertificate(
            certificate::self_signed(service, &pkcs8, rsa.is_some(), now, random)
                .map_err(StartError::SigningKey)?,
        );
        let kid = certificate.kid();
        Ok(SigningKeyRecord {
            algorithm: if rsa.is_some() { "RS256" } else { "ES256" }.to_owned(),
            sealed_private_key: master_key.seal(&pkcs8, kid.as_bytes(), random)?,
            certificate: certificate.0,
            kid,
            created_at: now,
        })
    }

    /// Opens a key from the database.
    pub(crate) fn open(record: SigningKeyRecord, master_key: &MasterKey) -> Result<Self, StartError> {
        let unreadable = |what: &str| StartError::SigningKey(format!("key {} {what}", record.kid));
        let pkcs8 = master_key
            .open(&record.sealed_private_key, record.kid.as_bytes())
            .map_err(|_| StartError::WrongMasterKey)?;
        let (private, public) = match record.algorithm.as_str() {
            "RS256" => {
                let key = RsaKeyPair::from_pkcs8(&pkcs8).map_err(|_| unreadable("is not an RSA key"))?;
                if ![2048, 3072, 4096].contains(&(key.public_modulus_len() * 8)) {
                    return Err(unreadable("has a size other than 2048, 3072 or 4096 bits"));
                }
                let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public_key());
                (Private::Rsa(key), public)
            }
            "ES256" => {
                let key = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &pkcs8)
                    .map_err(|_| unreadable("is not an ECDSA key"))?;
                let public = ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, key.public_key());
                (Private::Ecdsa(key), public)
            }
            _ => return Err(unreadable("has an unknown algorithm")),
        };
        let public = public.map_err(|_| unreadable("has an unreadable public half"))?;
        let certificate = RootCertificate(record.certificate);
        // The sealing is bound to the kid, and the kid is the certificate's: a certificate that was put in
        // its place would be published to every verifier.
        if certificate.kid() != record.kid {
            return Err(StartError::SigningKey(format!("key {} has another key's certificate", record.kid)));
        }
        Ok(Self { kid: record.kid, certificate, private, public })
    }

    /// The JOSE name of the algorithm.
    pub(crate) fn algorithm(&self) -> &'static str {
        match self.private {
            Private::Rsa(_) => "RS256",
            Private::Ecdsa(_) => "ES256",
        }
    }

    /// Signs, and verifies what was signed; of an RSA signature aws-lc has done that before it returns it.
    pub(crate) fn sign(&self, message: &[u8]) -> Result<Vec<u8>, SigningFailed> {
        let random = SystemRandom::new();
        match &self.private {
            Private::Rsa(key) => {
                let mut signature = vec![0; key.public_modulus_len()];
                key.sign(&RSA_PKCS1_SHA256, &random, message, &mut signature).map_err(|_| SigningFailed)?;
                Ok(signature)
            }
            Private::Ecdsa(key) => {
                let signature = key.sign(&random, message).map_err(|_| SigningFailed)?.as_ref().to_vec();
                if self.verify(message, &signature) { Ok(signature) } else { Err(SigningFailed) }
            }
        }
    }

    /// Whether `signature` is this key's signature of `message`.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        self.public.verify_sig(message, signature).is_ok()
    }

    /// The public half as a JWK (RFC 7517), with the certificate's chain.
    pub(crate) fn jwk(&self) -> Value {
        let encode = |bytes: &[u8]| URL_SAFE_NO_PAD.encode(bytes);
        let mut jwk = match &self.private {
            Private::Rsa(key) => {
                let public = key.public_key();
                json!({
                    "kty": "RSA",
                    "n": encode(public.modulus().big_endian_without_leading_zero()),
                    "e": encode(public.exponent().big_endian_without_leading_zero()),
                })
            }
            Private::Ecdsa(key) => {
                // An uncompressed point: 0x04, then the two coordinates of 32 bytes.
                let point = key.public_key().as_ref();
                let coordinate = |range| encode(point.get(range).unwrap_or_default());
                json!({ "kty": "EC", "crv": "P-256", "x": coordinate(1..33), "y": coordinate(33..65) })
            }
        };
        jwk["use"] = "sig".into();
        jwk["alg"] = self.algorithm().into();
        jwk["kid"] = self.kid.clone().into();
        jwk["x5c"] = json!([self.certificate.to_base64()]);
        jwk
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededSource;
    use x509_parser::prelude::*;

    pub(crate) fn key(algorithm: SignatureAlgorithm) -> SigningKey {
        let random = SeededSource::new(7);
        let master_key = MasterKey::generate(&random).unwrap();
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").unwrap();
        let record = SigningKey::generate(algorithm, &service, &master_key, &random, 1_750_000_000).unwrap();
        let needle = b"PRIVATE";
        assert!(!record.sealed_private_key.windows(needle.len()).any(|window| window == needle));
        SigningKey::open(record, &master_key).unwrap()
    }

    #[test]
    fn the_certificate_is_the_wires() {
        let key = key(SignatureAlgorithm::Rs256With2048);
        let (rest, certificate) = X509Certificate::from_der(key.certificate.der()).unwrap();
        assert!(rest.is_empty());
        assert_eq!(certificate.version(), X509Version::V3);
        assert_eq!(
            certificate.subject().to_string(),
            "CN=JFrog Token Issuer jfac@01h8z3b1k5m7n9p2q4r6s8t0v2"
        );
        assert_eq!(certificate.subject(), certificate.issuer());
        assert_eq!(certificate.raw_serial().len(), 16);
        assert_eq!(certificate.validity().not_before.timestamp(), 1_750_000_000);
        assert_eq!(certificate.validity().not_after.to_datetime().year(), 7000);
        let [extension] = certificate.extensions() else {
            panic!("one extension, not {:?}", certificate.extensions())
        };
        assert_eq!(extension.oid.to_id_string(), "2.5.29.17.1");
        assert!(!extension.critical);
        assert_eq!(
            extension.value,
            [0x30, 0x0b, 0xa0, 0x09, 0x06, 0x04, 0x55, 0x1d, 0x11, 0x01, 0x02, 0x01, 0x00]
        );
        assert_eq!(key.kid.len(), 43);
    }

    #[test]
    fn another_master_key_opens_nothing() {
        let random = SeededSource::new(7);
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").unwrap();
        let (right, wrong) = (MasterKey::generate(&random).unwrap(), MasterKey::generate(&random).unwrap());
        let record = SigningKey::generate(SignatureAlgorithm::Es256, &service, &right, &random, 1).unwrap();
        assert!(matches!(SigningKey::open(record.clone(), &wrong), Err(StartError::WrongMasterKey)));
        let other = SigningKey::generate(SignatureAlgorithm::Es256, &service, &right, &random, 1).unwrap();
        let swapped = SigningKeyRecord { certificate: other.certificate, ..record };
        assert!(matches!(SigningKey::open(swapped, &right), Err(StartError::SigningKey(_))));
    }

    #[test]
    fn the_jwk_has_public_members_only() {
        for algorithm in [SignatureAlgorithm::Rs256With2048, SignatureAlgorithm::Es256] {
            let jwk = key(algorithm).jwk();
            for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                assert!(jwk.get(private).is_none());
            }
            assert_eq!(jwk["use"], "sig");
        }
    }
}
