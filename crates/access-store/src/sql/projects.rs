//! Projects: written, found, listed, changed, deleted; and who administers them.

use super::cells::{Cells, seconds};
use super::db::{Db, values};
use super::engine::Engine;
use super::error::Result;
use super::revocation::{self, Range};
use super::store::SqlStore;
use super::work::{Stop, Work};
use super::{audit, project_members, project_roles, tokens};
use access_core::clock::EpochSeconds;
use access_core::model::AuditRecord;
use access_core::store::{
    Asker, Member, MemberKind, PROJECT_ADMIN, ProjectChange, ProjectOutcome, ProjectRecord, ProjectStore,
    RoleChange, RoleRecord, StoreResult,
};
use access_types::project::AdminPrivileges;
use async_trait::async_trait;
use uuid::Uuid;

macro_rules! project_columns {
    () => {
        "project_key, display_name, description, manage_members, manage_resources, index_resources, \
         manage_remote_repository, manage_security_assets, allow_ignore_rules, storage_quota_bytes, soft_limit, storage_quota_email_notification, created_at"
    };
}

/// The keys of the projects in which the user `?` (twice) has the role `?` (twice), by itself or through a group.
macro_rules! projects_with_role {
    ($username:literal, $role:literal) => {
        concat!(
            "SELECT project_key FROM project_users WHERE username = ",
            $username,
            " AND role_name = ",
            $role,
            " UNION SELECT pg.project_key FROM group_members gm JOIN project_groups pg ON pg.group_name = gm.group_name
              WHERE gm.username = ",
            $username,
            " AND pg.role_name = ",
            $role
        )
    };
}
pub(crate) use projects_with_role;

/// Stops unless who asked may still ask.
pub(crate) fn look_at<T>(
    tx: &Db<'_>,
    asker: Option<&Asker>,
    now: EpochSeconds,
) -> Result<(), Stop<ProjectOutcome<T>>> {
    match asker {
        Some(asker) if !tokens::may_change(tx, asker, now)? => Err(Stop::answer(ProjectOutcome::AskerGone)),
        _ => Ok(()),
    }
}

/// Stops unless who asked may still change the project's members and roles.
pub(crate) fn look_at_manager<T>(
    tx: &Db<'_>,
    asker: Option<&Asker>,
    key: &str,
    now: EpochSeconds,
) -> Result<(), Stop<ProjectOutcome<T>>> {
    look_at(tx, asker, now)?;
    let by_administering = asker.is_some_and(|asker| !asker.administers.is_empty());
    if by_administering
        && !tx
            .exists("SELECT 1 FROM projects WHERE project_key = ?1 AND manage_members = 1", &values![key])?
    {
        return Err(Stop::answer(ProjectOutcome::AskerGone));
    }
    Ok(())
}

/// Stops unless there is such a project.
pub(crate) fn require<T>(tx: &Db<'_>, key: &str) -> Result<(), Stop<ProjectOutcome<T>>> {
    if exists(tx, key)? { Ok(()) } else { Err(Stop::answer(ProjectOutcome::NoProject)) }
}

/// Whether there is such a project.
pub(crate) fn exists(db: &Db<'_>, key: &str) -> Result<bool> {
    db.exists("SELECT 1 FROM projects WHERE project_key = ?1", &values![key])
}

/// Whether the user administers the project, by itself or through a group.
pub(crate) fn administers(db: &Db<'_>, username: &str, key: &str) -> Result<bool> {
    db.exists(
        concat!(
            "SELECT 1 FROM (",
            projects_with_role!("?1", "?2"),
            ") AS administered WHERE project_key = ?3"
        ),
        &values![username, PROJECT_ADMIN, key],
    )
}

/// Whether the user administers any project.
pub(crate) fn administers_any(db: &Db<'_>, username: &str) -> Result<bool> {
    db.exists(
        concat!("SELECT 1 FROM (", projects_with_role!("?1", "?2"), ") AS administered"),
        &values![username, PROJECT_ADMIN],
    )
}

fn insert(
    tx: &Db<'_>,
    project: &ProjectRecord,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<ProjectRecord>> {
    look_at(tx, asker, record.at)?;
    if exists(tx, &project.key)? {
        return Err(Stop::answer(ProjectOutcome::Exists));
    }
    let privileges = project.privileges;
    tx.execute(
        concat!(
            "INSERT INTO projects (",
            project_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        ),
        &values![
            project.key,
            project.display_name,
            project.description,
            privileges.manage_members,
            privileges.manage_resources,
            privileges.index_resources,
            privileges.manage_remote_repository,
            privileges.manage_security_assets,
            privileges.allow_ignore_rules,
            project.storage_quota_bytes,
            project.soft_limit,
            project.storage_quota_email_notification,
            seconds(project.created_at),
        ],
    )?;
    audit::write(tx, record)?;
    done(tx, &project.key)
}

fn find(db: &Db<'_>, key: &str) -> Result<Option<ProjectRecord>> {
    db.optional(
        concat!("SELECT ", project_columns!(), " FROM projects WHERE project_key = ?1"),
        &values![key],
        read,
    )
}

/// All projects, or those that a user administers.
pub(crate) fn list(db: &Db<'_>, administered_by: Option<&str>) -> Result<Vec<ProjectRecord>> {
    match administered_by {
        None => {
            db.all(concat!("SELECT ", project_columns!(), " FROM projects ORDER BY project_key"), &[], read)
        }
        Some(username) => db.all(
            concat!(
                "SELECT ",
                project_columns!(),
                " FROM projects WHERE project_key IN (",
                projects_with_role!("?1", "?2"),
                ") ORDER BY project_key"
            ),
            &values![username, PROJECT_ADMIN],
            read,
        ),
    }
}

fn read(cells: &mut Cells<'_>) -> Result<ProjectRecord> {
    Ok(ProjectRecord {
        key: cells.take()?,
        display_name: cells.take()?,
        description: cells.take()?,
        privileges: AdminPrivileges {
            manage_members: cells.take()?,
            manage_resources: cells.take()?,
            index_resources: cells.take()?,
            manage_remote_repository: cells.take()?,
            manage_security_assets: cells.take()?,
            allow_ignore_rules: cells.take()?,
        },
        storage_quota_bytes: cells.take()?,
        soft_limit: cells.take()?,
        storage_quota_email_notification: cells.take()?,
        created_at: cells.seconds()?,
    })
}

fn update(
    tx: &Db<'_>,
    key: &str,
    change: &ProjectChange,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<ProjectRecord>> {
    look_at(tx, asker, record.at)?;
    require(tx, key)?;
    tx.execute(
        "UPDATE projects SET
             display_name = COALESCE(?2, display_name),
             description = COALESCE(?3, description),
             manage_members = COALESCE(?4, manage_members),
             manage_resources = COALESCE(?5, manage_resources),
             index_resources = COALESCE(?6, index_resources),
             manage_remote_repository = COALESCE(?7, manage_remote_repository),
             manage_security_assets = COALESCE(?8, manage_security_assets),
             allow_ignore_rules = COALESCE(?9, allow_ignore_rules),
             storage_quota_bytes = COALESCE(?10, storage_quota_bytes),
             soft_limit = COALESCE(?11, soft_limit),
             storage_quota_email_notification = COALESCE(?12, storage_quota_email_notification)
         WHERE project_key = ?1",
        &values![
            key,
            change.display_name,
            change.description,
            change.manage_members,
            change.manage_resources,
            change.index_resources,
            change.manage_remote_repository,
            change.manage_security_assets,
            change.allow_ignore_rules,
            change.storage_quota_bytes,
            change.soft_limit,
            change.storage_quota_email_notification,
        ],
    )?;
    audit::write(tx, record)?;
    done(tx, key)
}

/// Members and roles go with the project's row, identity mappings with their provider's.
fn delete(tx: &Db<'_>, key: &str, asker: Option<&Asker>, record: &AuditRecord) -> Work<ProjectOutcome<()>> {
    look_at(tx, asker, record.at)?;
    require(tx, key)?;
    revocation::end_of_project(tx, key, &Range::ALL, record.at)?;
    tx.execute("DELETE FROM oidc_mappings WHERE project_key = ?1", &values![key])?;
    tx.execute("DELETE FROM oidc_providers WHERE project_key = ?1", &values![key])?;
    tx.execute("DELETE FROM projects WHERE project_key = ?1", &values![key])?;
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(()))
}

fn done(tx: &Db<'_>, key: &str) -> Work<ProjectOutcome<ProjectRecord>> {
    match find(tx, key)? {
        Some(project) => Ok(ProjectOutcome::Done(project)),
        None => Err(Stop::answer(ProjectOutcome::NoProject)),
    }
}

#[async_trait]
impl<E: Engine> ProjectStore for SqlStore<E> {
    async fn insert_project(
        &self,
        project: ProjectRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>> {
        self.engine.write(move |tx| insert(tx, &project, asker.as_ref(), &audit)).await
    }

    async fn find_project(&self, key: &str) -> StoreResult<Option<ProjectRecord>> {
        let key = key.to_owned();
        self.engine.find(move |db| find(db, &key)).await
    }

    async fn list_projects(&self, administered_by: Option<String>) -> StoreResult<Vec<ProjectRecord>> {
        self.engine.list(move |db| list(db, administered_by.as_deref())).await
    }

    async fn update_project(
        &self,
        key: &str,
        change: ProjectChange,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>> {
        let key = key.to_owned();
        self.engine.write(move |tx| update(tx, &key, &change, asker.as_ref(), &audit)).await
    }

    async fn revoke_project_tokens(
        &self,
        key: &str,
        place: Option<(EpochSeconds, Uuid)>,
        count: usize,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<Option<(EpochSeconds, Uuid)>>> {
        let key = key.to_owned();
        let work =
            move |tx: &Db<'_>| revocation::revoke_of_project(tx, &key, place, count, asker.as_ref(), &audit);
        self.engine.write(work).await
    }

    async fn delete_project(
        &self,
        key: &str,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>> {
        let key = key.to_owned();
        self.engine.write(move |tx| delete(tx, &key, asker.as_ref(), &audit)).await
    }

    async fn administers_project(&self, username: &str, key: &str) -> StoreResult<bool> {
        let (username, key) = (username.to_owned(), key.to_owned());
        self.engine.find(move |db| administers(db, &username, &key)).await
    }

    async fn list_members(&self, key: &str, kind: MemberKind) -> StoreResult<Vec<Member>> {
        let key = key.to_owned();
        self.engine.list(move |db| project_members::list(db, &key, kind)).await
    }

    async fn find_member(&self, key: &str, kind: MemberKind, name: &str) -> StoreResult<Option<Vec<String>>> {
        let (key, name) = (key.to_owned(), name.to_owned());
        self.engine.find(move |db| project_members::find(db, &key, kind, &name)).await
    }

    async fn set_member(
        &self,
        key: &str,
        kind: MemberKind,
        member: Member,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<Vec<String>>> {
        let key = key.to_owned();
        self.engine
            .write(move |tx| project_members::set(tx, &key, kind, &member, asker.as_ref(), &audit))
            .await
    }

    async fn remove_member(
        &self,
        key: &str,
        kind: MemberKind,
        name: String,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>> {
        let key = key.to_owned();
        self.engine
            .write(move |tx| project_members::remove(tx, &key, kind, &name, asker.as_ref(), &audit))
            .await
    }

    async fn list_roles(&self, key: &str) -> StoreResult<Vec<RoleRecord>> {
        let key = key.to_owned();
        self.engine.list(move |db| project_roles::list(db, &key)).await
    }

    async fn find_role(&self, key: &str, name: &str) -> StoreResult<Option<RoleRecord>> {
        let (key, name) = (key.to_owned(), name.to_owned());
        self.engine.find(move |db| project_roles::find(db, &key, &name)).await
    }

    async fn insert_role(
        &self,
        key: &str,
        role: RoleRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<RoleRecord>> {
        let key = key.to_owned();
        self.engine.write(move |tx| project_roles::insert(tx, &key, &role, asker.as_ref(), &audit)).await
    }

    async fn update_role(
        &self,
        key: &str,
        name: &str,
        change: RoleChange,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<RoleRecord>> {
        let (key, name) = (key.to_owned(), name.to_owned());
        self.engine
            .write(move |tx| project_roles::update(tx, &key, &name, &change, asker.as_ref(), &audit))
            .await
    }

    async fn delete_role(
        &self,
        key: &str,
        name: &str,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>> {
        let (key, name) = (key.to_owned(), name.to_owned());
        self.engine.write(move |tx| project_roles::delete(tx, &key, &name, asker.as_ref(), &audit)).await
    }
}
