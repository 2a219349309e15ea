//! Doors to what is hot and private, for the measurements in `benches/hot`.

#![expect(clippy::expect_used, reason = "only tests and measurements have this module")]

use crate::certificate;
use crate::keyring::Keyring;
use crate::master_key::MasterKey;
use crate::model::{SecretHash, SigningKeyRecord};
use crate::random::SeededSource;
use crate::settings::SignatureAlgorithm;
use crate::signing_key::{RootCertificate, SigningKey};
use access_types::ServiceId;

/// The keys of a service.
pub struct Keys(Keyring);

impl Keys {
    /// Keys that sign with this RSA key, in PKCS#8: to make one takes a different time each time, which would hide what
    /// is measured.
    ///
    /// # Panics
    /// If it is none.
    pub fn rs256(pkcs8: &[u8]) -> Self {
        Self::of(|service, master_key, random| {
            let certificate =
                certificate::self_signed(service, pkcs8, true, 1, random).expect("a certificate");
            let kid = RootCertificate::of_der(certificate.clone()).kid();
            SigningKeyRecord {
                algorithm: "RS256".to_owned(),
                sealed_private_key: master_key.seal(pkcs8, kid.as_bytes(), random).expect("a sealed key"),
                certificate,
                kid,
                created_at: 1,
            }
        })
    }

    /// Keys that sign with ES256.
    ///
    /// # Panics
    /// If the machine cannot make them.
    pub fn es256() -> Self {
        Self::of(|service, master_key, random| {
            SigningKey::generate(SignatureAlgorithm::Es256, service, master_key, random, 1).expect("a key")
        })
    }

    fn of(key: impl FnOnce(&ServiceId, &MasterKey, &SeededSource) -> SigningKeyRecord) -> Self {
        let random = SeededSource::new(1);
        let master_key = MasterKey::generate(&random).expect("random bytes");
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").expect("a service id");
        Self(Keyring::open(vec![key(&service, &master_key, &random)], &master_key).expect("a keyring"))
    }

    /// Signs a payload.
    ///
    /// # Panics
    /// If the signature fails.
    pub fn sign(&self, payload: &str) -> String {
        self.0.sign(payload).expect("a signature")
    }

    /// Whether a JWT is one of these keys'.
    pub fn verify(&self, token: &str) -> bool {
        self.0.verify(token).is_ok()
    }

    /// The hash under which a reference token is found.
    pub fn hash_reference(&self, token: &str) -> SecretHash {
        self.0.hash_reference(token)
    }
}
