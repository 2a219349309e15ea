//! The users and groups in projects: a row for each role.

use super::cells::only;
use super::db::{Db, values};
use super::error::Result;
use super::projects::{look_at_manager, require};
use super::work::{Stop, Work};
use super::{audit, groups, project_roles, users};
use access_core::model::AuditRecord;
use access_core::store::{Asker, Member, MemberKind, ProjectOutcome};

/// Which table a statement is about: for users or for groups, written out.
macro_rules! by_kind {
    ($kind:expr, $before:literal, $between:literal, $after:literal) => {
        match $kind {
            MemberKind::User => concat!($before, "project_users", $between, "username", $after),
            MemberKind::Group => concat!($before, "project_groups", $between, "group_name", $after),
        }
    };
}

/// The members of a project by name.
pub(crate) fn list(db: &Db<'_>, key: &str, kind: MemberKind) -> Result<Vec<Member>> {
    let sql = match kind {
        MemberKind::User => {
            "SELECT username, role_name FROM project_users WHERE project_key = ?1 ORDER BY username, role_name"
        }
        MemberKind::Group => {
            "SELECT group_name, role_name FROM project_groups WHERE project_key = ?1 ORDER BY group_name, role_name"
        }
    };
    let mut members: Vec<Member> = Vec::new();
    let rows: Vec<(String, String)> =
        db.all(sql, &values![key], |cells| Ok((cells.take()?, cells.take()?)))?;
    for (name, role) in rows {
        match members.last_mut() {
            Some((last, roles)) if *last == name => roles.push(role),
            _ => members.push((name, vec![role])),
        }
    }
    Ok(members)
}

/// The roles of a member, sorted; `None` if it is none.
pub(crate) fn find(db: &Db<'_>, key: &str, kind: MemberKind, name: &str) -> Result<Option<Vec<String>>> {
    let sql =
        by_kind!(kind, "SELECT role_name FROM ", " WHERE project_key = ?1 AND ", " = ?2 ORDER BY role_name");
    let roles: Vec<String> = db.all(sql, &values![key, name], only)?;
    Ok(Some(roles).filter(|roles| !roles.is_empty()))
}

/// Makes a member, or gives it these roles in place of those it has.
pub(crate) fn set(
    tx: &Db<'_>,
    key: &str,
    kind: MemberKind,
    (name, roles): &Member,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<Vec<String>>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    let exists = match kind {
        MemberKind::User => users::exists(tx, name)?,
        MemberKind::Group => groups::exists(tx, name)?,
    };
    if !exists {
        return Err(Stop::answer(ProjectOutcome::NoMember));
    }
    delete(tx, key, kind, name)?;
    let sql = by_kind!(kind, "INSERT INTO ", " (project_key, ", ", role_name) VALUES (?1, ?2, ?3)");
    for role in roles {
        if !project_roles::is_there(tx, key, role)? {
            return Err(Stop::answer(ProjectOutcome::NoRole(role.clone())));
        }
        tx.execute(sql, &values![key, name, role])?;
    }
    audit::write(tx, record)?;
    match find(tx, key, kind, name)? {
        Some(roles) => Ok(ProjectOutcome::Done(roles)),
        None => Err(Stop::answer(ProjectOutcome::NoMember)),
    }
}

/// Takes a member out of a project.
pub(crate) fn remove(
    tx: &Db<'_>,
    key: &str,
    kind: MemberKind,
    name: &str,
    asker: Option<&Asker>,
    record: &AuditRecord,
) -> Work<ProjectOutcome<()>> {
    look_at_manager(tx, asker, key, record.at)?;
    require(tx, key)?;
    if delete(tx, key, kind, name)? == 0 {
        return Err(Stop::answer(ProjectOutcome::NoMember));
    }
    audit::write(tx, record)?;
    Ok(ProjectOutcome::Done(()))
}

fn delete(tx: &Db<'_>, key: &str, kind: MemberKind, name: &str) -> Result<usize> {
    let sql = by_kind!(kind, "DELETE FROM ", " WHERE project_key = ?1 AND ", " = ?2");
    tx.execute(sql, &values![key, name])
}
