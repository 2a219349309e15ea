//! Refreshing: a refresh token is spent, its successor and a new access token are made, the old access
//! token dies, all in one transaction (RFC 6749 section 6, RFC 9700 section 4.14.2).

use crate::access::Access;
use crate::authentication::{Bearer, check_user};
use crate::create::CreatedToken;
use crate::error::AccessError;
use crate::family::{self, Decision};
use crate::model::{AuditAction, FamilyRecord, SecretHash, TokenRecord};
use crate::principal::Credential;
use crate::random;
use crate::secrets::Seed;
use crate::store::{Rotation, RotationOutcome};
use access_types::limits::LAST_EXPIRY;
use access_types::opaque::RefreshToken;
use access_types::user::UserStatus;
use access_types::{FieldError, Subject, TokenRequest};
use secrecy::ExposeSecret;

/// The words that clients know for a refresh token that is spent, revoked or nobody's.
const NOT_FOUND: &str = "Token matching the provided refresh token was not found.";
/// How often a refresh decides anew because another one came between.
const ATTEMPTS: usize = 8;

impl Access {
    /// Spends a refresh token. The bearer must be the token's owner, and may be the old access token even
    /// if it expired, within the grace `refresh_expiry`.
    ///
    /// # Errors
    /// [`AccessError::Authentication`]; [`AccessError::NotFound`] for a refresh token that is unknown,
    /// spent or revoked (one that must have been stolen revokes its family before this is returned);
    /// [`AccessError::Forbidden`] for another owner; [`AccessError::Invalid`] for a field that would
    /// widen the token.
    pub async fn refresh_token(
        &self,
        credential: &Credential,
        request: TokenRequest,
    ) -> Result<CreatedToken, AccessError> {
        let secret = request
            .refresh_token
            .as_ref()
            .ok_or_else(|| FieldError::new("refresh_token", "is required with grant_type=refresh_token"))?;
        let presented = RefreshToken::parse(secret);
        let family_id = presented.as_ref().map(|token| token.family_id);
        let bearer = self.authenticate_for_refresh(credential, family_id).await?;
        let presented = presented.ok_or_else(not_found)?;
        let hash = self.keyring().hash_refresh(secret.expose_secret());
        for _ in 0..ATTEMPTS {
            let found = self.store().find_family(presented.family_id).await?;
            let (family, token) = found.ok_or_else(not_found)?;
            if token.subject != bearer.subject {
                return Err(AccessError::Forbidden("a token is refreshed by its owner only".to_owned()));
            }
            self.check_refreshable(&token).await?;
            match family::decide(&family, presented.generation, hash, self.now()) {
                Decision::Refuse => return Err(not_found()),
                Decision::RevokeFamily => {
                    self.revoke_stolen(&bearer, &family, &token).await?;
                    return Err(not_found());
                }
                decision => {
                    let attempt = Attempt {
                        bearer: &bearer,
                        family: &family,
                        token: &token,
                        decision,
                        presented: &presented,
                        hash,
                    };
                    if let Some(created) = self.rotate(attempt, &request).await? {
                        return Ok(created);
                    }
                }
            }
        }
        Err(AccessError::Unavailable("this token is being refreshed by too many requests at once".to_owned()))
    }

    /// A token can be refreshed until its grace ends, while its owner may have tokens.
    async fn check_refreshable(&self, token: &TokenRecord) -> Result<(), AccessError> {
        let grace = self.settings().refresh_expiry;
        if token.expires_at.is_some_and(|expires_at| self.now() >= expires_at.saturating_add(grace)) {
            return Err(not_found());
        }
        let user = match &token.username {
            Some(username) => self.store().find_user(username).await?,
            None => None,
        };
        check_user(token, user.as_ref())?;
        if user.is_some_and(|user| user.status == UserStatus::Locked) {
            return Err(AccessError::Forbidden(
                "the user is locked; no token can be created for it".to_owned(),
            ));
        }
        Ok(())
    }

    async fn revoke_stolen(
        &self,
        bearer: &Bearer,
        family: &FamilyRecord,
        token: &TokenRecord,
    ) -> Result<(), AccessError> {
        let detail =
            format!("a spent refresh token of {} was presented; its family was revoked", token.subject);
        let audit = self.audit_as(
            &bearer.subject,
            bearer.token_id,
            AuditAction::RefreshTokenReused,
            token.token_id.to_string(),
            detail,
        )?;
        self.store().revoke_family(family.family_id, self.now(), audit).await?;
        Ok(())
    }

    /// Makes the successor; `None` if the family moved on meanwhile.
    async fn rotate(
        &self,
        attempt: Attempt<'_>,
        request: &TokenRequest,
    ) -> Result<Option<CreatedToken>, AccessError> {
        let Attempt { bearer, family, token, decision, presented, hash } = attempt;
        self.refuse_widening(request, token, family)?;
        let now = self.now();
        let seed = Seed::draw(self.random())?;
        let lifetime = request.expires_in.filter(|seconds| *seconds > 0).or(family.lifetime);
        let expires_at = lifetime.map(|seconds| now.saturating_add(seconds));
        if expires_at.is_some_and(|expires_at| expires_at > LAST_EXPIRY) {
            return Err(
                FieldError::new("expires_in", format!("the token would expire after {LAST_EXPIRY}")).into()
            );
        }
        let mut successor = TokenRecord {
            token_id: random::uuid_v7(self.random(), now)?,
            issued_at: now,
            expires_at,
            description: request.description.clone().or_else(|| token.description.clone()),
            created_by: bearer.subject.clone(),
            parent_token_id: Some(token.token_id),
            reference_hash: None,
            revocation: None,
            ..token.clone()
        };
        if request.include_reference_token.unwrap_or(token.reference_hash.is_some()) {
            let reference = seed.reference_token(self.keyring(), expires_at);
            successor.reference_hash = Some(self.keyring().hash_reference(reference.expose_secret()));
        }
        let generation = match decision {
            Decision::Retry => family.generation,
            _ => family.generation.saturating_add(1),
        };
        let response = self.response(&successor, seed, generation).await?;
        let refresh_token = response.refresh_token.as_ref().ok_or_else(not_found)?;
        let detail = match decision {
            Decision::Retry => format!("replaces {}, whose answer was lost", token.token_id),
            _ => format!("replaces {}", token.token_id),
        };
        let rotation = Rotation {
            family_id: family.family_id,
            presented_generation: presented.generation,
            presented_hash: hash,
            decision,
            expected_generation: family.generation,
            successor_hash: self.keyring().hash_refresh(refresh_token.expose_secret()),
            now,
            audit: self.audit_as(
                &bearer.subject,
                bearer.token_id,
                AuditAction::TokenRefreshed,
                successor.token_id.to_string(),
                detail,
            )?,
            successor,
        };
        match self.store().rotate_refresh(rotation).await? {
            RotationOutcome::Rotated => Ok(Some(CreatedToken { response, warnings: Vec::new() })),
            RotationOutcome::Changed => Ok(None),
        }
    }

    /// A refresh gives the same rights again. A field that says otherwise is refused, not ignored.
    fn refuse_widening(
        &self,
        request: &TokenRequest,
        token: &TokenRecord,
        family: &FamilyRecord,
    ) -> Result<(), AccessError> {
        let differs = |field, asked: &Option<String>, original: &str| match asked {
            Some(asked) if asked != original => {
                Err(FieldError::new(field, format!("cannot be changed by a refresh; it is {original:?}")))
            }
            _ => Ok(()),
        };
        differs("scope", &request.scope, &token.scope)?;
        differs("audience", &request.audience, &token.audience)?;
        differs("project_key", &request.project_key, token.project_key.as_deref().unwrap_or_default())?;
        if let Some(asked) = &request.username {
            let name = Subject::username(asked, self.service_id()).unwrap_or(asked);
            let same = token.username.as_deref().is_some_and(|owner| owner.eq_ignore_ascii_case(name));
            if !same {
                return Err(FieldError::new("username", "cannot be changed by a refresh").into());
            }
        }
        match (request.expires_in, family.lifetime) {
            (Some(asked), Some(lifetime)) if asked > lifetime => Err(FieldError::new(
                "expires_in",
                format!("a refresh cannot lengthen the lifetime, which is {lifetime} seconds"),
            )
            .into()),
            _ => Ok(()),
        }
    }
}

/// One attempt to move a family on.
struct Attempt<'a> {
    bearer: &'a Bearer,
    family: &'a FamilyRecord,
    token: &'a TokenRecord,
    decision: Decision,
    presented: &'a RefreshToken,
    hash: SecretHash,
}

fn not_found() -> AccessError {
    AccessError::NotFound(NOT_FOUND.to_owned())
}
