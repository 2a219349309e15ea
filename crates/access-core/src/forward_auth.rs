//! Forward-auth: a proxy asks, for each request to what it protects, whether the credential in it may come in.

use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::principal::{Credential, Principal};
use access_types::scope::ScopePart;
use access_types::{Audience, Scope};

/// What a credential has to have to come in.
#[derive(Debug, Clone, Default)]
pub struct Requirements {
    /// The services that its audience has to include; `None` = this one.
    pub audience: Option<Audience>,
    /// Groups, of one of which it has to give the rights; empty = it does not matter.
    pub any_group: Vec<String>,
    /// Parts that its scope has to have, each of them.
    pub scope: Option<Scope>,
    /// The project that it has to be bound to; `None` = it must be bound to none: what is bound to a project is no
    /// identity of the platform, and whoever administers that project chose its name.
    pub project: Option<String>,
}

/// Who comes in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// Subject in full form.
    pub subject: String,
    /// User name within this service.
    pub username: Option<String>,
    /// The groups whose rights the credential gives, as of now, sorted.
    pub groups: Vec<String>,
    /// Scope.
    pub scope: String,
    /// Id of the token; `None` for a password.
    pub token_id: Option<String>,
    /// The project that the token is bound to.
    pub project: Option<String>,
}

impl Access {
    /// Lets a credential in, as of now.
    ///
    /// # Errors
    /// [`AccessError::Authentication`] if the credential is refused or meant for other services,
    /// [`AccessError::Forbidden`] if it has not what is required, [`AccessError::Unavailable`] if this cannot be
    /// decided.
    pub async fn admit(
        &self,
        credential: &Credential,
        requirements: &Requirements,
    ) -> Result<Admission, AccessError> {
        let principal = self.identify(credential).await?;
        let meant = match &requirements.audience {
            Some(wanted) => principal.audience.covers(wanted),
            None => principal.audience.includes(self.service_id().as_str()),
        };
        if !meant {
            return Err(AuthenticationError::Audience.into());
        }
        let principal = self.accepted(principal);
        let groups = self.groups_of(&principal).await?;
        let wanted = &requirements.any_group;
        let in_group = wanted.is_empty() || wanted.iter().any(|name| groups.contains(name));
        let parts = requirements.scope.as_ref().map(Scope::parts).unwrap_or_default();
        let in_project = principal.project_key() == requirements.project.as_deref();
        if !in_project || !in_group || !parts.iter().all(|part| has_part(&principal, &groups, part)) {
            return Err(AccessError::Forbidden(
                "this credential does not open what is behind here".to_owned(),
            ));
        }
        Ok(Admission {
            subject: principal.subject().to_owned(),
            username: principal.username().map(str::to_owned),
            groups,
            scope: principal.scope.to_string(),
            token_id: principal.token_id().map(|id| id.to_string()),
            project: principal.project_key().map(str::to_owned),
        })
    }
}

/// Rights over the whole platform and of groups count as they are now, other parts as they stand in the scope. What is
/// bound to a project has nothing but what is in that project.
fn has_part(principal: &Principal, groups: &[String], part: &ScopePart) -> bool {
    let stands = || principal.scope.parts().contains(part);
    if let Some(bound) = principal.project_key() {
        return match part {
            ScopePart::Api => true,
            ScopePart::Roles { project: key, .. } | ScopePart::Project { key, .. } => {
                key == bound && stands()
            }
            _ => false,
        };
    }
    match part {
        ScopePart::Admin => principal.admin,
        ScopePart::User => principal.has_all_own_rights(),
        ScopePart::Api => true,
        ScopePart::Groups(names) | ScopePart::MemberOf(Some(names)) => {
            names.iter().all(|name| groups.contains(name))
        }
        ScopePart::MemberOf(None) => principal.has_user_scope() || stands(),
        ScopePart::ArtifactoryAdmin(_) => !principal.is_locked() && stands(),
        ScopePart::Roles { .. }
        | ScopePart::Artifact { .. }
        | ScopePart::System { .. }
        | ScopePart::Project { .. } => stands(),
    }
}
