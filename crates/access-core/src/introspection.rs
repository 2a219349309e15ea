//! Introspection (RFC 7662): a service that was handed a token asks whether it counts, and what it is.

use crate::access::Access;
use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::family::{self, Decision};
use crate::model::{TokenRecord, TokenState};
use crate::principal::Principal;
use access_types::introspection::{Introspection, TokenKind};
use access_types::opaque::{self, RefreshToken};
use access_types::{Audience, Secret};
use secrecy::ExposeSecret;

impl Access {
    /// What `principal` may know of the token with this text: a JWT, a reference token or a refresh token.
    /// Administrators and who may read all identities learn of every token, administrators of a project of its tokens too, others of their own ones. What is not
    /// active and what is not theirs to know look the same.
    ///
    /// That somebody else asks means that the token was used there.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if it cannot be decided now.
    pub async fn introspect(
        &self,
        principal: &Principal,
        token: &Secret,
    ) -> Result<Introspection, AccessError> {
        match RefreshToken::parse(token) {
            Some(refresh) => self.introspect_refresh(principal, &refresh, token).await,
            None => self.introspect_access(principal, token).await,
        }
    }

    async fn introspect_access(
        &self,
        principal: &Principal,
        token: &Secret,
    ) -> Result<Introspection, AccessError> {
        let state = match self.find_presented(token).await {
            Ok(state) => state,
            Err(AccessError::Authentication(_)) => return Ok(Introspection::inactive()),
            Err(error) => return Err(error),
        };
        if self.check_alive(&state).is_err() || !self.may_know(principal, &state.token).await? {
            return Ok(Introspection::inactive());
        }
        if principal.token_id() != Some(state.token.token_id) {
            // It was shown to whoever asks, so its owner has received it.
            self.note_first_use(&state).await?;
            self.note_use(&state.token);
        }
        let kind = match opaque::parse_reference_token(token.expose_secret()) {
            Some(_) => TokenKind::ReferenceToken,
            None => TokenKind::AccessToken,
        };
        let ends = earliest(state.token.expires_at, state.token.revocation_due);
        let mut told = self.told_of(&state, kind, ends)?;
        told.token_type = Some("Bearer".to_owned());
        told.groups = Some(self.groups_of(&self.principal_of(state).await?).await?);
        Ok(told)
    }

    async fn introspect_refresh(
        &self,
        principal: &Principal,
        presented: &RefreshToken,
        text: &Secret,
    ) -> Result<Introspection, AccessError> {
        let Some((family, token)) = self.store().find_family(presented.family_id).await? else {
            return Ok(Introspection::inactive());
        };
        let hash = self.keyring().hash_refresh(text.expose_secret());
        // One that may be spent once more after a lost answer is spent all the same.
        let is_current = family::decide(&family, presented.generation, hash, self.now()) == Decision::Rotate;
        if !is_current || token.is_revoked(self.now()) || !self.may_know(principal, &token).await? {
            return Ok(Introspection::inactive());
        }
        match self.lifetime_today(&family, &token).await {
            Ok(_) => {}
            Err(AccessError::NotFound(_) | AccessError::Forbidden(_)) => return Ok(Introspection::inactive()),
            Err(error) => return Err(error),
        }
        let grace = self.settings().refresh_expiry;
        let ends =
            earliest(token.expires_at.map(|expiry| expiry.saturating_add(grace)), token.revocation_due);
        self.told_of(&TokenState { token, user: None, family: None }, TokenKind::RefreshToken, ends)
    }

    fn told_of(
        &self,
        state: &TokenState,
        kind: TokenKind,
        ends: Option<EpochSeconds>,
    ) -> Result<Introspection, AccessError> {
        let token = &state.token;
        let audience = Audience::parse(&token.audience)
            .map_err(|error| AccessError::Internal(format!("stored token: {error}")))?;
        Ok(Introspection {
            active: true,
            scope: Some(token.scope.clone()),
            username: token.username.clone(),
            token_type: None,
            exp: ends,
            iat: Some(token.issued_at),
            sub: Some(token.subject.clone()),
            aud: Some(audience),
            iss: Some(self.service_id().to_string()),
            jti: Some(token.token_id.to_string()),
            kind: Some(kind),
            groups: None,
            project: token.project_key.clone(),
        })
    }

    /// A credential for other services only learns of itself only.
    async fn may_know(&self, principal: &Principal, token: &TokenRecord) -> Result<bool, AccessError> {
        Ok(principal.token_id() == Some(token.token_id)
            || (principal.for_access
                && (principal.reads_identities() || self.sees(principal, token).await?)))
    }
}

fn earliest(a: Option<EpochSeconds>, b: Option<EpochSeconds>) -> Option<EpochSeconds> {
    [a, b].into_iter().flatten().min()
}
