//! Groups: written, found, listed, changed, deleted.

use super::columns::{Cells, limit, seconds};
use super::rights::Standing;
use super::writer::{Stop, Work};
use super::{audit, membership};
use access_core::model::{AuditRecord, GroupChange, GroupRecord, MembershipChange};
use access_core::store::{GroupQuery, WriteOutcome};
use rusqlite::{Connection, OptionalExtension, Result, Row, ToSql, params, params_from_iter};

macro_rules! group_columns {
    () => {
        "name, description, auto_join, admin_privileges, realm, realm_attributes, external_id, created_at"
    };
}

/// Writes a group with its members.
pub(super) fn insert(
    tx: &Connection,
    group: &GroupRecord,
    record: &AuditRecord,
) -> Work<WriteOutcome<GroupRecord>> {
    if exists(tx, &group.name)? {
        return Err(Stop::answer(WriteOutcome::Exists));
    }
    if let Some(missing) = membership::missing_user(tx, &group.members)? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    tx.prepare_cached(concat!(
        "INSERT INTO user_groups (",
        group_columns!(),
        ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"
    ))?
    .execute(params![
        group.name,
        group.description,
        group.auto_join,
        group.admin_privileges,
        group.realm,
        group.realm_attributes,
        group.external_id,
        seconds(group.created_at),
    ])?;
    membership::join(tx, group.members.iter().map(|member| (member.as_str(), group.name.as_str())))?;
    audit::write(tx, record)?;
    done(tx, &group.name)
}

/// A group by name, with its members.
pub(super) fn find(connection: &Connection, name: &str) -> Result<Option<GroupRecord>> {
    let group = connection
        .prepare_cached(concat!("SELECT ", group_columns!(), " FROM user_groups WHERE name = ?1"))?
        .query_row([name], read)
        .optional()?;
    group
        .map(|mut group| {
            group.members = membership::members_of(connection, name)?;
            Ok(group)
        })
        .transpose()
}

/// Whether there is a group of that name.
pub(super) fn exists(connection: &Connection, name: &str) -> Result<bool> {
    connection.prepare_cached("SELECT 1 FROM user_groups WHERE name = ?1")?.exists([name])
}

/// Those of `names` that exist, each with whether its members are administrators.
pub(super) fn existing(connection: &Connection, names: &[String]) -> Result<Vec<(String, bool)>> {
    let mut statement =
        connection.prepare_cached("SELECT admin_privileges FROM user_groups WHERE name = ?1")?;
    let mut found = Vec::new();
    for name in names {
        if let Some(administers) = statement.query_row([name], |row| row.get(0)).optional()? {
            found.push((name.clone(), administers));
        }
    }
    Ok(found)
}

/// Reads the row of a group; its members are still missing.
fn read(row: &Row<'_>) -> Result<GroupRecord> {
    let mut cells = Cells::of(row);
    Ok(GroupRecord {
        name: cells.take()?,
        description: cells.take()?,
        auto_join: cells.take()?,
        admin_privileges: cells.take()?,
        realm: cells.take()?,
        realm_attributes: cells.take()?,
        external_id: cells.take()?,
        created_at: cells.seconds()?,
        members: Vec::new(),
    })
}

/// A page of groups, without members.
pub(super) fn list(connection: &Connection, query: &GroupQuery) -> Result<Vec<GroupRecord>> {
    let mut sql = String::from(concat!("SELECT ", group_columns!(), " FROM user_groups WHERE 1 = 1"));
    let mut values: Vec<&dyn ToSql> = Vec::new();
    if let Some(text) = &query.name_contains {
        sql.push_str(" AND instr(name, ?) > 0");
        values.push(text);
    }
    if let Some(after) = &query.after {
        sql.push_str(if query.descending { " AND name < ?" } else { " AND name > ?" });
        values.push(after);
    }
    let count = limit(query.limit);
    values.push(&count);
    sql.push_str(if query.descending { " ORDER BY name DESC LIMIT ?" } else { " ORDER BY name LIMIT ?" });
    connection.prepare_cached(&sql)?.query_map(params_from_iter(values), read)?.collect()
}

/// Changes a group.
pub(super) fn update(
    tx: &Connection,
    name: &str,
    change: &GroupChange,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<GroupRecord>> {
    if !exists(tx, name)? {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    let members = change.members.as_deref();
    if let Some(missing) = membership::missing_user(tx, members.unwrap_or_default())? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    let standing = Standing::of_group(tx, name)?;
    tx.prepare_cached(
        "UPDATE user_groups SET
             auto_join = COALESCE(?2, auto_join),
             admin_privileges = COALESCE(?3, admin_privileges),
             description = CASE WHEN ?4 THEN ?5 ELSE description END,
             realm_attributes = CASE WHEN ?6 THEN ?7 ELSE realm_attributes END,
             external_id = CASE WHEN ?8 THEN ?9 ELSE external_id END
         WHERE name = ?1",
    )?
    .execute(params![
        name,
        change.auto_join,
        change.admin_privileges,
        change.description.is_some(),
        change.description.as_ref().and_then(Option::as_ref),
        change.realm_attributes.is_some(),
        change.realm_attributes.as_ref().and_then(Option::as_ref),
        change.external_id.is_some(),
        change.external_id.as_ref().and_then(Option::as_ref),
    ])?;
    if let Some(members) = members {
        membership::remove_all_members(tx, name)?;
        membership::join(tx, members.iter().map(|member| (member.as_str(), name)))?;
    }
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    done(tx, name)
}

/// Adds members to a group and removes others.
pub(super) fn change_members(
    tx: &Connection,
    name: &str,
    change: &MembershipChange,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<GroupRecord>> {
    if !exists(tx, name)? {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    if let Some(missing) = membership::missing_user(tx, &change.add)? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    let standing = Standing::of_group(tx, name)?;
    membership::join(tx, change.add.iter().map(|member| (member.as_str(), name)))?;
    membership::leave(tx, change.remove.iter().map(|member| (member.as_str(), name)))?;
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    done(tx, name)
}

/// Deletes a group. Its memberships go with it.
pub(super) fn delete(
    tx: &Connection,
    name: &str,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<()>> {
    let standing = Standing::of_group(tx, name)?;
    if tx.prepare_cached("DELETE FROM user_groups WHERE name = ?1")?.execute([name])? == 0 {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    Ok(WriteOutcome::Done(()))
}

fn done(tx: &Connection, name: &str) -> Work<WriteOutcome<GroupRecord>> {
    match find(tx, name)? {
        Some(group) => Ok(WriteOutcome::Done(group)),
        None => Err(Stop::answer(WriteOutcome::NotFound)),
    }
}
