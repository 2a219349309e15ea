//! Requests that come again (draft-ietf-httpapi-idempotency-key-header): whoever has not seen the answer asks once
//! more with the same `Idempotency-Key`, and gets the same token, whose secrets are derived anew.

use crate::access::{Access, IDEMPOTENCY_WINDOW};
use crate::clock::EpochSeconds;
use crate::create::CreatedToken;
use crate::error::AccessError;
use crate::model::{IdempotencyRecord, SecretHash};
use crate::principal::Principal;
use crate::secrets::Seed;
use access_types::TokenRequest;
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

/// A request that may come again.
pub(crate) struct Repetition {
    /// Keyed hash of the credential and the `Idempotency-Key`.
    pub(crate) key_hash: SecretHash,
    /// Keyed hash of what is asked for.
    pub(crate) request_hash: SecretHash,
}

impl Access {
    /// The moment before which a request is forgotten.
    pub(crate) fn idempotency_cutoff(&self) -> EpochSeconds {
        self.now().saturating_sub(IDEMPOTENCY_WINDOW)
    }

    /// What a repetition of this request will be known by.
    pub(crate) fn repetition(
        &self,
        principal: &Principal,
        request: &TokenRequest,
        key: &str,
    ) -> Result<Repetition, AccessError> {
        check_key(key)?;
        let keyring = self.keyring();
        // A key belongs to the credential it came with: another one of the same user may be narrower.
        let credential = match (principal.token_id(), principal.api_key) {
            (Some(token_id), _) => token_id.as_bytes().to_vec(),
            (None, Some(api_key)) => api_key.0.to_vec(),
            (None, None) => Vec::new(),
        };
        Ok(Repetition {
            key_hash: keyring.hash_idempotency(&[
                b"key",
                principal.subject().as_bytes(),
                &credential,
                key.as_bytes(),
            ]),
            request_hash: keyring
                .hash_idempotency(&[b"request", request.to_json().expose_secret().as_bytes()]),
        })
    }

    /// The answer of the first time once more, as long as its token is what it was.
    pub(crate) async fn repeat(
        &self,
        repetition: &Repetition,
        record: &IdempotencyRecord,
        warnings: Vec<String>,
    ) -> Result<CreatedToken, AccessError> {
        if !bool::from(repetition.request_hash.0.ct_eq(&record.request_hash.0)) {
            return Err(AccessError::Unprocessable(
                "this Idempotency-Key was used for another request within the last 24 hours; use a new key"
                    .to_owned(),
            ));
        }
        let state = self.store().find_token(record.token_id).await?;
        let unchanged = state.filter(|state| {
            self.check_alive(state).is_ok()
                && state.family.as_ref().is_none_or(|family| family.generation == 0)
        });
        let Some(state) = unchanged else {
            return Err(AccessError::Conflict(
                "this request was done before, and its token was revoked, refreshed or has expired since; use a new \
                 Idempotency-Key for a new token"
                    .to_owned(),
            ));
        };
        let response = self.response(&state.token, Seed(record.seed), 0).await?;
        Ok(CreatedToken { response, warnings })
    }
}

/// The form of an `Idempotency-Key`.
pub(crate) fn check_key(key: &str) -> Result<(), AccessError> {
    if (1..=255).contains(&key.len()) && key.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' ') {
        return Ok(());
    }
    Err(AccessError::BadRequest("Idempotency-Key: must be 1 to 255 printable ASCII characters".to_owned()))
}
