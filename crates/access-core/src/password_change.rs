//! Passwords: the one place where they are checked, their end, and their change by who knows the old one.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::model::{AuditAction, PasswordHash, UserChange, UserRecord};
use crate::password_policy;
use crate::principal::Principal;
use crate::users::require_admin;
use access_types::user::UserStatus;
use access_types::{FieldError, Secret, Subject, subject};
use secrecy::ExposeSecret;

impl Access {
    /// Whose password this is: an enabled user's. It may have expired; see [`Access::has_expired`]. Unknown names
    /// take as long as others, and have to wait after wrong passwords as others do.
    ///
    /// # Errors
    /// [`AuthenticationError::BadCredentials`], [`AccessError::TooManyAttempts`], [`AccessError::Busy`],
    /// [`AccessError::Unavailable`].
    pub(crate) async fn check_password(
        &self,
        username: &str,
        password: &Secret,
    ) -> Result<UserRecord, AccessError> {
        let attempt = self.attempt(username).await?;
        let user = match subject::normalise_username(username) {
            Ok(name) => self.store().find_user(&name).await?,
            Err(_) => None,
        };
        let stored = user
            .as_ref()
            .filter(|user| !user.internal_password_disabled)
            .and_then(|user| user.password_hash.clone());
        let fits = self.passwords().verify(password.clone(), stored).await?;
        match user {
            Some(user) if fits && user.status == UserStatus::Enabled => {
                self.attempt_succeeded(&attempt).await;
                Ok(user)
            }
            user => {
                self.attempt_failed(&attempt, user.as_ref().map(|user| user.username.as_str())).await?;
                Err(AuthenticationError::BadCredentials.into())
            }
        }
    }

    /// Whether a user's password is good for setting a new one only.
    pub(crate) fn has_expired(&self, user: &UserRecord) -> bool {
        let max_age = self.settings().password_max_age;
        let set_at = user.password_changed_at.unwrap_or(user.created_at);
        user.password_expired || (max_age != 0 && self.now() >= set_at.saturating_add(max_age))
    }

    /// Changes a password for who knows it, expired or not, unless passwords are switched off.
    ///
    /// # Errors
    /// [`AuthenticationError::PasswordsOff`], whatever the password; as
    /// [`Access::change_own_password_on_page`] besides.
    pub async fn change_own_password(
        &self,
        username: &str,
        old: &Secret,
        new: Secret,
    ) -> Result<(), AccessError> {
        self.require_basic_authentication().await?;
        self.change_own_password_on_page(username, old, new).await
    }

    /// The same for a person on a web page, where passwords are never switched off.
    ///
    /// # Errors
    /// As [`Access::check_password`]; [`AccessError::Forbidden`] if the user may not change the own profile,
    /// [`AccessError::Invalid`] for the new password, [`AccessError::Conflict`] if another change came first.
    pub async fn change_own_password_on_page(
        &self,
        username: &str,
        old: &Secret,
        new: Secret,
    ) -> Result<(), AccessError> {
        let user = self.check_password(username, old).await?;
        self.replace_password(&user, old, new).await
    }

    /// Sets the password of a user whose `old` one was right a moment ago.
    pub(crate) async fn replace_password(
        &self,
        user: &UserRecord,
        old: &Secret,
        new: Secret,
    ) -> Result<(), AccessError> {
        if !user.profile_updatable {
            return Err(AccessError::Forbidden(
                "this user may not change the own password; an administrator can set a new one".to_owned(),
            ));
        }
        if new.expose_secret() == old.expose_secret() {
            return Err(not_the_old_one());
        }
        self.write_new_password(user, new).await
    }

    /// Sets the password of a user, as read when its old one was found right, which stands in the request no more.
    pub(crate) async fn renew_password(&self, user: &UserRecord, new: Secret) -> Result<(), AccessError> {
        password_policy::check_new(&new, &user.username, self.settings().password_min_length)?;
        if self.passwords().verify(new.clone(), user.password_hash.clone()).await? {
            return Err(not_the_old_one());
        }
        self.write_new_password(user, new).await
    }

    /// In the place of the password that the user had when it was read, and of no other.
    async fn write_new_password(&self, user: &UserRecord, new: Secret) -> Result<(), AccessError> {
        let Some(old_hash) = user.password_hash.clone() else {
            return Err(AuthenticationError::BadCredentials.into());
        };
        let hash = self.hash_new(new, &user.username).await?;
        let actor = Subject::of_user(self.service_id(), &user.username);
        let detail = "password changed with the old one";
        let audit =
            self.audit_as(actor.as_str(), None, AuditAction::UserChanged, user.username.clone(), detail)?;
        if self.store().replace_password(&user.username, old_hash, hash, audit).await? {
            Ok(())
        } else {
            Err(AccessError::Conflict(
                "the password, or what this user may do, was changed meanwhile; nothing was changed now"
                    .to_owned(),
            ))
        }
    }

    /// Lets a user's password expire: from now on it is good for setting a new one only.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn expire_password(&self, principal: &Principal, username: &str) -> Result<(), AccessError> {
        require_admin(principal)?;
        let username = crate::list::name_in_path(username)?;
        let change = UserChange { password_expired: Some(true), ..UserChange::default() };
        self.write_change(principal, &username, change, "password expired".to_owned()).await.map(|_| ())
    }

    /// Hashes a new password that is good enough.
    pub(crate) async fn hash_new(&self, new: Secret, username: &str) -> Result<PasswordHash, AccessError> {
        password_policy::check_new(&new, username, self.settings().password_min_length)?;
        self.passwords().hash(new, self.random()).await
    }
}

fn not_the_old_one() -> AccessError {
    FieldError::new("password", "must be another than the old one").into()
}
