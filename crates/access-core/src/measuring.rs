//! Doors to what is hot and private, for the measurements in `benches/hot`.

#![expect(clippy::expect_used, reason = "only tests and measurements have this module")]

use crate::keyring::Keyring;
use crate::master_key::MasterKey;
use crate::model::SecretHash;
use crate::random::SeededSource;
use crate::settings::SignatureAlgorithm;
use crate::signing_key::SigningKey;
use access_types::ServiceId;

/// The keys of a service.
pub struct Keys(Keyring);

impl Keys {
    /// Makes keys that sign with `algorithm`.
    ///
    /// # Panics
    /// If the machine cannot.
    pub fn generate(algorithm: SignatureAlgorithm) -> Self {
        let random = SeededSource::new(1);
        let master_key = MasterKey::generate(&random).expect("random bytes");
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").expect("a service id");
        let record = SigningKey::generate(algorithm, &service, &master_key, &random, 1).expect("a key");
        Self(Keyring::open(vec![record], &master_key).expect("a keyring"))
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
