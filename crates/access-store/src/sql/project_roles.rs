//! The roles made in projects.

use super::audit;
use super::cells::Cells;
use super::db::{Db, values};
use super::error::Result;
use super::projects::{look_at_manager, require};
use super::work::{Stop, Work};
use access_core::model::AuditRecord;
use access_core::store::{Asker, PREDEFINED_ROLES, ProjectOutcome, RoleChange, RoleRecord};

/// Whether the project has the role: every project, or by a row.
pub(crate) fn is_there(db: &Db<'_>, key: &str, name: &str) -> Result<bool> {
    if PREDEFINED_ROLES.contains(&name) {
        return Ok(true);
    }
    db.exists("SELECT 1 FROM project_roles WHERE project_key = ?1 AND role_name = ?2", &values![key, name])
}

/// The roles made in a project, by name.
pub(crate) fn list(db: &Db<'_>, key: &str) -> Result<Vec<RoleRecord>> {
    db.all(
        "SELECT role_name, description, environments, actions FROM project_roles
             WHERE project_key = ?1 ORDER BY role_name",
        &values![key],
        read,
    )
}

/// A role made in a project.
pub(crate) fn find(db: &Db<'_>, key: &str, name: &str) -> Result<Option<RoleRecord>> {
    db.optional(
        "SELECT role_name, description, environments, actions FROM project_roles
             WHERE project_key = ?1 AND role_name = ?2",
        &values![key, name],
        read,
    )
}

fn read(cells: &mut Cells<'_>) -> Result<RoleRecord> {
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
pub(crate) fn insert(
    tx: &Db<'_>,
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
    tx.execute(
        "INSERT INTO project_roles (project_key, role_name, description, environments, actions)
         VALUES (?1, ?2, ?3, ?4, ?5)",
        &values![key, role.name, role.description, role.environments.join("\n"), role.actions.join("\n"),],
    )?;
    audit::write(tx, record)?;
    done(tx, key, &role.name)
}

/// Changes a role made in a project.
pub(crate) fn update(
    tx: &Db<'_>,
    key: &str,
    name: &str,
    change: &RoleChange,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<RoleRecord>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    tx.execute(
        "UPDATE project_roles SET
             description = COALESCE(?3, description),
             environments = COALESCE(?4, environments),
             actions = COALESCE(?5, actions)
         WHERE project_key = ?1 AND role_name = ?2",
        &values![
            key,
            name,
            change.description,
            change.environments.as_ref().map(|names| names.join("\n")),
            change.actions.as_ref().map(|names| names.join("\n")),
        ],
    )?;
    audit::write(tx, record)?;
    done(tx, key, name)
}

/// Deletes a role made in a project, and takes it from its members.
pub(crate) fn delete(
    tx: &Db<'_>,
    key: &str,
    name: &str,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<()>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    let deleted = tx.execute(
        "DELETE FROM project_roles WHERE project_key = ?1 AND role_name = ?2",
        &values![key, name],
    )?;
    if deleted == 0 {
        return Err(Stop::answer(ProjectOutcome::NoRole(name.to_owned())));
    }
    tx.execute("DELETE FROM project_users WHERE project_key = ?1 AND role_name = ?2", &values![key, name])?;
    tx.execute("DELETE FROM project_groups WHERE project_key = ?1 AND role_name = ?2", &values![key, name])?;
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(()))
}

fn done(tx: &Db<'_>, key: &str, name: &str) -> Work<ProjectOutcome<RoleRecord>> {
    match find(tx, key, name)? {
        Some(role) => Ok(ProjectOutcome::Done(role)),
        None => Err(Stop::answer(ProjectOutcome::NoRole(name.to_owned()))),
    }
}
