//! What core asks of a database about projects, their members and their roles. As for [`super::Store`], each method
//! is one transaction.

use super::{Asker, StoreResult};
use crate::clock::EpochSeconds;
use crate::model::AuditRecord;
use access_types::project::AdminPrivileges;
use async_trait::async_trait;
use uuid::Uuid;

/// The role that makes an administrator of a project.
pub const PROJECT_ADMIN: &str = "Project Admin";

/// The roles that every project has (access-api.md 5.3); they have no rows.
pub const PREDEFINED_ROLES: [&str; 6] =
    [PROJECT_ADMIN, "Contributor", "Developer", "Release Manager", "Security Manager", "Viewer"];

/// A project as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ProjectRecord {
    /// Key.
    pub key: String,
    /// Name for people.
    pub display_name: String,
    /// Description; may be empty.
    pub description: String,
    /// What its administrators may do.
    pub privileges: AdminPrivileges,
    /// Storage quota in bytes, -1 = none.
    pub storage_quota_bytes: i64,
    /// Whether the quota only warns.
    pub soft_limit: bool,
    /// Whether mail is sent when the quota is near.
    pub storage_quota_email_notification: bool,
    /// When it was made.
    pub created_at: EpochSeconds,
}

/// What to change of a project; `None` = leave as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of ProjectRecord and AdminPrivileges")]
pub struct ProjectChange {
    pub display_name: Option<String>,
    pub description: Option<String>,
    pub manage_members: Option<bool>,
    pub manage_resources: Option<bool>,
    pub index_resources: Option<bool>,
    pub manage_remote_repository: Option<bool>,
    pub manage_security_assets: Option<bool>,
    pub allow_ignore_rules: Option<bool>,
    pub storage_quota_bytes: Option<i64>,
    pub soft_limit: Option<bool>,
    pub storage_quota_email_notification: Option<bool>,
}

/// A role made in a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RoleRecord {
    /// Name; none of [`PREDEFINED_ROLES`].
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// The environments it counts in, in the order sent; no name holds a line end.
    pub environments: Vec<String>,
    /// What it allows, in the order sent; no name holds a line end.
    pub actions: Vec<String>,
}

/// What to change of a role; `None` = leave as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields of RoleRecord")]
pub struct RoleChange {
    pub description: Option<String>,
    pub environments: Option<Vec<String>>,
    pub actions: Option<Vec<String>>,
}

/// Which members are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberKind {
    /// Users, by normalised name.
    User,
    /// Groups.
    Group,
}

/// A member and its roles, sorted.
pub type Member = (String, Vec<String>);

/// What became of a write about projects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ProjectOutcome<T> {
    /// Done; this is the new state.
    Done(T),
    /// Nothing was written: there is such a project or role already.
    Exists,
    /// Nothing was written: there is no such project.
    NoProject,
    /// Nothing was written: there is no such user or group, or it is no member.
    NoMember,
    /// Nothing was written: the project has no such role.
    NoRole(String),
    /// Nothing was written: the credential was revoked since it was checked, its user deleted, disabled or demoted, or
    /// no longer administers the project.
    AskerGone,
}

/// The part of [`super::Store`] that is about projects. Writes look at the `asker` once more, if there is one, as of
/// the audit record's time.
#[async_trait]
pub trait ProjectStore: Send + Sync + 'static {
    /// Writes a project.
    async fn insert_project(
        &self,
        project: ProjectRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>>;

    /// A project by key.
    async fn find_project(&self, key: &str) -> StoreResult<Option<ProjectRecord>>;

    /// All projects by key, or those that the user `administered_by` administers.
    async fn list_projects(&self, administered_by: Option<String>) -> StoreResult<Vec<ProjectRecord>>;

    /// Changes a project.
    async fn update_project(
        &self,
        key: &str,
        change: ProjectChange,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>>;

    /// Revokes `count` tokens that are bound to a project, with their families, if it has so many behind `place` that are
    /// not revoked yet; the place of the last one then. Those of a large project end piece by piece, since a write must
    /// not take long. A place is when a token was issued, and its id.
    async fn revoke_project_tokens(
        &self,
        key: &str,
        place: Option<(EpochSeconds, Uuid)>,
        count: usize,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<Option<(EpochSeconds, Uuid)>>>;

    /// Deletes a project with its members and roles, and revokes every token that is bound to it, with its family.
    async fn delete_project(
        &self,
        key: &str,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>>;

    /// Whether the user has the role [`PROJECT_ADMIN`] in the project, by itself or through a group.
    async fn administers_project(&self, username: &str, key: &str) -> StoreResult<bool>;

    /// The members of a project by name.
    async fn list_members(&self, key: &str, kind: MemberKind) -> StoreResult<Vec<Member>>;

    /// The roles of a member, sorted; `None` if it is none.
    async fn find_member(&self, key: &str, kind: MemberKind, name: &str) -> StoreResult<Option<Vec<String>>>;

    /// Makes a user or a group a member with these roles, or gives it these in place of those it has. Gives them
    /// sorted.
    async fn set_member(
        &self,
        key: &str,
        kind: MemberKind,
        member: Member,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<Vec<String>>>;

    /// Takes a user or a group out of a project.
    async fn remove_member(
        &self,
        key: &str,
        kind: MemberKind,
        name: String,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>>;

    /// The roles made in a project, by name.
    async fn list_roles(&self, key: &str) -> StoreResult<Vec<RoleRecord>>;

    /// A role made in a project.
    async fn find_role(&self, key: &str, name: &str) -> StoreResult<Option<RoleRecord>>;

    /// Makes a role in a project.
    async fn insert_role(
        &self,
        key: &str,
        role: RoleRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<RoleRecord>>;

    /// Changes a role made in a project.
    async fn update_role(
        &self,
        key: &str,
        name: &str,
        change: RoleChange,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<RoleRecord>>;

    /// Deletes a role made in a project; members lose it, and who has no other is no member any more.
    async fn delete_role(
        &self,
        key: &str,
        name: &str,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>>;
}
