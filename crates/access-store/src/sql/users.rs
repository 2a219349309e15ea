//! Users: written, found, listed, changed, deleted.

use super::cells::{Cells, limit, seconds};
use super::db::{Bind as _, Db, Value, values};
use super::error::Result;
use super::rights::Standing;
use super::work::{Stop, Work};
use super::{audit, membership};
use access_core::UserListEntry;
use access_core::clock::EpochSeconds;
use access_core::model::{AuditRecord, MembershipChange, PasswordHash, UserChange, UserRecord};
use access_core::store::{UserQuery, WriteOutcome};
use access_types::user::UserStatus;

macro_rules! user_columns {
    () => {
        "username, email, admin, profile_updatable, disable_ui_access, internal_password_disabled, status, \
         realm, last_logged_in, password_hash, password_changed_at, password_expired, token_epoch, created_at"
    };
}
pub(crate) use user_columns;

/// How many that are.
pub(crate) const COLUMNS: usize = 14;

/// Writes a user, its groups and those that every new user joins.
pub(crate) fn insert(tx: &Db<'_>, user: &UserRecord, record: &AuditRecord) -> Work<WriteOutcome<UserRecord>> {
    if exists(tx, &user.username)? {
        return Err(Stop::answer(WriteOutcome::Exists));
    }
    if let Some(missing) = membership::missing_group(tx, &user.groups)? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    insert_row(tx, user)?;
    membership::join(tx, user.groups.iter().map(|group| (user.username.as_str(), group.as_str())))?;
    membership::join_automatic(tx, &user.username)?;
    audit::write(tx, record)?;
    done(tx, &user.username)
}

/// Writes the row of a user.
pub(crate) fn insert_row(tx: &Db<'_>, user: &UserRecord) -> Result<()> {
    tx.execute(
        concat!(
            "INSERT INTO users (",
            user_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        ),
        &values![
            user.username,
            user.email,
            user.admin,
            user.profile_updatable,
            user.disable_ui_access,
            user.internal_password_disabled,
            user.status.as_str(),
            user.realm,
            user.last_logged_in.map(seconds),
            user.password_hash.as_ref().map(|hash| &hash.0),
            user.password_changed_at.map(seconds),
            user.password_expired,
            user.token_epoch,
            seconds(user.created_at),
        ],
    )
    .map(drop)
}

/// A user by name.
pub(crate) fn find(db: &Db<'_>, username: &str) -> Result<Option<UserRecord>> {
    let user = db.optional(
        concat!("SELECT ", user_columns!(), " FROM users WHERE username = ?1"),
        &values![username],
        read,
    )?;
    user.map(|user| with_groups(db, user)).transpose()
}

/// Whether there is a user of that name.
pub(crate) fn exists(db: &Db<'_>, username: &str) -> Result<bool> {
    db.exists("SELECT 1 FROM users WHERE username = ?1", &values![username])
}

/// Reads the row of a user; its groups and what it is through them are still missing.
pub(crate) fn read(cells: &mut Cells<'_>) -> Result<UserRecord> {
    let username = cells.take()?;
    read_of(username, cells)
}

/// The same where there is a user or else NULL in all columns.
pub(crate) fn read_joined(cells: &mut Cells<'_>) -> Result<Option<UserRecord>> {
    if let Some(username) = cells.take()? {
        return read_of(username, cells).map(Some);
    }
    cells.skip(COLUMNS - 1);
    Ok(None)
}

fn read_of(username: String, cells: &mut Cells<'_>) -> Result<UserRecord> {
    let (email, admin) = (cells.take()?, cells.take()?);
    Ok(UserRecord {
        username,
        email,
        admin,
        effective_admin: admin,
        profile_updatable: cells.take()?,
        disable_ui_access: cells.take()?,
        internal_password_disabled: cells.take()?,
        status: cells.word(UserStatus::parse)?,
        realm: cells.take()?,
        last_logged_in: cells.optional_seconds()?,
        password_hash: cells.take::<Option<_>>()?.map(PasswordHash),
        password_changed_at: cells.optional_seconds()?,
        password_expired: cells.take()?,
        token_epoch: cells.take()?,
        created_at: cells.seconds()?,
        groups: Vec::new(),
    })
}

/// The user with its groups, and with what it is through them.
pub(crate) fn with_groups(db: &Db<'_>, mut user: UserRecord) -> Result<UserRecord> {
    for (group, administers) in membership::groups_of(db, &user.username)? {
        user.effective_admin |= administers;
        user.groups.push(group);
    }
    Ok(user)
}

/// A page of users.
pub(crate) fn list(db: &Db<'_>, query: &UserQuery) -> Result<Vec<UserListEntry>> {
    let mut sql = String::from("SELECT username, realm, status FROM users WHERE 1 = 1");
    let mut values: Vec<Value<'_>> = Vec::new();
    if let Some(text) = &query.username_contains {
        sql.push_str(db.dialect().pick(" AND instr(username, ?) > 0", " AND strpos(username, ?) > 0"));
        values.push(text.value());
    }
    if let Some(status) = query.status {
        sql.push_str(" AND status = ?");
        values.push(Value::Text(status.as_str()));
    }
    if query.only_admins {
        sql.push_str(
            " AND (admin = 1 OR EXISTS (SELECT 1 FROM group_members m JOIN user_groups g ON g.name = m.group_name
                 WHERE m.username = users.username AND g.admin_privileges = 1))",
        );
    }
    if let Some(after) = &query.after {
        sql.push_str(if query.descending { " AND username < ?" } else { " AND username > ?" });
        values.push(after.value());
    }
    values.push(Value::Integer(limit(query.limit)));
    sql.push_str(if query.descending {
        " ORDER BY username DESC LIMIT ?"
    } else {
        " ORDER BY username LIMIT ?"
    });
    db.all(&sql, &values, |cells| {
        Ok(UserListEntry {
            username: cells.take()?,
            realm: cells.take()?,
            status: cells.word(UserStatus::parse)?,
        })
    })
}

/// Changes a user.
pub(crate) fn update(
    tx: &Db<'_>,
    username: &str,
    change: &UserChange,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<UserRecord>> {
    if !exists(tx, username)? {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    let groups = change.groups.as_deref();
    if let Some(missing) = membership::missing_group(tx, groups.unwrap_or_default())? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    let standing = Standing::of_user(tx, username)?;
    tx.execute(
        "UPDATE users SET
             email = COALESCE(?2, email),
             admin = COALESCE(?3, admin),
             profile_updatable = COALESCE(?4, profile_updatable),
             disable_ui_access = COALESCE(?5, disable_ui_access),
             internal_password_disabled = COALESCE(?6, internal_password_disabled),
             status = COALESCE(?7, status),
             password_hash = COALESCE(?8, password_hash),
             password_changed_at = CASE WHEN ?8 IS NULL THEN password_changed_at ELSE ?9 END,
             password_expired = CASE WHEN ?8 IS NULL THEN COALESCE(?10, password_expired) ELSE 0 END
         WHERE username = ?1",
        &values![
            username,
            change.email,
            change.admin,
            change.profile_updatable,
            change.disable_ui_access,
            change.internal_password_disabled,
            change.status.map(UserStatus::as_str),
            change.password_hash.as_ref().map(|hash| &hash.0),
            seconds(record.at),
            change.password_expired,
        ],
    )?;
    if let Some(groups) = groups {
        membership::leave_all_groups(tx, username)?;
        membership::join(tx, groups.iter().map(|group| (username, group.as_str())))?;
    }
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    done(tx, username)
}

/// Adds a user to groups and removes it from others.
pub(crate) fn change_groups(
    tx: &Db<'_>,
    username: &str,
    change: &MembershipChange,
    new_epoch: i64,
    record: &AuditRecord,
) -> Work<WriteOutcome<UserRecord>> {
    if !exists(tx, username)? {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    if let Some(missing) = membership::missing_group(tx, &change.add)? {
        return Err(Stop::answer(WriteOutcome::MissingMember(missing)));
    }
    let standing = Standing::of_user(tx, username)?;
    membership::join(tx, change.add.iter().map(|group| (username, group.as_str())))?;
    membership::leave(tx, change.remove.iter().map(|group| (username, group.as_str())))?;
    standing.settle(tx, new_epoch, record.at)?;
    audit::write(tx, record)?;
    done(tx, username)
}

/// Notes a log-in; an earlier one does not replace a later one.
pub(crate) fn record_login(tx: &Db<'_>, username: &str, at: EpochSeconds) -> Work<()> {
    tx.execute(
        "UPDATE users SET last_logged_in = ?2
         WHERE username = ?1 AND (last_logged_in IS NULL OR last_logged_in < ?2)",
        &values![username, seconds(at)],
    )?;
    Ok(())
}

/// Deletes a user. Its memberships go with it.
pub(crate) fn delete(tx: &Db<'_>, username: &str, record: &AuditRecord) -> Work<WriteOutcome<()>> {
    let standing = Standing::of_user(tx, username)?;
    if tx.execute("DELETE FROM users WHERE username = ?1", &values![username])? == 0 {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    // Nobody is left who could get an epoch.
    standing.settle(tx, 0, record.at)?;
    audit::write(tx, record)?;
    Ok(WriteOutcome::Done(()))
}

fn done(tx: &Db<'_>, username: &str) -> Work<WriteOutcome<UserRecord>> {
    match find(tx, username)? {
        Some(user) => Ok(WriteOutcome::Done(user)),
        None => Err(Stop::answer(WriteOutcome::NotFound)),
    }
}
