//! Tokens looked up by id or by reference token, with user and family: any number of them by one statement.

use super::continuity::{Continuity, Standing};
use super::lane::no_standing;
use super::session::Session;
use crate::sql::cells::Cells;
use crate::sql::error::Result;
use crate::sql::tokens::{self, Key, halves, is_of_reference, state_columns, state_tables};
use access_core::model::TokenState;
use std::collections::HashMap;
use tokio_postgres::Row;
use uuid::Uuid;

/// Columns of the table `write_turn` in front.
const STANDING_COLUMNS: usize = 4;
/// The token, its user and its family: behind the user's groups, and whether one of them makes administrators.
const STATE: usize = STANDING_COLUMNS + 2;

/// One row at least, with where the database stands; the rest of it is NULL if no token is found. With EXISTS in the
/// place of MAX and LEFT JOIN, each statement would read all members of all groups that make administrators.
macro_rules! look_up {
    ($found:literal) => {
        concat!(
            "SELECT w.fork, w.epoch, w.tag, w.locked,
                 ARRAY(SELECT m.group_name FROM group_members m WHERE m.username = u.username
                       ORDER BY m.group_name),
                 COALESCE((SELECT MAX(g.admin_privileges)
                           FROM group_members m LEFT JOIN user_groups g ON g.name = m.group_name
                           WHERE m.username = u.username), 0) = 1, ",
            state_columns!(),
            " FROM write_turn w LEFT JOIN (",
            state_tables!(),
            ") ON ",
            $found
        )
    };
}

/// By their ids.
pub(super) const BY_ID: &str = look_up!("t.token_id = ANY ($1)");
/// By the first halves of the hashes of their reference tokens.
pub(super) const BY_REFERENCE: &str = look_up!("t.reference_key = ANY ($1)");

/// The states of these tokens, in this order.
pub(super) fn find(
    session: &Session,
    continuity: &Continuity,
    keys: &[Key],
) -> Result<Vec<Option<TokenState>>> {
    let before = continuity.latest();
    let (mut ids, mut references) = (Vec::new(), Vec::new());
    for key in keys {
        match key {
            Key::Id(id) => ids.push(*id),
            Key::Reference(hash) => references.push(halves(hash).0),
        }
    }
    let by_id: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[&ids];
    let by_reference: &[&(dyn tokio_postgres::types::ToSql + Sync)] = &[&references];
    let mut statements = Vec::with_capacity(2);
    if !ids.is_empty() {
        statements.push((BY_ID, by_id));
    }
    if !references.is_empty() {
        statements.push((BY_REFERENCE, by_reference));
    }
    let answers = session.query_all(&statements)?;
    let mut found = Vec::with_capacity(keys.len());
    for rows in &answers {
        let first = rows.first().ok_or_else(no_standing)?;
        continuity.check(before, &Standing::of(first)?)?;
        for row in rows {
            found.extend(read(row)?);
        }
    }
    Ok(in_order(keys, &found))
}

fn in_order(keys: &[Key], found: &[TokenState]) -> Vec<Option<TokenState>> {
    let by_id: HashMap<Uuid, &TokenState> = found.iter().map(|state| (state.token.token_id, state)).collect();
    let find = |key: &Key| match key {
        Key::Id(id) => by_id.get(id).copied(),
        Key::Reference(hash) => found.iter().find(|state| is_of_reference(&state.token, *hash)),
    };
    keys.iter().map(|key| find(key).cloned()).collect()
}

fn read(row: &Row) -> Result<Option<TokenState>> {
    if row.try_get::<_, Option<Uuid>>(STATE)?.is_none() {
        return Ok(None);
    }
    let mut state = tokens::read_state(&mut Cells::behind(row, STATE))?;
    if let Some(user) = &mut state.user {
        user.groups = row.try_get(STANDING_COLUMNS)?;
        user.effective_admin |= row.try_get::<_, bool>(STANDING_COLUMNS + 1)?;
    }
    Ok(Some(state))
}
