//! All keys of the running service: the signing keys, newest first, and the keys of the keyed hashes.

use crate::error::{AuthenticationError, StartError};
use crate::jws::{self, VerifiedClaims};
use crate::master_key::{MasterKey, Purpose};
use crate::model::{SecretHash, SigningKeyRecord};
use crate::signing_key::{RootCertificate, SigningFailed, SigningKey};
use aws_lc_rs::hmac;
use serde_json::{Value, json};

pub(crate) struct Keyring {
    active: HeaderAndKey,
    older: Vec<HeaderAndKey>,
    reference: hmac::Key,
    refresh: hmac::Key,
    idempotency: hmac::Key,
    login_name: hmac::Key,
    web_login: hmac::Key,
    api_key: hmac::Key,
    pub(crate) derive: hmac::Key,
    pub(crate) cursor: hmac::Key,
}

struct HeaderAndKey {
    header: String,
    key: SigningKey,
}

/// Whether these signing keys were sealed with this master key, as [`crate::Access::open`] finds out.
///
/// # Errors
/// [`StartError::WrongMasterKey`], or what else is wrong with them.
pub fn check_master_key(records: Vec<SigningKeyRecord>, master_key: &MasterKey) -> Result<(), StartError> {
    Keyring::open(records, master_key).map(drop)
}

impl Keyring {
    /// Opens the signing keys `records`, newest first, with the master key they were sealed with.
    pub(crate) fn open(records: Vec<SigningKeyRecord>, master_key: &MasterKey) -> Result<Self, StartError> {
        let mut keys = Vec::with_capacity(records.len());
        for record in records {
            let key = SigningKey::open(record, master_key)?;
            keys.push(HeaderAndKey { header: jws::encoded_header(&key), key });
        }
        let mut keys = keys.into_iter();
        let active =
            keys.next().ok_or_else(|| StartError::SigningKey("the database holds none".to_owned()))?;
        Ok(Self {
            active,
            older: keys.collect(),
            reference: master_key.derive(Purpose::HashReferenceToken),
            refresh: master_key.derive(Purpose::HashRefreshToken),
            idempotency: master_key.derive(Purpose::HashIdempotency),
            login_name: master_key.derive(Purpose::HashLoginName),
            web_login: master_key.derive(Purpose::HashWebLogin),
            api_key: master_key.derive(Purpose::HashApiKey),
            derive: master_key.derive(Purpose::DeriveTokenSecrets),
            cursor: master_key.derive(Purpose::SignCursor),
        })
    }

    /// Signs a payload with the newest key.
    pub(crate) fn sign(&self, payload: &str) -> Result<String, SigningFailed> {
        jws::sign(&self.active.header, payload, &self.active.key)
    }

    /// Verifies form and signature of a JWT against all keys.
    pub(crate) fn verify(&self, token: &str) -> Result<VerifiedClaims, AuthenticationError> {
        jws::verify(token, |header| {
            self.all().find(|candidate| candidate.header == header).map(|found| &found.key)
        })
    }

    /// The certificate of the newest key.
    pub(crate) fn root_certificate(&self) -> &RootCertificate {
        &self.active.key.certificate
    }

    /// The public halves of all keys as a JWK set (RFC 7517), newest first.
    pub(crate) fn jwks(&self) -> Value {
        json!({ "keys": self.all().map(|entry| entry.key.jwk()).collect::<Vec<_>>() })
    }

    pub(crate) fn hash_reference(&self, token: &str) -> SecretHash {
        hash(&self.reference, &[token.as_bytes()])
    }

    pub(crate) fn hash_refresh(&self, token: &str) -> SecretHash {
        hash(&self.refresh, &[token.as_bytes()])
    }

    pub(crate) fn hash_login_name(&self, name: &str) -> SecretHash {
        hash(&self.login_name, &[name.as_bytes()])
    }

    pub(crate) fn hash_web_login(&self, session: &str) -> SecretHash {
        hash(&self.web_login, &[session.as_bytes()])
    }

    pub(crate) fn hash_api_key(&self, key: &str) -> SecretHash {
        hash(&self.api_key, &[key.as_bytes()])
    }

    /// The parts are kept apart by their lengths.
    pub(crate) fn hash_idempotency(&self, parts: &[&[u8]]) -> SecretHash {
        hash(&self.idempotency, parts)
    }

    fn all(&self) -> impl Iterator<Item = &HeaderAndKey> {
        std::iter::once(&self.active).chain(&self.older)
    }
}

fn hash(key: &hmac::Key, parts: &[&[u8]]) -> SecretHash {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut bytes = [0; 32];
    bytes.copy_from_slice(context.sign().as_ref());
    SecretHash(bytes)
}
