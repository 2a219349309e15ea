//! Who asks: credentials as they are presented, and what is known of their bearer.

use crate::model::{TokenRecord, UserRecord};
use access_types::scope::{ScopePart, SystemArea};
use access_types::{Audience, Scope, Secret};
use uuid::Uuid;

/// A credential as it was presented.
#[derive(Debug, Clone)]
pub enum Credential {
    /// `Authorization: Bearer`: a JWT or a reference token.
    Bearer(Secret),
    /// `X-JFrog-Art-Api`: the same.
    ApiKey(Secret),
    /// `Authorization: Basic`: a user name with a password, a JWT or a reference token.
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
    /// The token presented; `None` for a password.
    pub(crate) token: Option<TokenRecord>,
    pub(crate) scope: Scope,
    pub(crate) audience: Audience,
    pub(crate) admin: bool,
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

    /// Whether both the bearer and the credential have administrator rights.
    pub fn is_admin(&self) -> bool {
        self.admin
    }

    /// Whether the credential is a password rather than a token.
    pub fn is_password(&self) -> bool {
        self.token.is_none()
    }

    /// Id of the token presented.
    pub fn token_id(&self) -> Option<Uuid> {
        self.token.as_ref().map(|token| token.token_id)
    }

    /// The project the credential is bound to.
    pub(crate) fn project_key(&self) -> Option<&str> {
        self.token.as_ref().and_then(|token| token.project_key.as_deref())
    }

    /// Whether the credential has all of its user's own rights, and not only some.
    pub(crate) fn has_user_scope(&self) -> bool {
        self.scope.has_user()
    }

    /// Whether users and groups may be read.
    pub(crate) fn reads_identities(&self) -> bool {
        self.admin
            || self.scope.parts().iter().any(|part| {
                matches!(part, ScopePart::System { area: SystemArea::Identities, actions } if actions.contains('r'))
            })
    }
}
