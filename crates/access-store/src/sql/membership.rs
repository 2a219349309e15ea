//! Who is in which group.

use super::cells::only;
use super::db::{Db, values};
use super::error::Result;
use super::{groups, users};

/// The groups of a user, by name, each with whether it makes administrators.
pub(crate) fn groups_of(db: &Db<'_>, username: &str) -> Result<Vec<(String, bool)>> {
    db.all(
        "SELECT g.name, g.admin_privileges FROM group_members m JOIN user_groups g ON g.name = m.group_name
             WHERE m.username = ?1 ORDER BY g.name",
        &values![username],
        |cells| Ok((cells.take()?, cells.take()?)),
    )
}

/// The members of a group, by name.
pub(crate) fn members_of(db: &Db<'_>, group: &str) -> Result<Vec<String>> {
    db.all(
        "SELECT username FROM group_members WHERE group_name = ?1 ORDER BY username",
        &values![group],
        only,
    )
}

/// The first of `names` that is no group.
pub(crate) fn missing_group(db: &Db<'_>, names: &[String]) -> Result<Option<String>> {
    first_missing(names, |name| groups::exists(db, name))
}

/// The first of `names` that is no user.
pub(crate) fn missing_user(db: &Db<'_>, names: &[String]) -> Result<Option<String>> {
    first_missing(names, |name| users::exists(db, name))
}

fn first_missing(names: &[String], exists: impl Fn(&str) -> Result<bool>) -> Result<Option<String>> {
    for name in names {
        if !exists(name)? {
            return Ok(Some(name.clone()));
        }
    }
    Ok(None)
}

/// Writes memberships, pairs of user and group; one that is there already is passed over.
pub(crate) fn join<'a>(tx: &Db<'_>, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    for (username, group) in pairs {
        tx.execute(
            "INSERT INTO group_members (username, group_name) VALUES (?1, ?2)
             ON CONFLICT (username, group_name) DO NOTHING",
            &values![username, group],
        )?;
    }
    Ok(())
}

/// Makes a new user a member of the groups that every new user joins.
pub(crate) fn join_automatic(tx: &Db<'_>, username: &str) -> Result<()> {
    tx.execute(
        "INSERT INTO group_members (username, group_name)
         SELECT ?1, name FROM user_groups WHERE auto_join = 1
         ON CONFLICT (username, group_name) DO NOTHING",
        &values![username],
    )
    .map(drop)
}

/// Deletes memberships, pairs of user and group; one that is not there is passed over.
pub(crate) fn leave<'a>(tx: &Db<'_>, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    for (username, group) in pairs {
        tx.execute(
            "DELETE FROM group_members WHERE username = ?1 AND group_name = ?2",
            &values![username, group],
        )?;
    }
    Ok(())
}

/// Deletes all memberships of a user.
pub(crate) fn leave_all_groups(tx: &Db<'_>, username: &str) -> Result<()> {
    tx.execute("DELETE FROM group_members WHERE username = ?1", &values![username]).map(drop)
}

/// Deletes all memberships in a group.
pub(crate) fn remove_all_members(tx: &Db<'_>, group: &str) -> Result<()> {
    tx.execute("DELETE FROM group_members WHERE group_name = ?1", &values![group]).map(drop)
}
