//! Making what was allowed: claims, signature, one durable write, answer.

use super::{Allowed, CreatedToken};
use crate::access::Access;
use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::model::{AuditAction, FamilyRecord, IdempotencyRecord, TokenRecord};
use crate::principal::Principal;
use crate::projects::unknown_project;
use crate::random;
use crate::repetition::Repetition;
use crate::secrets::Seed;
use crate::store::{InsertOutcome, NewToken};
use access_types::jwt::{Claims, REVOCABLE};
use access_types::limits::LAST_EXPIRY;
use access_types::{Audience, FieldError, Subject, TokenResponse};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// Longest payload of a JWT in bytes: the wire's limit beside a reference token (access-api.md 4.10).
const LONGEST_PAYLOAD: usize = 4000;

impl Access {
    pub(super) async fn make(
        &self,
        principal: &Principal,
        mut allowed: Allowed,
        repetition: Option<Repetition>,
    ) -> Result<CreatedToken, AccessError> {
        let warnings = std::mem::take(&mut allowed.warnings);
        let project_key = allowed.project_key.clone().unwrap_or_default();
        let (new, response) = self.prepare(principal, allowed, repetition.as_ref()).await?;
        match (self.store().insert_token(new).await?, repetition) {
            (InsertOutcome::Inserted, _) => Ok(CreatedToken { response, warnings }),
            (InsertOutcome::Repeated(record), Some(repetition)) => {
                self.repeat(&repetition, &record, warnings).await
            }
            (InsertOutcome::AskerGone, _) => Err(self.why_gone(principal).await),
            (InsertOutcome::ProjectGone, _) => Err(unknown_project(&project_key).into()),
            (InsertOutcome::Repeated(_), None) => Err(AccessError::Internal(
                "a request without an idempotency key was taken for a repetition".to_owned(),
            )),
        }
    }

    /// The token and what is written with it, and the answer for when it is.
    pub(super) async fn prepare(
        &self,
        principal: &Principal,
        allowed: Allowed,
        repetition: Option<&Repetition>,
    ) -> Result<(NewToken, TokenResponse), AccessError> {
        let seed = Seed::draw(self.random())?;
        let now = self.now();
        let token_id = self.new_id()?;
        let family_id = match allowed.refreshable {
            true => Some(Uuid::from_bytes(random::bytes(self.random())?)),
            false => None,
        };
        let expires_at = expiry(now, allowed.lifetime)?;
        let token = TokenRecord {
            token_id,
            subject: Subject::of_user(self.service_id(), &allowed.username).to_string(),
            username: Some(allowed.username),
            user_epoch: allowed.user.map(|user| user.token_epoch),
            scope: allowed.scope.to_string(),
            audience: allowed.audience.to_string(),
            description: allowed.description,
            project_key: allowed.project_key,
            issued_at: now,
            expires_at,
            family_id,
            created_by: principal.subject().to_owned(),
            parent_token_id: principal.token_id(),
            reference_hash: allowed.reference.then(|| seed.reference_hash(self.keyring(), expires_at)),
            revocation: None,
            revocation_due: None,
            last_used: None,
        };
        let response = self.response(&token, seed, 0).await?;
        let family =
            family_id.zip(response.refresh_token.as_ref()).map(|(family_id, refresh_token)| FamilyRecord {
                family_id,
                token_id,
                generation: 0,
                current_hash: self.keyring().hash_refresh(refresh_token.expose_secret()),
                previous_hash: None,
                rotated_at: now,
                retried: false,
                successor_used: false,
                lifetime: allowed.lifetime,
                revoked_at: None,
            });
        let detail = format!("subject {}, scope {}", token.subject, token.scope);
        let new = NewToken {
            family,
            idempotency: repetition.map(|repetition| IdempotencyRecord {
                key_hash: repetition.key_hash,
                request_hash: repetition.request_hash,
                seed: seed.0,
                token_id,
                created_at: now,
            }),
            idempotency_cutoff: self.idempotency_cutoff(),
            asker: principal.as_asker_in(allowed.administers.as_deref()),
            audit: self.audit(principal, AuditAction::TokenCreated, token_id.to_string(), detail)?,
            token,
            to_follow: self.signatures_under_way(),
        };
        Ok((new, response))
    }

    /// The answer for a token whose secrets come from `seed`, its JWT signed anew. `generation` is that
    /// of its refresh token.
    pub(crate) async fn response(
        &self,
        token: &TokenRecord,
        seed: Seed,
        generation: u32,
    ) -> Result<TokenResponse, AccessError> {
        let audience = Audience::parse(&token.audience)
            .map_err(|error| AccessError::Internal(format!("stored token: {error}")))?;
        let token_id = token.token_id.to_string();
        let claims = Claims {
            ext: REVOCABLE,
            sub: &token.subject,
            scp: &token.scope,
            aud: &audience,
            iss: self.service_id().as_str(),
            exp: token.expires_at,
            iat: token.issued_at,
            jti: &token_id,
        };
        let payload = claims.to_payload();
        if payload.len() > LONGEST_PAYLOAD {
            let problem =
                format!("the token would hold {} bytes, and {LONGEST_PAYLOAD} is the limit", payload.len());
            return Err(FieldError::new("scope", problem).into());
        }
        let access_token = self.sign(payload).await?;
        Ok(TokenResponse {
            access_token,
            refresh_token: token.family_id.map(|id| seed.refresh_token(self.keyring(), id, generation)),
            expires_in: token.expires_at.map(|expires_at| expires_at.saturating_sub(token.issued_at)),
            scope: token.scope.clone(),
            token_type: "Bearer",
            reference_token: token
                .reference_hash
                .map(|_| seed.reference_token(self.keyring(), token.expires_at)),
            token_id,
        })
    }
}

/// When a token made at `now` ends.
///
/// # Errors
/// A [`FieldError`] on `expires_in` if that is later than can be written.
pub(crate) fn expiry(now: EpochSeconds, lifetime: Option<u64>) -> Result<Option<EpochSeconds>, FieldError> {
    match lifetime.map(|seconds| now.saturating_add(seconds)) {
        Some(expiry) if expiry > LAST_EXPIRY => {
            let problem =
                format!("the token would expire after {LAST_EXPIRY}, the last moment that can be written");
            Err(FieldError::new("expires_in", problem))
        }
        expiry => Ok(expiry),
    }
}
