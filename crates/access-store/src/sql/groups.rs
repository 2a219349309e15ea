//! Groups: written, found, listed, changed, deleted.

use super::cells::{Cells, limit, only, seconds};
use super::db::{Bind as _, Db, Value, values};
use super::error::Result;
use super::rights::Standing;
use super::work::{Stop, Work};
use super::{audit, membership};
use access_core::model::{AuditRecord, GroupChange, GroupRecord, MembershipChange};
use access_core::store::{GroupQuery, WriteOutcome};

macro_rules! group_columns {
    () => {
        "name, description, auto_join, admin_privileges, realm, realm_attributes, external_id, created_at"
    };
}

/// Writes a group with its members.
pub(crate) fn insert(
    tx: &Db<'_>,
    group: &GroupRecord,
    record: &AuditRecord,
) -> Work<WriteOutcome<GroupRecord>> {
    if exists(tx, &group.name)? {
        return Err(Stop::answer(WriteOutcome::Exists));
    }
    if let Some(missing) = membership::missing_user(tx, &group.members)? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    tx.execute(
        concat!("INSERT INTO user_groups (", group_columns!(), ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)"),
        &values![
            group.name,
            group.description,
            group.auto_join,
            group.admin_privileges,
            group.realm,
            group.realm_attributes,
            group.external_id,
            seconds(group.created_at),
        ],
    )?;
    membership::join(tx, group.members.iter().map(|member| (member.as_str(), group.name.as_str())))?;
    audit::write(tx, record)?;
    done(tx, &group.name)
}

/// A group by name, with its members.
pub(crate) fn find(db: &Db<'_>, name: &str) -> Result<Option<GroupRecord>> {
    let group = db.optional(
        concat!("SELECT ", group_columns!(), " FROM user_groups WHERE name = ?1"),
        &values![name],
        read,
    )?;
    group
        .map(|mut group| {
            group.members = membership::members_of(db, name)?;
            Ok(group)
        })
        .transpose()
}

/// Whether there is a group of that name.
pub(crate) fn exists(db: &Db<'_>, name: &str) -> Result<bool> {
    db.exists("SELECT 1 FROM user_groups WHERE name = ?1", &values![name])
}

/// Those of `names` that exist, each with whether its members are administrators.
pub(crate) fn existing(db: &Db<'_>, names: &[String]) -> Result<Vec<(String, bool)>> {
    let mut found = Vec::new();
    for name in names {
        if let Some(administers) =
            db.optional("SELECT admin_privileges FROM user_groups WHERE name = ?1", &values![name], only)?
        {
            found.push((name.clone(), administers));
        }
    }
    Ok(found)
}

/// Reads the row of a group; its members are still missing.
fn read(cells: &mut Cells<'_>) -> Result<GroupRecord> {
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
pub(crate) fn list(db: &Db<'_>, query: &GroupQuery) -> Result<Vec<GroupRecord>> {
    let mut sql = String::from(concat!("SELECT ", group_columns!(), " FROM user_groups WHERE 1 = 1"));
    let mut values: Vec<Value<'_>> = Vec::new();
    if let Some(text) = &query.name_contains {
        sql.push_str(db.dialect().pick(" AND instr(name, ?) > 0", " AND strpos(name, ?) > 0"));
        values.push(text.value());
    }
    if let Some(after) = &query.after {
        sql.push_str(if query.descending { " AND name < ?" } else { " AND name > ?" });
        values.push(after.value());
    }
    values.push(Value::Integer(limit(query.limit)));
    sql.push_str(if query.descending { " ORDER BY name DESC LIMIT ?" } else { " ORDER BY name LIMIT ?" });
    db.all(&sql, &values, read)
}

/// Changes a group.
pub(crate) fn update(
    tx: &Db<'_>,
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
    tx.execute(
        "UPDATE user_groups SET
             auto_join = COALESCE(?2, auto_join),
             admin_privileges = COALESCE(?3, admin_privileges),
             description = CASE WHEN ?4 THEN ?5 ELSE description END,
             realm_attributes = CASE WHEN ?6 THEN ?7 ELSE realm_attributes END,
             external_id = CASE WHEN ?8 THEN ?9 ELSE external_id END
         WHERE name = ?1",
        &values![
            name,
            change.auto_join,
            change.admin_privileges,
            change.description.is_some(),
            change.description.as_ref().and_then(Option::as_ref),
            change.realm_attributes.is_some(),
            change.realm_attributes.as_ref().and_then(Option::as_ref),
            change.external_id.is_some(),
            change.external_id.as_ref().and_then(Option::as_ref),
        ],
    )?;
    if let Some(members) = members {
        membership::remove_all_members(tx, name)?;
        membership::join(tx, members.iter().map(|member| (member.as_str(), name)))?;
    }
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    done(tx, name)
}

/// Adds members to a group and removes others.
pub(crate) fn change_members(
    tx: &Db<'_>,
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
pub(crate) fn delete(
    tx: &Db<'_>,
    name: &str,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<()>> {
    let standing = Standing::of_group(tx, name)?;
    if tx.execute("DELETE FROM user_groups WHERE name = ?1", &values![name])? == 0 {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    Ok(WriteOutcome::Done(()))
}

fn done(tx: &Db<'_>, name: &str) -> Work<WriteOutcome<GroupRecord>> {
    match find(tx, name)? {
        Some(group) => Ok(WriteOutcome::Done(group)),
        None => Err(Stop::answer(WriteOutcome::NotFound)),
    }
}
