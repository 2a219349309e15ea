//! Projects: written, found, listed, changed, deleted; and who administers them.

use super::columns::{Cells, seconds};
use super::writer::{Stop, Work};
use super::{SqliteStore, audit, project_members, project_roles, tokens};
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, RevocationReason};
use access_core::store::{
    Asker, Member, MemberKind, PROJECT_ADMIN, ProjectChange, ProjectOutcome, ProjectRecord, ProjectStore,
    RoleChange, RoleRecord, StoreResult,
};
use access_types::project::AdminPrivileges;
use async_trait::async_trait;
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

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
pub(super) use projects_with_role;

/// Stops unless who asked may still ask.
pub(super) fn look_at<T>(
    tx: &Connection,
    asker: Option<&Asker>,
    now: EpochSeconds,
) -> Result<(), Stop<ProjectOutcome<T>>> {
    match asker {
        Some(asker) if !tokens::may_change(tx, asker, now)? => Err(Stop::answer(ProjectOutcome::AskerGone)),
        _ => Ok(()),
    }
}

/// Stops unless who asked may still change the project's members and roles.
pub(super) fn look_at_manager<T>(
    tx: &Connection,
    asker: Option<&Asker>,
    key: &str,
    now: EpochSeconds,
) -> Result<(), Stop<ProjectOutcome<T>>> {
    look_at(tx, asker, now)?;
    let by_administering = asker.is_some_and(|asker| !asker.administers.is_empty());
    let mut manages =
        tx.prepare_cached("SELECT 1 FROM projects WHERE project_key = ?1 AND manage_members = 1")?;
    if by_administering && !manages.exists([key])? {
        return Err(Stop::answer(ProjectOutcome::AskerGone));
    }
    Ok(())
}

/// Stops unless there is such a project.
pub(super) fn require<T>(tx: &Connection, key: &str) -> Result<(), Stop<ProjectOutcome<T>>> {
    if exists(tx, key)? { Ok(()) } else { Err(Stop::answer(ProjectOutcome::NoProject)) }
}

/// Whether there is such a project.
pub(super) fn exists(connection: &Connection, key: &str) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM projects WHERE project_key = ?1")?.exists([key])
}

/// Whether the user administers the project, by itself or through a group.
pub(super) fn administers(connection: &Connection, username: &str, key: &str) -> Result<bool> {
    connection
        .prepare_cached(concat!(
            "SELECT 1 FROM (",
            projects_with_role!("?1", "?2"),
            ") AS administered WHERE project_key = ?3"
        ))?
        .exists([username, PROJECT_ADMIN, key])
}

/// Whether the user administers any project.
pub(super) fn administers_any(connection: &Connection, username: &str) -> Result<bool> {
    connection
        .prepare_cached(concat!("SELECT 1 FROM (", projects_with_role!("?1", "?2"), ") AS administered"))?
        .exists([username, PROJECT_ADMIN])
}

fn insert(
    tx: &Connection,
    project: &ProjectRecord,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<ProjectRecord>> {
    look_at(tx, asker, record.at)?;
    if exists(tx, &project.key)? {
        return Err(Stop::answer(ProjectOutcome::Exists));
    }
    let privileges = project.privileges;
    tx.prepare_cached(concat!(
        "INSERT INTO projects (",
        project_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
    ))?
    .execute(params![
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
    ])?;
    audit::write(tx, record)?;
    done(tx, &project.key)
}

fn find(connection: &Connection, key: &str) -> Result<Option<ProjectRecord>> {
    connection
        .prepare_cached(concat!("SELECT ", project_columns!(), " FROM projects WHERE project_key = ?1"))?
        .query_row([key], read)
        .optional()
}

fn list(connection: &Connection, administered_by: Option<&str>) -> Result<Vec<ProjectRecord>> {
    match administered_by {
        None => connection
            .prepare_cached(concat!("SELECT ", project_columns!(), " FROM projects ORDER BY project_key"))?
            .query_map([], read)?
            .collect(),
        Some(username) => connection
            .prepare_cached(concat!(
                "SELECT ",
                project_columns!(),
                " FROM projects WHERE project_key IN (",
                projects_with_role!("?1", "?2"),
                ") ORDER BY project_key"
            ))?
            .query_map([username, PROJECT_ADMIN], read)?
            .collect(),
    }
}

fn read(row: &Row<'_>) -> Result<ProjectRecord> {
    let mut cells = Cells::of(row);
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
    tx: &Connection,
    key: &str,
    change: &ProjectChange,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<ProjectRecord>> {
    look_at(tx, asker, record.at)?;
    require(tx, key)?;
    tx.prepare_cached(
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
    )?
    .execute(params![
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
    ])?;
    audit::write(tx, record)?;
    done(tx, key)
}

/// Members and roles go with the project's row, identity mappings with their provider's.
fn delete(
    tx: &Connection,
    key: &str,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<()>> {
    look_at(tx, asker, record.at)?;
    require(tx, key)?;
    tx.prepare_cached(
        "UPDATE refresh_families SET revoked_at = ?2
         WHERE revoked_at IS NULL
           AND family_id IN (SELECT family_id FROM tokens WHERE project_key = ?1 AND family_id IS NOT NULL)",
    )?
    .execute(params![key, seconds(record.at)])?;
    tx.prepare_cached(
        "UPDATE tokens SET revoked_at = ?2, revoked_for = ?3 WHERE project_key = ?1 AND revoked_at IS NULL",
    )?
    .execute(params![key, seconds(record.at), RevocationReason::Requested.as_str()])?;
    tx.prepare_cached("DELETE FROM oidc_mappings WHERE project_key = ?1")?.execute([key])?;
    tx.prepare_cached("DELETE FROM oidc_providers WHERE project_key = ?1")?.execute([key])?;
    tx.prepare_cached("DELETE FROM projects WHERE project_key = ?1")?.execute([key])?;
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(()))
}

fn done(tx: &Connection, key: &str) -> Work<ProjectOutcome<ProjectRecord>> {
    match find(tx, key)? {
        Some(project) => Ok(ProjectOutcome::Done(project)),
        None => Err(Stop::answer(ProjectOutcome::NoProject)),
    }
}

#[async_trait]
impl ProjectStore for SqliteStore {
    async fn insert_project(
        &self,
        project: ProjectRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>> {
        self.writer.write(move |tx| insert(tx, &project, asker.as_ref(), &audit)).await
    }

    async fn find_project(&self, key: &str) -> StoreResult<Option<ProjectRecord>> {
        self.readers.read(|db| find(db, key))
    }

    async fn list_projects(&self, administered_by: Option<String>) -> StoreResult<Vec<ProjectRecord>> {
        self.lists.read(move |db| list(db, administered_by.as_deref())).await
    }

    async fn update_project(
        &self,
        key: &str,
        change: ProjectChange,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<ProjectRecord>> {
        let key = key.to_owned();
        self.writer.write(move |tx| update(tx, &key, &change, asker.as_ref(), &audit)).await
    }

    async fn delete_project(
        &self,
        key: &str,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<()>> {
        let key = key.to_owned();
        self.writer.write(move |tx| delete(tx, &key, asker.as_ref(), &audit)).await
    }

    async fn administers_project(&self, username: &str, key: &str) -> StoreResult<bool> {
        self.readers.read(|db| administers(db, username, key))
    }

    async fn list_members(&self, key: &str, kind: MemberKind) -> StoreResult<Vec<Member>> {
        let key = key.to_owned();
        self.lists.read(move |db| project_members::list(db, &key, kind)).await
    }

    async fn find_member(&self, key: &str, kind: MemberKind, name: &str) -> StoreResult<Option<Vec<String>>> {
        self.readers.read(|db| project_members::find(db, key, kind, name))
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
        self.writer
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
        self.writer
            .write(move |tx| project_members::remove(tx, &key, kind, &name, asker.as_ref(), &audit))
            .await
    }

    async fn list_roles(&self, key: &str) -> StoreResult<Vec<RoleRecord>> {
        let key = key.to_owned();
        self.lists.read(move |db| project_roles::list(db, &key)).await
    }

    async fn find_role(&self, key: &str, name: &str) -> StoreResult<Option<RoleRecord>> {
        self.readers.read(|db| project_roles::find(db, key, name))
    }

    async fn insert_role(
        &self,
        key: &str,
        role: RoleRecord,
        asker: Option<Asker>,
        audit: AuditRecord,
    ) -> StoreResult<ProjectOutcome<RoleRecord>> {
        let key = key.to_owned();
        self.writer.write(move |tx| project_roles::insert(tx, &key, &role, asker.as_ref(), &audit)).await
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
        self.writer
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
        self.writer.write(move |tx| project_roles::delete(tx, &key, &name, asker.as_ref(), &audit)).await
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::migrations;

    // As the release before the third migration left it: any key was good for a token.
    #[test]
    fn keys_that_tokens_are_bound_to_become_projects() {
        let mut connection = Connection::open_in_memory().unwrap();
        migrations::run(&mut connection, &migrations::SQLITE[..2]).unwrap();
        let tokens = "INSERT INTO subjects VALUES (1, 'jfac@x/users/frog', 'frog');
             INSERT INTO tokens (token_id, subject_no, scope, audience, issued_at, expires_at, project_key) VALUES
                 (x'00000000000000000000000000000001', 1, 'api:*', '*@*', 70, 99, 'web'),
                 (x'00000000000000000000000000000002', 1, 'api:*', '*@*', 60, 99, 'web'),
                 (x'00000000000000000000000000000003', 1, 'api:*', '*@*', 50, 99, NULL)";
        connection.execute_batch(tokens).unwrap();
        migrations::run(&mut connection, &migrations::SQLITE[..3]).unwrap();
        let web = ProjectRecord {
            key: "web".to_owned(),
            display_name: "web".to_owned(),
            description: String::new(),
            privileges: AdminPrivileges::default(),
            storage_quota_bytes: -1,
            soft_limit: false,
            storage_quota_email_notification: false,
            created_at: 60,
        };
        assert_eq!(list(&connection, None).unwrap(), [web]);
    }
}
