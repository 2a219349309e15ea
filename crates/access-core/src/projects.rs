//! Projects: made, changed and deleted by administrators of the platform, read by their own administrators too.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::store::{ProjectChange, ProjectOutcome, ProjectRecord};
use crate::users::require_admin;
use access_types::project::{AdminPrivileges, NO_QUOTA, ProjectDetails, ProjectInput};
use access_types::scope::ScopePart;
use access_types::{FieldError, Scope, limits};

/// Tokens of a project that are revoked in one write before it is deleted. A database ends a write that takes seconds,
/// which those of a hundred thousand tokens would.
const REVOKED_AT_ONCE: usize = 5000;

impl Access {
    /// Makes a project. Without a display name its key is its name; what else is absent is off, and the quota none.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::Conflict`] if the key is taken.
    pub async fn create_project(
        &self,
        principal: &Principal,
        input: ProjectInput,
    ) -> Result<ProjectDetails, AccessError> {
        require_admin(principal)?;
        let key = input.project_key.ok_or_else(|| FieldError::new("project_key", "is required"))?;
        limits::check_project_key(&key)?;
        let project = ProjectRecord {
            display_name: input.display_name.unwrap_or_else(|| key.clone()),
            description: input.description.unwrap_or_default(),
            privileges: AdminPrivileges {
                manage_members: input.manage_members.unwrap_or(false),
                manage_resources: input.manage_resources.unwrap_or(false),
                index_resources: input.index_resources.unwrap_or(false),
                manage_remote_repository: input.manage_remote_repository.unwrap_or(false),
                manage_security_assets: input.manage_security_assets.unwrap_or(false),
                allow_ignore_rules: input.allow_ignore_rules.unwrap_or(false),
            },
            storage_quota_bytes: input.storage_quota_bytes.unwrap_or(NO_QUOTA),
            soft_limit: input.soft_limit.unwrap_or(false),
            storage_quota_email_notification: input.storage_quota_email_notification.unwrap_or(false),
            created_at: self.now(),
            key: key.clone(),
        };
        let detail = format!("manage_members {}", project.privileges.manage_members);
        let audit = self.audit(principal, AuditAction::ProjectCreated, key.clone(), detail)?;
        let outcome = self.store().insert_project(project, principal.as_asker(), audit).await?;
        self.project_done(principal, outcome, &format!("the project {key:?}")).await.map(details)
    }

    /// A project.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] to who may not read it, whether it exists or not, [`AccessError::NotFound`].
    pub async fn read_project(
        &self,
        principal: &Principal,
        key: &str,
    ) -> Result<ProjectDetails, AccessError> {
        self.require_project_reader(principal, key, false).await?;
        self.store().find_project(key).await?.map(details).ok_or_else(|| no_project(key))
    }

    /// The projects by key: all for an administrator, else those that the caller administers.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`] if the credential has neither user scope nor administrator rights.
    pub async fn list_projects(&self, principal: &Principal) -> Result<Vec<ProjectDetails>, AccessError> {
        let administered_by = match (principal.is_admin(), principal.project_administrator()) {
            (true, _) => None,
            (false, Some(username)) => Some(username.to_owned()),
            (false, None) => {
                return Err(AccessError::Forbidden(
                    "listing projects takes user scope (applied-permissions/user) or administrator rights"
                        .to_owned(),
                ));
            }
        };
        let projects = self.store().list_projects(administered_by).await?;
        Ok(projects.into_iter().map(details).collect())
    }

    /// Changes a project; what the input does not name stays as it is.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`].
    pub async fn change_project(
        &self,
        principal: &Principal,
        key: &str,
        input: ProjectInput,
    ) -> Result<ProjectDetails, AccessError> {
        require_admin(principal)?;
        if input.project_key.as_deref().is_some_and(|new| new != key) {
            return Err(FieldError::new("project_key", "cannot be changed").into());
        }
        let change = ProjectChange {
            display_name: input.display_name,
            description: input.description,
            manage_members: input.manage_members,
            manage_resources: input.manage_resources,
            index_resources: input.index_resources,
            manage_remote_repository: input.manage_remote_repository,
            manage_security_assets: input.manage_security_assets,
            allow_ignore_rules: input.allow_ignore_rules,
            storage_quota_bytes: input.storage_quota_bytes,
            soft_limit: input.soft_limit,
            storage_quota_email_notification: input.storage_quota_email_notification,
        };
        let detail = format!("manage_members {:?}", change.manage_members);
        let audit = self.audit(principal, AuditAction::ProjectChanged, key, detail)?;
        let outcome = self.store().update_project(key, change, principal.as_asker(), audit).await?;
        self.project_done(principal, outcome, &format!("project {key:?}")).await.map(details)
    }

    /// Deletes a project, with its members and roles. The tokens bound to it are revoked in the same transaction; of
    /// very many, most are before it, and stay revoked if the project cannot be deleted then.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn delete_project(&self, principal: &Principal, key: &str) -> Result<(), AccessError> {
        require_admin(principal)?;
        let what = format!("project {key:?}");
        let mut place = None;
        loop {
            let detail = format!("{REVOKED_AT_ONCE} of its tokens were revoked, before it is deleted");
            let audit = self.audit(principal, AuditAction::ProjectChanged, key, detail)?;
            let asker = principal.as_asker();
            let outcome =
                self.store().revoke_project_tokens(key, place, REVOKED_AT_ONCE, asker, audit).await?;
            place = self.project_done(principal, outcome, &what).await?;
            if place.is_none() {
                break;
            }
        }
        let audit = self.audit(principal, AuditAction::ProjectDeleted, key, "its tokens were revoked")?;
        let outcome = self.store().delete_project(key, principal.as_asker(), audit).await?;
        self.project_done(principal, outcome, &what).await
    }

    /// The new state, or what stood in the way. `what` was written.
    pub(crate) async fn project_done<T>(
        &self,
        principal: &Principal,
        outcome: ProjectOutcome<T>,
        what: &str,
    ) -> Result<T, AccessError> {
        match outcome {
            ProjectOutcome::Done(value) => Ok(value),
            ProjectOutcome::Exists => Err(AccessError::Conflict(format!("{what} already exists"))),
            ProjectOutcome::NoProject | ProjectOutcome::NoMember => {
                Err(AccessError::NotFound(format!("there is no {what}")))
            }
            ProjectOutcome::NoRole(role) => {
                Err(AccessError::NotFound(format!("the project has no role {role:?}; nothing was changed")))
            }
            ProjectOutcome::AskerGone => Err(self.why_gone(principal).await),
        }
    }

    /// Refuses a token for a project or for roles that do not exist, or for roles in another project than its own.
    pub(crate) async fn check_project(
        &self,
        project_key: Option<&str>,
        scope: &Scope,
    ) -> Result<(), AccessError> {
        if let Some(key) = project_key {
            limits::check_project_key(key)?;
            if self.store().find_project(key).await?.is_none() {
                return Err(unknown_project(key).into());
            }
        }
        for part in scope.parts() {
            let ScopePart::Roles { project, roles } = part else { continue };
            if project_key.is_some_and(|key| key != project) {
                let problem = format!("{scope} has roles in {project:?}, which is not the token's project");
                return Err(FieldError::new("scope", problem).into());
            }
            if project_key.is_none() && self.store().find_project(project).await?.is_none() {
                return Err(FieldError::new("scope", format!("there is no project {project:?}")).into());
            }
            for role in roles {
                if !self.has_role(project, role).await? {
                    let problem = format!("the project {project:?} has no role {role:?}");
                    return Err(FieldError::new("scope", problem).into());
                }
            }
        }
        Ok(())
    }
}

/// A new token is to be bound to a project that does not exist.
pub(crate) fn unknown_project(key: &str) -> FieldError {
    let problem = format!("there is no project {key:?}; make it first, or leave project_key out");
    FieldError::new("project_key", problem)
}

pub(crate) fn no_project(key: &str) -> AccessError {
    AccessError::NotFound(format!("there is no project {key:?}"))
}

fn details(project: ProjectRecord) -> ProjectDetails {
    ProjectDetails {
        project_key: project.key,
        display_name: project.display_name,
        description: project.description,
        admin_privileges: project.privileges,
        storage_quota_bytes: project.storage_quota_bytes,
        soft_limit: project.soft_limit,
        storage_quota_email_notification: project.storage_quota_email_notification,
    }
}
