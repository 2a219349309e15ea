//! The roles made in projects.

use super::audit;
use super::columns::Cells;
use super::projects::{look_at_manager, require};
use super::writer::{Stop, Work};
use access_core::model::AuditRecord;
use access_core::store::{Asker, PREDEFINED_ROLES, ProjectOutcome, RoleChange, RoleRecord};
use rusqlite::{Connection, OptionalExtension, Result, Row, params};

/// Whether the project has the role: every project, or by a row.
pub(super) fn is_there(connection: &Connection, key: &str, name: &str) -> Result<bool> {
    if PREDEFINED_ROLES.contains(&name) {
        return Ok(true);
    }
    connection
        .prepare_cached("SELECT 1 FROM project_roles WHERE project_key = ?1 AND role_name = ?2")?
        .exists([key, name])
}

/// The roles made in a project, by name.
pub(super) fn list(connection: &Connection, key: &str) -> Result<Vec<RoleRecord>> {
    connection
        .prepare_cached(
            "SELECT role_name, description, environments, actions FROM project_roles
             WHERE project_key = ?1 ORDER BY role_name",
        )?
        .query_map([key], read)?
        .collect()
}

/// A role made in a project.
pub(super) fn find(connection: &Connection, key: &str, name: &str) -> Result<Option<RoleRecord>> {
    connection
        .prepare_cached(
            "SELECT role_name, description, environments, actions FROM project_roles
             WHERE project_key = ?1 AND role_name = ?2",
        )?
        .query_row([key, name], read)
        .optional()
}

fn read(row: &Row<'_>) -> Result<RoleRecord> {
    let mut cells = Cells::of(row);
    Ok(RoleRecord {
        name: cells.take()?,
        description: cells.take()?,
        environments: lines(&cells.take::<String>()?),
        actions: lines(&cells.take::<String>()?),
    })
}

/// Names as they stand in a column, one a line.
fn lines(text: &str) -> Vec<String> {
    text.lines().map(str::to_owned).collect()
}

/// Makes a role in a project.
pub(super) fn insert(
    tx: &Connection,
    key: &str,
    role: &RoleRecord,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<RoleRecord>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    if is_there(tx, key, &role.name)? {
        return Err(Stop::answer(ProjectOutcome::Exists));
    }
    tx.prepare_cached(
        "INSERT INTO project_roles (project_key, role_name, description, environments, actions)
         VALUES (?1, ?2, ?3, ?4, ?5)",
    )?
    .execute(params![
        key,
        role.name,
        role.description,
        role.environments.join("\n"),
        role.actions.join("\n"),
    ])?;
    audit::write(tx, record)?;
    done(tx, key, &role.name)
}

/// Changes a role made in a project.
pub(super) fn update(
    tx: &Connection,
    key: &str,
    name: &str,
    change: &RoleChange,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<RoleRecord>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    tx.prepare_cached(
        "UPDATE project_roles SET
             description = COALESCE(?3, description),
             environments = COALESCE(?4, environments),
             actions = COALESCE(?5, actions)
         WHERE project_key = ?1 AND role_name = ?2",
    )?
    .execute(params![
        key,
        name,
        change.description,
        change.environments.as_ref().map(|names| names.join("\n")),
        change.actions.as_ref().map(|names| names.join("\n")),
    ])?;
    audit::write(tx, record)?;
    done(tx, key, name)
}

/// Deletes a role made in a project, and takes it from its members.
pub(super) fn delete(
    tx: &Connection,
    key: &str,
    name: &str,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<()>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    let deleted = tx
        .prepare_cached("DELETE FROM project_roles WHERE project_key = ?1 AND role_name = ?2")?
        .execute([key, name])?;
    if deleted == 0 {
        return Err(Stop::answer(ProjectOutcome::NoRole(name.to_owned())));
    }
    tx.prepare_cached("DELETE FROM project_users WHERE project_key = ?1 AND role_name = ?2")?
        .execute([key, name])?;
    tx.prepare_cached("DELETE FROM project_groups WHERE project_key = ?1 AND role_name = ?2")?
        .execute([key, name])?;
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(()))
}

fn done(tx: &Connection, key: &str, name: &str) -> Work<ProjectOutcome<RoleRecord>> {
    match find(tx, key, name)? {
        Some(role) => Ok(ProjectOutcome::Done(role)),
        None => Err(Stop::answer(ProjectOutcome::NoRole(name.to_owned()))),
    }
}
