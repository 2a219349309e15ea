//! The roles of a project: those that every project has, and those made in it.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::projects::no_project;
use crate::store::{PREDEFINED_ROLES, PROJECT_ADMIN, RoleChange, RoleRecord};
use access_types::FieldError;
use access_types::project::{ProjectRole, RoleInput, RoleType};

impl Access {
    /// The roles of a project: those that every project has, then those made in it, by name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] to who may not read them, whether the project exists or not,
    /// [`AccessError::NotFound`].
    pub async fn list_project_roles(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<Vec<ProjectRole>, AccessError> {
        self.require_project_reader(principal, key, true).await?;
        if self.store().find_project(key).await?.is_none() {
            return Err(no_project(key));
        }
        let made = self.store().list_roles(key).await?;
        Ok(PREDEFINED_ROLES.into_iter().map(predefined).chain(made.into_iter().map(custom)).collect())
    }

    /// A role of a project.
    ///
    /// # Errors
    /// As [`Access::list_project_roles`].
    pub async fn read_project_role(
        &self,
        principal: &Principal,
        key: &str,
        name: &str,
    ) -> Result<ProjectRole, AccessError> {
        self.require_project_reader(principal, key, true).await?;
        if self.store().find_project(key).await?.is_none() {
            return Err(no_project(key));
        }
        if let Some(name) = PREDEFINED_ROLES.into_iter().find(|role| *role == name) {
            return Ok(predefined(name));
        }
        let role = self.store().find_role(key, name).await?;
        role.map(custom).ok_or_else(|| AccessError::NotFound(format!("there is no {}", described(name, key))))
    }

    /// Makes a role in a project.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`] for the project,
    /// [`AccessError::Conflict`] if there is such a role.
    pub async fn create_project_role(
        &self,
        principal: &Principal,
        key: &str,
        input: RoleInput,
    ) -> Result<ProjectRole, AccessError> {
        let asker = self.require_project_manager(principal, key).await?;
        let name = input.name.ok_or_else(|| FieldError::new("name", "is required"))?;
        if is_predefined(&name) && self.store().find_project(key).await?.is_some() {
            return Err(AccessError::Conflict(format!("the role {name:?} already exists")));
        }
        let role = RoleRecord {
            name: name.clone(),
            description: input.description.unwrap_or_default(),
            environments: input.environments.unwrap_or_default(),
            actions: input.actions.unwrap_or_default(),
        };
        let detail = format!("role {name:?} was made, actions {:?}", role.actions);
        let audit = self.audit(principal, AuditAction::ProjectRolesChanged, key, detail)?;
        match self.store().insert_role(key, role, asker, audit).await? {
            crate::store::ProjectOutcome::NoProject => Err(no_project(key)),
            outcome => self.project_done(principal, outcome, &format!("the role {name:?}")).await.map(custom),
        }
    }

    /// Changes a role made in a project; what the input does not name stays as it is.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`], [`AccessError::Conflict`] for
    /// a role that every project has.
    pub async fn change_project_role(
        &self,
        principal: &Principal,
        key: &str,
        name: &str,
        input: RoleInput,
    ) -> Result<ProjectRole, AccessError> {
        let asker = self.require_project_manager(principal, key).await?;
        self.refuse_predefined(key, name).await?;
        if input.name.as_deref().is_some_and(|new| new != name) {
            return Err(FieldError::new("name", "cannot be changed").into());
        }
        let detail = format!("role {name:?} was changed, actions {:?}", input.actions);
        let audit = self.audit(principal, AuditAction::ProjectRolesChanged, key, detail)?;
        let change = RoleChange {
            description: input.description,
            environments: input.environments,
            actions: input.actions,
        };
        let outcome = self.store().update_role(key, name, change, asker, audit).await?;
        self.project_done(principal, outcome, &described(name, key)).await.map(custom)
    }

    /// Deletes a role made in a project. Members lose it; who has no other is no member any more.
    ///
    /// # Errors
    /// As [`Access::change_project_role`].
    pub async fn delete_project_role(
        &self,
        principal: &Principal,
        key: &str,
        name: &str,
    ) -> Result<(), AccessError> {
        let asker = self.require_project_manager(principal, key).await?;
        self.refuse_predefined(key, name).await?;
        let detail = format!("role {name:?} was deleted");
        let audit = self.audit(principal, AuditAction::ProjectRolesChanged, key, detail)?;
        let outcome = self.store().delete_role(key, name, asker, audit).await?;
        self.project_done(principal, outcome, &described(name, key)).await
    }

    async fn refuse_predefined(&self, key: &str, name: &str) -> Result<(), AccessError> {
        if is_predefined(name) && self.store().find_project(key).await?.is_some() {
            return Err(AccessError::Conflict(format!(
                "the role {name:?} is in every project; it cannot be changed or deleted"
            )));
        }
        Ok(())
    }

    /// Whether an existing project has the role.
    pub(crate) async fn has_role(&self, key: &str, name: &str) -> Result<bool, AccessError> {
        Ok(PREDEFINED_ROLES.contains(&name) || self.store().find_role(key, name).await?.is_some())
    }
}

/// In any case of letters: two roles that differ in it would be taken for one another.
fn is_predefined(name: &str) -> bool {
    PREDEFINED_ROLES.iter().any(|role| role.eq_ignore_ascii_case(name))
}

fn described(name: &str, key: &str) -> String {
    format!("role {name:?} in the project {key:?}")
}

/// Environments and actions of these roles are the platform's business: none are told.
fn predefined(name: &'static str) -> ProjectRole {
    let kind = if name == PROJECT_ADMIN { RoleType::Admin } else { RoleType::Predefined };
    ProjectRole {
        name: name.to_owned(),
        description: String::new(),
        kind,
        environments: Vec::new(),
        actions: Vec::new(),
    }
}

fn custom(role: RoleRecord) -> ProjectRole {
    ProjectRole {
        name: role.name,
        description: role.description,
        kind: RoleType::Custom,
        environments: role.environments,
        actions: role.actions,
    }
}
