//! Refreshing: a refresh token is spent, its successor and a new access token are made, the old access
//! token dies, all in one transaction (RFC 6749 section 6, RFC 9700 section 4.14.2).

use crate::access::Access;
use crate::authentication::{Bearer, check_user};
use crate::create::{CreatedToken, expiry};
use crate::error::AccessError;
use crate::family::{self, Decision};
use crate::model::{AuditAction, FamilyRecord, SecretHash, TokenRecord};
use crate::principal::Credential;
use crate::secrets::Seed;
use crate::store::{Rotation, RotationOutcome};
use access_types::opaque::RefreshToken;
use access_types::user::UserStatus;
use access_types::{Audience, FieldError, Subject, TokenRequest};
use secrecy::ExposeSecret;

/// The words that clients know for a refresh token that is spent, revoked or nobody's.
const NOT_FOUND: &str = "Token matching the provided refresh token was not found.";

/// How often a refresh is decided that is overtaken by schedules, each of them sooner than the one before.
const DECISIONS: usize = 3;

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
        for _ in 0..DECISIONS {
            if let Some(created) = self.decide_and_rotate(&bearer, &presented, hash, &request).await? {
                return Ok(created);
            }
        }
        Err(AccessError::Unavailable("the token's revocation is scheduled again and again".to_owned()))
    }

    /// `None` if a revocation was scheduled in between: then it is to be decided again.
    async fn decide_and_rotate(
        &self,
        bearer: &Bearer,
        presented: &RefreshToken,
        hash: SecretHash,
        request: &TokenRequest,
    ) -> Result<Option<CreatedToken>, AccessError> {
        let found = self.store().find_family(presented.family_id).await?;
        let (family, token) = found.ok_or_else(not_found)?;
        if token.subject != bearer.subject {
            return Err(AccessError::Forbidden("a token is refreshed by its owner only".to_owned()));
        }
        // Whatever the family says: nothing comes of a token that was revoked. (A refresh revokes too, but what it
        // has replaced is not the current token.)
        if token.is_revoked(self.now()) {
            return Err(not_found());
        }
        let lifetime = self.lifetime_today(&family, &token).await?;
        match family::decide(&family, presented.generation, hash, self.now()) {
            Decision::Refuse => Err(not_found()),
            Decision::RevokeFamily => {
                self.revoke_stolen(bearer, &family, &token).await?;
                Err(not_found())
            }
            decision @ (Decision::Rotate | Decision::Retry) => {
                let step =
                    Step { bearer, family: &family, token: &token, decision, presented, hash, lifetime };
                self.rotate(step, request).await
            }
        }
    }

    /// The lifetime of the next access token in seconds, if its owner may have one: the original's, or what
    /// the service allows users today if that is less.
    pub(crate) async fn lifetime_today(
        &self,
        family: &FamilyRecord,
        token: &TokenRecord,
    ) -> Result<Option<u64>, AccessError> {
        let settings = self.settings();
        if !settings.allow_refreshable {
            return Err(AccessError::Forbidden(
                "refreshing tokens is switched off on this service".to_owned(),
            ));
        }
        let grace = settings.refresh_expiry;
        if token.expires_at.is_some_and(|expires_at| self.now() >= expires_at.saturating_add(grace)) {
            return Err(not_found());
        }
        let user = match &token.username {
            Some(username) => self.store().find_user(username).await?,
            None => None,
        };
        check_user(token, user.as_ref()).map_err(|_| not_found())?;
        match user.filter(|_| token.user_epoch.is_some()) {
            Some(user) if user.status == UserStatus::Locked => {
                Err(AccessError::Forbidden("the user is locked; no token can be created for it".to_owned()))
            }
            Some(user) if settings.max_expiry > 0 && !user.effective_admin => Ok(Some(
                family.lifetime.map_or(settings.max_expiry, |seconds| seconds.min(settings.max_expiry)),
            )),
            _ => Ok(family.lifetime),
        }
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

    /// Makes the successor. If the family moved on meanwhile, another request spent the same refresh token: a
    /// race is no lost answer, so the loser gets nothing and nobody else loses anything.
    async fn rotate(
        &self,
        step: Step<'_>,
        request: &TokenRequest,
    ) -> Result<Option<CreatedToken>, AccessError> {
        let Step { bearer, family, token, decision, presented, hash, lifetime } = step;
        self.refuse_widening(request, token, lifetime)?;
        let now = self.now();
        let seed = Seed::draw(self.random())?;
        let asked = expiry(now, request.expires_in.filter(|seconds| *seconds > 0).or(lifetime))?;
        // Who checks a JWT by its signature alone shall not accept it for longer than it may live.
        let expires_at = [asked, token.revocation_due].into_iter().flatten().min();
        let with_reference = request.include_reference_token.unwrap_or(token.reference_hash.is_some());
        let successor = TokenRecord {
            token_id: self.new_id()?,
            issued_at: now,
            expires_at,
            description: request.description.clone().or_else(|| token.description.clone()),
            created_by: bearer.subject.clone(),
            parent_token_id: Some(token.token_id),
            reference_hash: with_reference.then(|| seed.reference_hash(self.keyring(), expires_at)),
            revocation: None,
            last_used: None,
            ..token.clone()
        };
        let generation = family::next_generation(family, decision);
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
            RotationOutcome::Rescheduled => Ok(None),
            RotationOutcome::Changed => Err(not_found()),
        }
    }

    /// A refresh gives the same rights again. A field that asks for others is refused.
    fn refuse_widening(
        &self,
        request: &TokenRequest,
        token: &TokenRecord,
        lifetime: Option<u64>,
    ) -> Result<(), AccessError> {
        let differs = |field, asked: &Option<String>, original: &str| match asked {
            Some(asked) if asked != original => {
                Err(FieldError::new(field, format!("cannot be changed by a refresh; it is {original:?}")))
            }
            _ => Ok(()),
        };
        differs("scope", &request.scope, &token.scope)?;
        if let Some(asked) = &request.audience {
            differs("audience", &Some(Audience::parse(asked)?.to_string()), &token.audience)?;
        }
        differs("project_key", &request.project_key, token.project_key.as_deref().unwrap_or_default())?;
        if let Some(asked) = &request.username {
            let name = Subject::username(asked, self.service_id()).unwrap_or(asked);
            let same = token.username.as_deref().is_some_and(|owner| owner.eq_ignore_ascii_case(name));
            if !same {
                return Err(FieldError::new("username", "cannot be changed by a refresh").into());
            }
        }
        match (request.expires_in, lifetime) {
            (Some(asked), Some(lifetime)) if asked > lifetime => Err(FieldError::new(
                "expires_in",
                format!("a refresh cannot lengthen the lifetime, which is {lifetime} seconds"),
            )
            .into()),
            _ => Ok(()),
        }
    }
}

/// One move of a family.
struct Step<'a> {
    bearer: &'a Bearer,
    family: &'a FamilyRecord,
    token: &'a TokenRecord,
    decision: Decision,
    presented: &'a RefreshToken,
    hash: SecretHash,
    lifetime: Option<u64>,
}

fn not_found() -> AccessError {
    AccessError::NotFound(NOT_FOUND.to_owned())
}
