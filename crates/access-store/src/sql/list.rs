//! A page of tokens: whose, then the statement, then its rows.

use super::cells::{Cells, only};
use super::db::{Bind, Db, Value, values};
use super::error::Result;
use super::list_statement::{Scope, Shown, follows_index, statement};
use super::projects::administers_any;
use super::tokens::read_cells;
use access_core::store::{ListedToken, TextMatch, TokenOrder, TokenPlace, TokenQuery};
use access_types::quoting::split_outside_quotes;
use std::ops::ControlFlow;
use uuid::Uuid;

/// Most rows that are asked for at once beyond a page, where the next ones cost no more than they are.
const MOST_ROWS: usize = 2000;

/// A page of tokens.
pub(crate) fn page(db: &Db<'_>, query: &TokenQuery) -> Result<Vec<ListedToken>> {
    let (query, scopes) = &scopes(db, query)?;
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    db.plan_for_values(follows_index(query, scopes));
    let mut page = Vec::new();
    let mut rows_wanted = query.clone();
    while !look_through(db, query, &mut rows_wanted, scopes, &mut page)? {}
    Ok(page)
}

/// Puts what matches of the next rows on the page; whether that was all of it, or there are no more.
///
/// The statement looks for the text of a part anywhere in the scope, which may be too much: the rest is done here. What
/// is missing then is looked for behind the last row, in pieces that grow; where no index has the order, without end, for
/// each of them sorts everything.
fn look_through(
    db: &Db<'_>,
    query: &TokenQuery,
    rows_wanted: &mut TokenQuery,
    scopes: &[Scope],
    page: &mut Vec<ListedToken>,
) -> Result<bool> {
    let (sql, values) = statement(db.dialect(), rows_wanted, scopes, Shown::Tokens);
    let values: Vec<Value<'_>> = values.iter().map(Bind::value).collect();
    // The last row, if it is not on the page.
    let (mut rows, mut last) = (0, None);
    db.walk(&sql, &values, |cells| {
        let listed = read(cells)?;
        rows += 1;
        if matches_scope(query, &listed.token.scope) {
            page.push(listed);
            last = None;
        } else {
            last = Some(listed);
        }
        Ok(if page.len() < query.limit { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    let is_done = rows < rows_wanted.limit || page.len() >= query.limit;
    rows_wanted.after = last.as_ref().or(page.last()).map(|listed| TokenPlace::from(&listed.token));
    let most = if follows_index(query, scopes) { MOST_ROWS.max(query.limit) } else { usize::MAX };
    rows_wanted.limit = rows_wanted.limit.saturating_mul(4).min(most);
    Ok(is_done)
}

/// The ids of all tokens that match.
pub(crate) fn ids(db: &Db<'_>, query: &TokenQuery) -> Result<Vec<Uuid>> {
    let query = whole(query);
    let (query, scopes) = &scopes(db, &query)?;
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    db.plan_for_values(false);
    let (sql, values) = statement(db.dialect(), query, scopes, Shown::Ids);
    let values: Vec<Value<'_>> = values.iter().map(Bind::value).collect();
    let mut ids = Vec::new();
    db.walk(&sql, &values, |cells| {
        let id = cells.take()?;
        if query.scope.is_none() || cells.word(|text| Some(matches_scope(query, text)))? {
            ids.push(id);
        }
        Ok(ControlFlow::Continue(()))
    })?;
    Ok(ids)
}

/// The same without pages, in the order that is found with the least walking.
pub(crate) fn whole(query: &TokenQuery) -> TokenQuery {
    let of_all = query.username.is_none() && query.visible_to.is_none() && query.token_id.is_none();
    let order = match query.expires_by {
        Some(_) if of_all => TokenOrder::Expiry,
        // That of the table itself, which all states have.
        _ => TokenOrder::TokenId,
    };
    TokenQuery { after: None, limit: usize::MAX, order, descending: false, ..query.clone() }
}

fn read(cells: &mut Cells<'_>) -> Result<ListedToken> {
    Ok(ListedToken { token: read_cells(cells)?, user_available: cells.take()? })
}

fn matches_scope(query: &TokenQuery, scope: &str) -> bool {
    query.scope.as_ref().is_none_or(|part| has_part(scope, part))
}

/// Whether one of the scope's parts is a match.
fn has_part(scope: &str, part: &TextMatch) -> bool {
    split_outside_quotes(scope, ' ').is_some_and(|parts| parts.iter().any(|text| part.matches(text)))
}

/// Whose tokens to look at; none if there can be no such token. Who administers no project asks for the own ones alone.
fn scopes(db: &Db<'_>, query: &TokenQuery) -> Result<(TokenQuery, Vec<Scope>)> {
    let mut query = query.clone();
    if let Some(administrator) = query.administered_by.take()
        && query.visible_to.is_some()
        && administers_any(db, &administrator)?
    {
        query.administered_by = Some(administrator);
    }
    let mut scopes: Vec<Scope> = scope(db, &query)?.into_iter().collect();
    if let Some(administrator) = query.administered_by.clone() {
        scopes.push(Scope::Projects { administrator, owner: query.username.clone() });
    }
    Ok((query, scopes))
}

/// Whose tokens to look at, but for those of projects; `None` if there can be no such token.
fn scope(db: &Db<'_>, query: &TokenQuery) -> Result<Option<Scope>> {
    let owner = match (&query.username, &query.visible_to) {
        (None, None) => return Ok(Some(Scope::All)),
        (Some(name), Some(visible)) if name != visible => return Ok(None),
        (Some(name), _) | (None, Some(name)) => name,
    };
    if owner.is_empty() {
        return Ok(None);
    }
    let numbers: Vec<i64> =
        db.all("SELECT subject_no FROM subjects WHERE owner = ?1 LIMIT 2", &values![owner], only)?;
    Ok(match numbers[..] {
        [] => None,
        [number] => Some(Scope::Subject(number)),
        _ => Some(Scope::Owner(owner.clone())),
    })
}
