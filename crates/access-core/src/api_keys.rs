//! API keys (access-api.md 1.9): one a user, with the user's rights, as long-lived as a password. The database holds no
//! key, but a hash and a seed, from which the key is derived once more for its owner.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::list::name_in_path;
use crate::model::{ApiKeyRecord, AuditAction, UserRecord};
use crate::principal::Principal;
use crate::secrets::Seed;
use crate::store::api_keys::ApiKeyOutcome;
use crate::users::require_admin;
use access_types::user::UserStatus;
use access_types::{Audience, Scope, Secret, Subject};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

/// A user's own API key.
#[derive(Debug, Clone)]
pub struct ShownApiKey(pub Secret);

impl Access {
    /// The caller's API key, if there is one.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] unless the credential has all its user's rights, for every service.
    pub async fn show_api_key(&self, principal: &Principal) -> Result<Option<ShownApiKey>, AccessError> {
        let owner = whole_key_owner(principal)?;
        let found = self.store().find_api_key(&owner.username).await?;
        let live = found.filter(|(key, _)| key.user_epoch == owner.token_epoch);
        Ok(live.map(|(key, _)| ShownApiKey(Seed(key.seed).api_key(self.keyring()))))
    }

    /// Makes an API key for the caller; with `replace` in the place of one that there may be, which is dead then.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`]: switched off, a locked user, or a credential with only some of its user's rights;
    /// [`AccessError::BadRequest`] if there is one already.
    pub async fn make_api_key(
        &self,
        principal: &Principal,
        replace: bool,
    ) -> Result<ShownApiKey, AccessError> {
        let owner = whole_key_owner(principal)?;
        if self.settings().disable_api_key_creation {
            return Err(AccessError::Forbidden(
                "making API keys is switched off on this service; use an access token, or ask an administrator to set \
                 disable-api-key-creation = false under [security]"
                    .to_owned(),
            ));
        }
        if principal.is_locked() {
            return Err(AccessError::Forbidden(format!(
                "the user {:?} is locked; its credentials create nothing",
                owner.username
            )));
        }
        let seed = Seed::draw(self.random())?;
        let shown = seed.api_key(self.keyring());
        let key = ApiKeyRecord {
            username: owner.username.clone(),
            user_epoch: owner.token_epoch,
            key_hash: self.keyring().hash_api_key(shown.expose_secret()),
            seed: seed.0,
            created_at: self.now(),
        };
        let detail = if replace { "in the place of any before" } else { "" };
        let audit = self.audit(principal, AuditAction::ApiKeyCreated, owner.username.clone(), detail)?;
        match self.store().insert_api_key(key, replace, audit).await? {
            ApiKeyOutcome::Done => Ok(ShownApiKey(shown)),
            ApiKeyOutcome::Exists => Err(AccessError::BadRequest(format!(
                "the user {:?} has an API key already; PUT makes another in its place",
                owner.username
            ))),
            ApiKeyOutcome::UserGone => Err(AuthenticationError::UserUnavailable.into()),
        }
    }

    /// Deletes an API key: the caller's own, or with a name that of a user. `false` if there was none.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`]; [`AccessError::NotFound`] if there is no such user.
    pub async fn revoke_api_key(
        &self,
        principal: &Principal,
        username: Option<&str>,
    ) -> Result<bool, AccessError> {
        let username = match username {
            None => key_owner(principal)?.username.clone(),
            Some(name) => {
                require_admin(principal)?;
                let name = name_in_path(name)?;
                if self.store().find_user(&name).await?.is_none() {
                    return Err(AccessError::NotFound(format!("there is no user {name:?}")));
                }
                name
            }
        };
        let audit = self.audit(principal, AuditAction::ApiKeyRevoked, username.clone(), "")?;
        Ok(self.store().delete_api_key(&username, audit).await?)
    }

    /// Deletes the API keys of all users and counts them.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`].
    pub async fn revoke_all_api_keys(&self, principal: &Principal) -> Result<usize, AccessError> {
        require_admin(principal)?;
        let audit = self.audit(principal, AuditAction::ApiKeyRevoked, "*", "those of all users")?;
        Ok(self.store().delete_all_api_keys(audit).await?)
    }

    /// Who presents an API key, with the name that stands beside it; empty if none does.
    pub(crate) async fn authenticate_api_key(
        &self,
        username: &str,
        key: &Secret,
    ) -> Result<Principal, AccessError> {
        if self.settings().disable_api_key_authentication {
            return Err(AuthenticationError::ApiKeysOff.into());
        }
        let hash = self.keyring().hash_api_key(key.expose_secret());
        let found = self.store().find_api_key_by_hash(hash).await?;
        let (_, user) = found
            .filter(|(record, user)| bool::from(record.key_hash.0.ct_eq(&hash.0)) && is_live(record, user))
            .ok_or(AuthenticationError::UnknownApiKey)?;
        if !username.is_empty() && !user.username.eq_ignore_ascii_case(username) {
            return Err(AuthenticationError::BadCredentials.into());
        }
        Ok(Principal {
            subject: Subject::of_user(self.service_id(), &user.username).to_string(),
            username: Some(user.username.clone()),
            admin: user.effective_admin && user.status == UserStatus::Enabled,
            user: Some(user),
            token: None,
            api_key: Some(hash),
            scope: Scope::user(),
            audience: Audience::all(),
            for_access: true,
            artifactory_admin: false,
        })
    }

    /// Whether an API key that let somebody in still would, for work that goes on; anything else passes.
    pub(crate) async fn check_key_still_there(&self, principal: &Principal) -> Result<(), AccessError> {
        let Some(hash) = principal.api_key else { return Ok(()) };
        let found = self.store().find_api_key_by_hash(hash).await?;
        match found.is_some_and(|(key, now)| is_live(&key, &now)) {
            true => Ok(()),
            false => Err(AuthenticationError::UnknownApiKey.into()),
        }
    }
}

/// A key lives as a token does: while its user is there, is not disabled and still has the epoch of its making.
fn is_live(key: &ApiKeyRecord, user: &UserRecord) -> bool {
    key.user_epoch == user.token_epoch && matches!(user.status, UserStatus::Enabled | UserStatus::Locked)
}

/// The user whose key the caller may have: a key opens every service, so it is for who comes in everywhere.
fn whole_key_owner(principal: &Principal) -> Result<&UserRecord, AccessError> {
    let owner = key_owner(principal)?;
    if principal.audience.covers(&Audience::all()) {
        return Ok(owner);
    }
    Err(AccessError::Forbidden(format!(
        "an API key opens every service, so it takes a password, or a token whose audience is {} rather than {}",
        Audience::all(),
        principal.audience
    )))
}

/// The user whose key the caller may end: the own one, with all its rights.
fn key_owner(principal: &Principal) -> Result<&UserRecord, AccessError> {
    let has_all = principal.has_all_own_rights();
    principal.user.as_ref().filter(|_| has_all).ok_or_else(|| {
        AccessError::Forbidden(
            "an API key has all its user's rights, so it takes a password, or a token with user scope \
             (applied-permissions/user)"
                .to_owned(),
        )
    })
}
