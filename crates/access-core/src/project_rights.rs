//! Who may do what in a project. Its administrators are the users that have the role `Project Admin` in it, by
//! themselves or through a group, for as long as they have it: membership is read for each request. What they may do,
//! they do with all their own rights (user scope or a password), never with a token that is bound to a project or has
//! roles alone.

use crate::access::Access;
use crate::error::AccessError;
use crate::list::{check_manages, is_predecessors, not_yours};
use crate::model::TokenRecord;
use crate::principal::Principal;
use crate::store::Asker;
use access_types::Scope;
use access_types::scope::ScopePart;

/// By what right a token is managed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Management {
    /// The caller is an administrator, the owner, or the token itself.
    Own,
    /// The caller administers the project that the token is bound to.
    Project(String),
}

impl Principal {
    /// The user whose projects the credential administers, whichever these are.
    pub(crate) fn project_administrator(&self) -> Option<&str> {
        let whole = self.for_access && self.has_all_own_rights() && self.user.is_some() && !self.is_locked();
        self.username().filter(|_| whole)
    }

    /// Whether the scope has `project:<key>:r`, or with `members` `project:<key>/members/**:r`.
    fn reads_project_by_scope(&self, project: &str, members: bool) -> bool {
        let bound_elsewhere = self.project_key().is_some_and(|own| own != project);
        let reads = |part: &ScopePart| matches!(part, ScopePart::Project { key, members: of } if key == project && *of == members);
        !bound_elsewhere && self.scope.parts().iter().any(reads)
    }

    /// The project of a new token: the one asked for, or the credential's, or that of the roles in the scope.
    pub(crate) fn project_of_new(&self, asked: Option<String>, scope: &Scope) -> Option<String> {
        asked.or_else(|| self.project_key().or(scope.project_of_roles()).map(str::to_owned))
    }

    /// The credential, for the store to look at once more, with its right over a project if it was let in by that.
    pub(crate) fn as_asker_in(&self, project: Option<&str>) -> Option<Asker> {
        let administers = project.map(str::to_owned).into_iter().collect();
        self.as_asker().map(|asker| Asker { administers, ..asker })
    }
}

impl Access {
    /// Whether the credential administers the project now, by membership. Platform administrators are no members.
    pub(crate) async fn administers(&self, principal: &Principal, key: &str) -> Result<bool, AccessError> {
        match principal.project_administrator() {
            Some(username) => Ok(self.store().administers_project(username, key).await?),
            None => Ok(false),
        }
    }

    /// The project whose roles are all that the scope gives, if the credential's right to give them is that of a
    /// project's administrator.
    pub(crate) async fn administers_for(
        &self,
        principal: &Principal,
        scope: &Scope,
    ) -> Result<Option<String>, AccessError> {
        match scope.project_of_roles() {
            Some(project) if !principal.is_admin() && self.administers(principal, project).await? => {
                Ok(Some(project.to_owned()))
            }
            _ => Ok(None),
        }
    }

    /// Lets in who may read the project, or with `members` its members and roles. Others learn not even whether it
    /// exists.
    pub(crate) async fn require_project_reader(
        &self,
        principal: &Principal,
        key: &str,
        members: bool,
    ) -> Result<(), AccessError> {
        let reads = principal.is_admin()
            || self.reads_by_scope(principal, key, members).await?
            || self.administers(principal, key).await?;
        if reads { Ok(()) } else { Err(not_your_project()) }
    }

    /// Whether the scope reads the project, and the token was not made before it: then it was for a namesake that was
    /// deleted.
    async fn reads_by_scope(
        &self,
        principal: &Principal,
        key: &str,
        members: bool,
    ) -> Result<bool, AccessError> {
        let Some(token) = principal.token.as_ref().filter(|_| principal.reads_project_by_scope(key, members))
        else {
            return Ok(false);
        };
        let project = self.store().find_project(key).await?;
        Ok(project.is_none_or(|project| token.issued_at >= project.created_at))
    }

    /// Lets in who may change the members and roles of the project. Gives the credential for the store to look at.
    pub(crate) async fn require_project_manager(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<Option<Asker>, AccessError> {
        if principal.is_admin() {
            return Ok(principal.as_asker());
        }
        if !self.administers(principal, key).await? {
            return Err(not_your_project());
        }
        let project = self.store().find_project(key).await?;
        if !project.is_some_and(|project| project.privileges.manage_members) {
            return Err(AccessError::Forbidden(
                "the administrators of this project do not manage its members and roles; an administrator of the \
                 platform does, or sets admin_privileges.manage_members"
                    .to_owned(),
            ));
        }
        Ok(principal.as_asker_in(Some(key)))
    }

    /// By what right the caller sees and revokes the token, if by any.
    pub(crate) async fn management_of(
        &self,
        principal: &Principal,
        token: &TokenRecord,
    ) -> Result<Option<Management>, AccessError> {
        if check_manages(principal, token).is_ok() {
            return Ok(Some(Management::Own));
        }
        match &token.project_key {
            Some(key) if self.administers(principal, key).await? => {
                Ok(Some(Management::Project(key.clone())))
            }
            _ => Ok(None),
        }
    }

    /// Lets in who may revoke the token.
    pub(crate) async fn require_manages(
        &self,
        principal: &Principal,
        token: &TokenRecord,
    ) -> Result<(), AccessError> {
        self.management_of(principal, token).await?.map(drop).ok_or_else(not_yours)
    }

    /// As [`Access::require_manages`], but a user is shown nothing of who had its name before, unless the token is of
    /// a project that the user administers. To revoke what has ended with that user does no harm; to see it would
    /// tell of somebody else.
    pub(crate) async fn require_sees(
        &self,
        principal: &Principal,
        token: &TokenRecord,
    ) -> Result<(), AccessError> {
        if self.sees(principal, token).await? { Ok(()) } else { Err(not_yours()) }
    }

    /// Whether [`Access::require_sees`] lets in.
    pub(crate) async fn sees(&self, principal: &Principal, token: &TokenRecord) -> Result<bool, AccessError> {
        match self.management_of(principal, token).await? {
            Some(Management::Project(_)) => Ok(true),
            Some(Management::Own) if !is_predecessors(principal, token) => Ok(true),
            Some(Management::Own) => match &token.project_key {
                Some(key) => self.administers(principal, key).await,
                None => Ok(false),
            },
            None => Ok(false),
        }
    }

    /// The user whose projects' tokens are in the lists that the credential asks for, besides the own ones.
    pub(crate) fn lists_projects_of(&self, principal: &Principal) -> Option<String> {
        principal.project_administrator().filter(|_| !principal.is_admin()).map(str::to_owned)
    }

    /// Why the store found the credential gone that was there a moment ago.
    pub(crate) async fn why_gone(&self, principal: &Principal) -> AccessError {
        match self.look_again(principal, false).await {
            Err(error) => error,
            Ok(_) => AccessError::Forbidden(
                "the credential has lost rights meanwhile, or its user was locked; nothing was changed"
                    .to_owned(),
            ),
        }
    }
}

/// The same words whether there is such a project or not.
fn not_your_project() -> AccessError {
    AccessError::Forbidden(
        "this takes administrator rights: over the platform, or over this project (the role Project Admin, with user \
         scope or a password)"
            .to_owned(),
    )
}
