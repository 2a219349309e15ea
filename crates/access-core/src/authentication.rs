//! From a credential to a [`Principal`]: every fact is read from the database for this request.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::model::{Revocation, RevocationReason, TokenRecord, TokenState, UserRecord};
use crate::principal::{Credential, Principal};
use crate::service_ids::Door;
use access_types::user::UserStatus;
use access_types::{Audience, Scope, Secret, Subject, jwt, opaque};
use secrecy::ExposeSecret;
use uuid::Uuid;

/// Seconds between two writes of a user's last log-in.
const LOGIN_RESOLUTION: u64 = 60;

impl Access {
    /// Who presents this credential below `/access`, and what the bearer may do now.
    ///
    /// # Errors
    /// [`AccessError::Authentication`] if the credential is refused, [`AccessError::Unavailable`] if it
    /// cannot be checked.
    pub async fn authenticate(&self, credential: &Credential) -> Result<Principal, AccessError> {
        self.authenticate_at(Door::Access, credential).await
    }

    /// The same at one of the services that this one is: a token that was made for the other only is refused.
    ///
    /// # Errors
    /// As [`Access::authenticate`].
    pub async fn authenticate_at(
        &self,
        door: Door,
        credential: &Credential,
    ) -> Result<Principal, AccessError> {
        let principal = self.identify(credential).await?;
        if !principal.audience.includes(&self.id_at(door)) {
            return Err(AuthenticationError::Audience.into());
        }
        let artifactory_admin = door == Door::Artifactory && self.has_older_admin_scope(&principal);
        Ok(self.accepted(Principal { artifactory_admin, ..principal }))
    }

    /// The same without a look at the audience: for a token that asks about itself only, as a token for
    /// another service may (access-api.md 1.1, `/tokens/me`).
    ///
    /// # Errors
    /// As [`Access::authenticate`], but for the audience.
    pub async fn authenticate_for_itself(&self, credential: &Credential) -> Result<Principal, AccessError> {
        Ok(self.accepted(self.identify(credential).await?))
    }

    pub(crate) fn accepted(&self, principal: Principal) -> Principal {
        if let Some(token) = &principal.token {
            self.note_use(token);
        }
        principal
    }

    pub(crate) async fn identify(&self, credential: &Credential) -> Result<Principal, AccessError> {
        match token_of(credential) {
            Presented::Token(text) => {
                let state = self.find_presented(text).await?;
                self.check_alive(&state)?;
                check_owner_named(credential, &state.token)?;
                self.note_first_use(&state).await?;
                self.principal_of(state).await
            }
            Presented::Password(username, password) => {
                self.require_basic_authentication().await?;
                self.authenticate_password(username, password).await
            }
            Presented::ApiKey(username, key) => self.authenticate_api_key(username, key).await,
        }
    }

    /// The same credential as of now, for work that goes on after its request was let in: it still counts unless it
    /// was revoked, or its user deleted, disabled or demoted. That its time is over meanwhile ends nothing. With
    /// `ended` its own token was revoked on its own behalf, which ends nothing either.
    ///
    /// # Errors
    /// [`AccessError::Authentication`], [`AccessError::Unavailable`]; [`AccessError::Forbidden`] if it has lost the
    /// rights of an administrator.
    pub(crate) async fn look_again(
        &self,
        principal: &Principal,
        ended: bool,
    ) -> Result<Principal, AccessError> {
        let now = match (&principal.token, &principal.user) {
            (Some(token), _) => {
                let found = self.store().find_token(token.token_id).await?;
                let state = found.ok_or(AuthenticationError::Revoked)?;
                if !ended && state.is_revoked(self.now()) {
                    return Err(AuthenticationError::Revoked.into());
                }
                check_user(&state.token, state.user.as_ref())?;
                let now = self.principal_of(state).await?;
                let artifactory_admin = principal.artifactory_admin && self.has_older_admin_scope(&now);
                Principal { artifactory_admin, ..now }
            }
            (None, Some(before)) => {
                self.check_key_still_there(principal).await?;
                let same = |now: &UserRecord| {
                    now.status == UserStatus::Enabled && now.token_epoch == before.token_epoch
                };
                let user = self.store().find_user(&before.username).await?.filter(same);
                let user = user.ok_or(AuthenticationError::UserUnavailable)?;
                Principal { admin: user.effective_admin, user: Some(user), ..principal.clone() }
            }
            (None, None) => principal.clone(),
        };
        if principal.is_admin() && !now.is_admin() {
            let lost = "the credential has lost its administrator rights meanwhile";
            return Err(AccessError::Forbidden(lost.to_owned()));
        }
        Ok(now)
    }

    /// Who presents this credential in order to refresh a token of the family `family_id`: an expired
    /// token counts until its grace ends, and one that this family's own refresh or end revoked counts too:
    /// it names its owner, so that the retry of a refresh whose answer was lost can be made.
    pub(crate) async fn authenticate_for_refresh(
        &self,
        credential: &Credential,
        family_id: Option<Uuid>,
    ) -> Result<Bearer, AccessError> {
        let text = match token_of(credential) {
            Presented::Token(text) => text,
            Presented::Password(..) | Presented::ApiKey(..) => {
                let principal = self.identify(credential).await?;
                self.require_basic_token_creation()?;
                return Ok(Bearer { subject: principal.subject, token_id: None });
            }
        };
        let state = self.find_presented(text).await?;
        check_owner_named(credential, &state.token)?;
        let token = &state.token;
        if let Some(expires_at) = token.expires_at
            && self.now() >= expires_at.saturating_add(self.settings().refresh_expiry)
        {
            return Err(AuthenticationError::Expired.into());
        }
        let names_its_family = token.family_id.is_some() && token.family_id == family_id;
        let ended_by_family =
            |revocation: &Revocation| names_its_family && revocation.reason != RevocationReason::Requested;
        if token.revocation.as_ref().is_some_and(|revocation| !ended_by_family(revocation))
            || token.is_past_due(self.now())
        {
            return Err(AuthenticationError::Revoked.into());
        }
        check_user(token, state.user.as_ref())?;
        self.note_use(token);
        Ok(Bearer { subject: state.token.subject, token_id: Some(state.token.token_id) })
    }

    /// The stored state of a token presented as text, its signature checked if it is a JWT.
    pub(crate) async fn find_presented(&self, text: &Secret) -> Result<TokenState, AccessError> {
        let text = text.expose_secret();
        let ended = |expiry: Option<u64>| expiry.is_some_and(|expiry| self.now() >= expiry);
        if let Some(expiry) = opaque::parse_reference_token(text) {
            let hash = self.keyring().hash_reference(text);
            return match self.store().find_token_by_reference(hash).await? {
                Some(state) => Ok(state),
                None if ended(expiry) => Err(AuthenticationError::Expired.into()),
                None => Err(AuthenticationError::UnknownReference.into()),
            };
        }
        let claims = self.keyring().verify(text)?;
        if claims.iss != self.service_id().as_str() {
            return Err(AuthenticationError::Signature.into());
        }
        match self.store().find_token(claims.jti).await? {
            Some(state) if claims.agree_with(&state.token) => Ok(state),
            Some(_) => Err(AuthenticationError::Signature.into()),
            None if ended(claims.exp) => Err(AuthenticationError::Expired.into()),
            None => Err(AuthenticationError::Revoked.into()),
        }
    }

    /// Whether the token can be used now: not expired, not revoked, its user as it must be.
    pub(crate) fn check_alive(&self, state: &TokenState) -> Result<(), AuthenticationError> {
        let (token, now) = (&state.token, self.now());
        // Before the expiry: what was refreshed on the way to its revocation ends by both in the same moment.
        if token.is_past_due(now) {
            return Err(AuthenticationError::Revoked);
        }
        if token.is_expired(now) {
            return Err(AuthenticationError::Expired);
        }
        if state.is_revoked(now) {
            return Err(AuthenticationError::Revoked);
        }
        check_user(token, state.user.as_ref())
    }

    /// Whoever uses a refreshed token has received it: the lost-answer rule ends there. Noted before the
    /// request is served; one write for each refresh, whenever it is, so that a clock set back changes nothing.
    pub(crate) async fn note_first_use(&self, state: &TokenState) -> Result<(), AccessError> {
        if let Some(family) = &state.family
            && family.token_id == state.token.token_id
            && family.generation > 0
            && !family.successor_used
        {
            self.store().mark_successor_used(family.family_id, family.token_id).await?;
        }
        Ok(())
    }

    pub(crate) async fn principal_of(&self, state: TokenState) -> Result<Principal, AccessError> {
        let TokenState { token, user, .. } = state;
        let unreadable = |e: access_types::FieldError| AccessError::Internal(format!("stored token: {e}"));
        let scope = Scope::parse_stored(&token.scope).map_err(unreadable)?;
        let audience = Audience::parse(&token.audience).map_err(unreadable)?;
        let mut principal = Principal {
            subject: token.subject.clone(),
            username: token.username.clone(),
            user,
            token: Some(token),
            api_key: None,
            scope,
            for_access: audience.includes(self.service_id().as_str()),
            audience,
            admin: false,
            artifactory_admin: false,
        };
        let of_user = |user: &UserRecord| principal.scope.has_user() && user.effective_admin;
        principal.admin = principal.has_platform_rights()
            && (principal.scope.has_admin()
                || principal.user.as_ref().is_some_and(of_user)
                || self.has_admin_group(&principal).await?);
        Ok(principal)
    }

    /// Whether `jfrt@<id>:admin` of this service is in the scope, which counts below `/artifactory` alone.
    fn has_older_admin_scope(&self, principal: &Principal) -> bool {
        let artifactory = self.id_at(Door::Artifactory);
        principal.has_platform_rights()
            && principal.scope.artifactory_admin_of().any(|service| service == artifactory)
    }

    async fn authenticate_password(
        &self,
        username: &str,
        password: &Secret,
    ) -> Result<Principal, AccessError> {
        let user = self.check_password(username, password).await?;
        if self.has_expired(&user) {
            return Err(AuthenticationError::PasswordExpired.into());
        }
        self.note_login(&user).await;
        Ok(self.person(user))
    }

    /// A user without a token, after a log-in with its password.
    pub(crate) fn person(&self, user: UserRecord) -> Principal {
        Principal {
            subject: Subject::of_user(self.service_id(), &user.username).to_string(),
            username: Some(user.username.clone()),
            admin: user.effective_admin,
            user: Some(user),
            token: None,
            api_key: None,
            scope: Scope::user(),
            audience: Audience::all(),
            for_access: true,
            artifactory_admin: false,
        }
    }

    pub(crate) async fn note_login(&self, user: &UserRecord) {
        let now = self.now();
        if user.last_logged_in.is_none_or(|last| now >= last.saturating_add(LOGIN_RESOLUTION) || last > now) {
            // A disk that cannot be written keeps nobody out who has the right password.
            if let Err(error) = self.store().record_login(&user.username, now).await {
                tracing::warn!(%error, "a log-in could not be noted");
            }
        }
    }
}

/// Who asks for a refresh.
#[derive(Debug)]
pub(crate) struct Bearer {
    pub(crate) subject: String,
    pub(crate) token_id: Option<Uuid>,
}

enum Presented<'a> {
    Token(&'a Secret),
    Password(&'a str, &'a Secret),
    /// With the user name beside it, which is empty if there was none.
    ApiKey(&'a str, &'a Secret),
}

/// A password that has the form of a token or of an API key is one: nobody's password looks like that. An API key is
/// no bearer token.
fn token_of(credential: &Credential) -> Presented<'_> {
    match credential {
        Credential::ApiKey(text) if opaque::is_api_key(text.expose_secret()) => Presented::ApiKey("", text),
        Credential::Bearer(text) | Credential::ApiKey(text) => Presented::Token(text),
        Credential::Basic { username, password } => {
            let text = password.expose_secret();
            if opaque::is_api_key(text) {
                Presented::ApiKey(username, password)
            } else if is_token(text) {
                Presented::Token(password)
            } else {
                Presented::Password(username, password)
            }
        }
    }
}

/// Whether a text has the form of a reference token or of a JWT.
pub(crate) fn is_token(text: &str) -> bool {
    opaque::parse_reference_token(text).is_some() || jwt::decode_unverified(text).is_ok()
}

/// With Basic, a user name beside a token must be the token's, or absent. A token that is no user's goes by its subject,
/// which the exchange that made it has called its user name.
fn check_owner_named(credential: &Credential, token: &TokenRecord) -> Result<(), AuthenticationError> {
    match credential {
        Credential::Basic { username, .. }
            if !username.is_empty()
                && !match &token.username {
                    Some(owner) => owner.eq_ignore_ascii_case(username),
                    None => token.subject == *username,
                } =>
        {
            Err(AuthenticationError::BadCredentials)
        }
        _ => Ok(()),
    }
}

/// A token of a user lives while that user is there, is not disabled and still has the epoch of the
/// token's making. A token that was made for an unknown name depends on no user; if one of that name is
/// made later and disabled or deleted, the store revokes it.
pub(crate) fn check_user(token: &TokenRecord, user: Option<&UserRecord>) -> Result<(), AuthenticationError> {
    let alive = match (token.user_epoch, user) {
        (Some(epoch), Some(user)) => {
            matches!(user.status, UserStatus::Enabled | UserStatus::Locked) && user.token_epoch == epoch
        }
        (Some(_), None) => false,
        (None, _) => true,
    };
    if alive { Ok(()) } else { Err(AuthenticationError::UserUnavailable) }
}
