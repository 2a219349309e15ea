//! The users and groups in a project, and the roles they have there.

use crate::access::Access;
use crate::error::AccessError;
use crate::list::name_in_path;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::projects::no_project;
use crate::store::MemberKind;
use access_types::FieldError;
use access_types::project::{MemberInput, ProjectMember};

impl Access {
    /// The users or the groups of a project, by name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] to who may not read them, whether the project exists or not,
    /// [`AccessError::NotFound`].
    pub async fn list_project_members(
        &self,
        principal: &Principal,
        key: &str,
        kind: MemberKind,
    ) -> Result<Vec<ProjectMember>, AccessError> {
        self.require_project_reader(principal, key, true).await?;
        if self.store().find_project(key).await?.is_none() {
            return Err(no_project(key));
        }
        let members = self.store().list_members(key, kind).await?;
        Ok(members.into_iter().map(|(name, roles)| ProjectMember { name, roles }).collect())
    }

    /// A user or a group of a project.
    ///
    /// # Errors
    /// As [`Access::list_project_members`]; [`AccessError::NotFound`] for one that is no member too.
    pub async fn read_project_member(
        &self,
        principal: &Principal,
        key: &str,
        kind: MemberKind,
        name: &str,
    ) -> Result<ProjectMember, AccessError> {
        self.require_project_reader(principal, key, true).await?;
        let name = normalised(kind, name)?;
        match self.store().find_member(key, kind, &name).await? {
            Some(roles) => Ok(ProjectMember { name, roles }),
            None => Err(AccessError::NotFound(format!("there is no {}", described(kind, &name, key)))),
        }
    }

    /// Refuses an administrator of a project a token in somebody else's name: it may bear the own one, that of a member,
    /// by itself or through a group, or one that no user has.
    pub(crate) async fn check_name_in_project(
        &self,
        principal: &Principal,
        key: &str,
        username: &str,
    ) -> Result<(), AccessError> {
        if principal.username() == Some(username) {
            return Ok(());
        }
        let Some(user) = self.store().find_user(username).await? else { return Ok(()) };
        if self.store().find_member(key, MemberKind::User, username).await?.is_some() {
            return Ok(());
        }
        for group in &user.groups {
            if self.store().find_member(key, MemberKind::Group, group).await?.is_some() {
                return Ok(());
            }
        }
        Err(AccessError::Forbidden(format!(
            "username: {username:?} is a user, but no member of the project {key:?}; its administrators make tokens for \
             themselves, its members, and names that no user has"
        )))
    }

    /// Makes a user or a group a member of a project, or gives it these roles in place of those it has.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`] for the project, the user, the
    /// group or a role.
    pub async fn set_project_member(
        &self,
        principal: &Principal,
        key: &str,
        kind: MemberKind,
        name: &str,
        input: MemberInput,
    ) -> Result<ProjectMember, AccessError> {
        let asker = self.require_project_manager(principal, key).await?;
        let name = normalised(kind, name)?;
        if input.name.is_some_and(|other| normalised(kind, &other).ok().as_ref() != Some(&name)) {
            return Err(FieldError::new("name", "must be that in the path, or be left out").into());
        }
        let detail = format!("{} {name:?} has the roles {:?}", word(kind), input.roles);
        let audit = self.audit(principal, AuditAction::ProjectMembersChanged, key, detail)?;
        let member = (name.clone(), input.roles);
        let outcome = self.store().set_member(key, kind, member, asker, audit).await?;
        let what = format!("{} {name:?}, or no project {key:?}", word(kind));
        let roles = self.project_done(principal, outcome, &what).await?;
        Ok(ProjectMember { name, roles })
    }

    /// Takes a user or a group out of a project.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`] if it is no member.
    pub async fn remove_project_member(
        &self,
        principal: &Principal,
        key: &str,
        kind: MemberKind,
        name: &str,
    ) -> Result<(), AccessError> {
        let asker = self.require_project_manager(principal, key).await?;
        let name = normalised(kind, name)?;
        let detail = format!("{} {name:?} was removed", word(kind));
        let audit = self.audit(principal, AuditAction::ProjectMembersChanged, key, detail)?;
        let outcome = self.store().remove_member(key, kind, name.clone(), asker, audit).await?;
        self.project_done(principal, outcome, &described(kind, &name, key)).await
    }
}

/// User names are lower case wherever they stand.
fn normalised(kind: MemberKind, name: &str) -> Result<String, AccessError> {
    match kind {
        MemberKind::User => name_in_path(name),
        MemberKind::Group => Ok(name.to_owned()),
    }
}

fn word(kind: MemberKind) -> &'static str {
    match kind {
        MemberKind::User => "user",
        MemberKind::Group => "group",
    }
}

fn described(kind: MemberKind, name: &str, key: &str) -> String {
    format!("{} {name:?} in the project {key:?}", word(kind))
}
