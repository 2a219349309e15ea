//! Who is in which group.

use super::{groups, users};
use rusqlite::{Connection, Result};

/// The groups of a user, by name, each with whether it makes administrators.
pub(super) fn groups_of(connection: &Connection, username: &str) -> Result<Vec<(String, bool)>> {
    connection
        .prepare_cached(
            "SELECT g.name, g.admin_privileges FROM group_members m JOIN user_groups g ON g.name = m.group_name
             WHERE m.username = ?1 ORDER BY g.name",
        )?
        .query_map([username], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect()
}

/// The members of a group, by name.
pub(super) fn members_of(connection: &Connection, group: &str) -> Result<Vec<String>> {
    connection
        .prepare_cached("SELECT username FROM group_members WHERE group_name = ?1 ORDER BY username")?
        .query_map([group], |row| row.get(0))?
        .collect()
}

/// The first of `names` that is no group.
pub(super) fn missing_group(connection: &Connection, names: &[String]) -> Result<Option<String>> {
    first_missing(names, |name| groups::exists(connection, name))
}

/// The first of `names` that is no user.
pub(super) fn missing_user(connection: &Connection, names: &[String]) -> Result<Option<String>> {
    first_missing(names, |name| users::exists(connection, name))
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
pub(super) fn join<'a>(tx: &Connection, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let mut statement = tx.prepare_cached(
        "INSERT INTO group_members (username, group_name) VALUES (?1, ?2)
         ON CONFLICT (username, group_name) DO NOTHING",
    )?;
    for (username, group) in pairs {
        statement.execute([username, group])?;
    }
    Ok(())
}

/// Makes a new user a member of the groups that every new user joins.
pub(super) fn join_automatic(tx: &Connection, username: &str) -> Result<()> {
    tx.prepare_cached(
        "INSERT INTO group_members (username, group_name)
         SELECT ?1, name FROM user_groups WHERE auto_join = 1
         ON CONFLICT (username, group_name) DO NOTHING",
    )?
    .execute([username])
    .map(drop)
}

/// Deletes memberships, pairs of user and group; one that is not there is passed over.
pub(super) fn leave<'a>(tx: &Connection, pairs: impl Iterator<Item = (&'a str, &'a str)>) -> Result<()> {
    let mut statement =
        tx.prepare_cached("DELETE FROM group_members WHERE username = ?1 AND group_name = ?2")?;
    for (username, group) in pairs {
        statement.execute([username, group])?;
    }
    Ok(())
}

/// Deletes all memberships of a user.
pub(super) fn leave_all_groups(tx: &Connection, username: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM group_members WHERE username = ?1")?.execute([username]).map(drop)
}

/// Deletes all memberships in a group.
pub(super) fn remove_all_members(tx: &Connection, group: &str) -> Result<()> {
    tx.prepare_cached("DELETE FROM group_members WHERE group_name = ?1")?.execute([group]).map(drop)
}
