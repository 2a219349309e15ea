//! Who asks: credentials as they are presented, and what is known of their bearer.

use crate::error::AccessError;
use crate::model::{SecretHash, TokenRecord, UserRecord};
use crate::store::Asker;
use access_types::scope::{ScopePart, SystemArea};
use access_types::user::UserStatus;
use access_types::{Audience, Scope, Secret};
use uuid::Uuid;

/// A credential as it was presented.
#[derive(Debug, Clone)]
pub enum Credential {
    /// `Authorization: Bearer`: a JWT or a reference token.
    Bearer(Secret),
    /// `X-JFrog-Art-Api`: the same, or an API key.
    ApiKey(Secret),
    /// `Authorization: Basic`: a user name with a password, a JWT, a reference token or an API key.
    Basic {
        /// User name; may be empty if the password is a token.
        username: String,
        /// Password or token.
        password: Secret,
    },
}

/// Who asks, as of this request. Every right in it was read from the database for this request.
#[derive(Debug, Clone)]
pub struct Principal {
    pub(crate) subject: String,
    pub(crate) username: Option<String>,
    pub(crate) user: Option<UserRecord>,
    /// The token presented; `None` for a password and for an API key.
    pub(crate) token: Option<TokenRecord>,
    /// Hash of the API key presented, if it was one.
    pub(crate) api_key: Option<SecretHash>,
    pub(crate) scope: Scope,
    pub(crate) audience: Audience,
    /// Whether the audience has this service as Access. Who was let in below `/artifactory` without it administers
    /// nothing that is Access's: users, groups, projects, others' tokens.
    pub(crate) for_access: bool,
    /// Whether it gives administrator rights to whatever service its audience has.
    pub(crate) admin: bool,
    /// Whether `jfrt@<id>:admin` counts, where it was let in.
    pub(crate) artifactory_admin: bool,
}

impl Principal {
    /// Subject in full form.
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// User name within this service.
    pub fn username(&self) -> Option<&str> {
        self.username.as_deref()
    }

    /// Whether the credential has administrator rights over Access: by its scope, or because it has the rights of a
    /// user who is an administrator now.
    pub fn is_admin(&self) -> bool {
        self.for_access && self.administers_artifactory()
    }

    /// Whether it has administrator rights over what is Artifactory's own.
    pub fn administers_artifactory(&self) -> bool {
        self.admin || self.artifactory_admin
    }

    /// Whether rights over the whole platform can be in it: not bound to a project, its user not locked.
    pub(crate) fn has_platform_rights(&self) -> bool {
        self.project_key().is_none() && !self.is_locked()
    }

    /// Whether the credential is a password rather than a token or an API key.
    pub fn is_password(&self) -> bool {
        self.token.is_none() && self.api_key.is_none()
    }

    /// Id of the token presented.
    pub fn token_id(&self) -> Option<Uuid> {
        self.token.as_ref().map(|token| token.token_id)
    }

    /// The credential, for the store to look at once more; `None` for who has the data folder.
    pub(crate) fn as_asker(&self) -> Option<Asker> {
        let user = match (&self.token, &self.user) {
            (Some(token), _) => token.username.clone().zip(token.user_epoch),
            (None, Some(user)) => Some((user.username.clone(), user.token_epoch)),
            (None, None) => return None,
        };
        Some(Asker {
            token_id: self.token_id(),
            api_key: self.api_key,
            user,
            administers: Vec::new(),
            admin_by_groups: self.admin_by_groups(),
        })
    }

    /// The groups of its scope, if the credential is an administrator by nothing else.
    fn admin_by_groups(&self) -> Vec<String> {
        let by_itself = self.scope.has_admin() || self.user.as_ref().is_some_and(|user| user.effective_admin);
        match self.admin && !by_itself {
            true => self.scope.groups().map(str::to_owned).collect(),
            false => Vec::new(),
        }
    }

    /// The project the credential is bound to.
    pub(crate) fn project_key(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| token.project_key.as_deref())
    }

    /// Whether the credential has its user's own rights, if only within a project.
    pub(crate) fn has_user_scope(&self) -> bool {
        self.scope.has_user()
    }

    /// Whether the credential has all of its user's own rights.
    pub(crate) fn has_all_own_rights(&self) -> bool {
        self.has_user_scope() && self.project_key().is_none()
    }

    /// Whose tokens may be listed: `None` = everybody's, else those of this user name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential has neither user scope nor administrator rights.
    pub(crate) fn sees_tokens_of(&self) -> Result<Option<String>, AccessError> {
        match (self.is_admin(), &self.username) {
            (true, _) => Ok(None),
            (false, Some(username)) if self.has_all_own_rights() => Ok(Some(username.clone())),
            _ => Err(AccessError::Forbidden(
                "listing tokens takes user scope (applied-permissions/user) or administrator rights"
                    .to_owned(),
            )),
        }
    }

    /// The epoch of the user behind the credential, which tells it from others that have had its name.
    pub(crate) fn token_epoch(&self) -> Option<i64> {
        self.user.as_ref().map(|user| user.token_epoch)
    }

    /// Whether the user is locked: then nothing new is made with its credentials.
    pub(crate) fn is_locked(&self) -> bool {
        self.user.as_ref().is_some_and(|user| user.status == UserStatus::Locked)
    }

    /// Whether users and groups may be read.
    pub(crate) fn reads_identities(&self) -> bool {
        let in_scope = |part: &ScopePart| matches!(part, ScopePart::System { area: SystemArea::Identities, actions } if actions.contains('r'));
        self.administers_artifactory()
            || (self.project_key().is_none() && self.scope.parts().iter().any(in_scope))
    }
}
