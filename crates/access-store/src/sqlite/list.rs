//! A page of tokens: whose, then the statement, then its rows.

use super::columns::Cells;
use super::list_statement::{Scope, Shown, statement};
use super::projects::administers_any;
use super::tokens::read_cells;
use access_core::store::{ListedToken, TextMatch, TokenOrder, TokenQuery};
use access_types::quoting::split_outside_quotes;
use rusqlite::{Connection, Result, Row, params_from_iter};
use uuid::Uuid;

/// A page of tokens.
pub(super) fn page(connection: &Connection, query: &TokenQuery) -> Result<Vec<ListedToken>> {
    let (query, scopes) = &scopes(connection, query)?;
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, values) = statement(query, scopes, Shown::Tokens);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), read)?;
    // The statement looks for the text of a part anywhere in the scope, which may be too much: the rest is
    // done here, and the rows are read only as far as they are wanted.
    let wanted = |row: &Result<ListedToken>| match (&query.scope, row) {
        (Some(part), Ok(listed)) => has_part(&listed.token.scope, part),
        _ => true,
    };
    rows.filter(wanted).take(query.limit).collect()
}

/// The ids of all tokens that match.
pub(super) fn ids(connection: &Connection, query: &TokenQuery) -> Result<Vec<Uuid>> {
    let query = whole(query);
    let (query, scopes) = &scopes(connection, &query)?;
    if scopes.is_empty() {
        return Ok(Vec::new());
    }
    let (sql, values) = statement(query, scopes, Shown::Ids);
    let mut statement = connection.prepare_cached(&sql)?;
    let rows = statement.query_map(params_from_iter(values), |row| {
        let text = row.get_ref(1)?.as_str()?;
        let matches = query.scope.as_ref().is_none_or(|part| has_part(text, part));
        Ok(matches.then_some(Uuid::from_bytes(row.get(0)?)))
    })?;
    rows.filter_map(Result::transpose).collect()
}

/// The same without pages, in the order that is found with the least walking.
pub(super) fn whole(query: &TokenQuery) -> TokenQuery {
    let of_all = query.username.is_none() && query.visible_to.is_none() && query.token_id.is_none();
    let order = match query.expires_by {
        Some(_) if of_all => TokenOrder::Expiry,
        // That of the table itself, which all states have.
        _ => TokenOrder::TokenId,
    };
    TokenQuery { after: None, limit: usize::MAX, order, descending: false, ..query.clone() }
}

fn read(row: &Row<'_>) -> Result<ListedToken> {
    let mut cells = Cells::of(row);
    Ok(ListedToken { token: read_cells(&mut cells)?, user_available: cells.take()? })
}

/// Whether one of the scope's parts is a match.
fn has_part(scope: &str, part: &TextMatch) -> bool {
    split_outside_quotes(scope, ' ').is_some_and(|parts| parts.iter().any(|text| part.matches(text)))
}

/// Whose tokens to look at; none if there can be no such token. Who administers no project asks for the own ones alone.
fn scopes(connection: &Connection, query: &TokenQuery) -> Result<(TokenQuery, Vec<Scope>)> {
    let mut query = query.clone();
    if let Some(administrator) = query.administered_by.take()
        && query.visible_to.is_some()
        && administers_any(connection, &administrator)?
    {
        query.administered_by = Some(administrator);
    }
    let mut scopes: Vec<Scope> = scope(connection, &query)?.into_iter().collect();
    if let Some(administrator) = query.administered_by.clone() {
        scopes.push(Scope::Projects { administrator, owner: query.username.clone() });
    }
    Ok((query, scopes))
}

/// Whose tokens to look at, but for those of projects; `None` if there can be no such token.
fn scope(connection: &Connection, query: &TokenQuery) -> Result<Option<Scope>> {
    let owner = match (&query.username, &query.visible_to) {
        (None, None) => return Ok(Some(Scope::All)),
        (Some(name), Some(visible)) if name != visible => return Ok(None),
        (Some(name), _) | (None, Some(name)) => name,
    };
    if owner.is_empty() {
        return Ok(None);
    }
    let numbers: Vec<i64> = connection
        .prepare_cached("SELECT subject_no FROM subjects WHERE owner = ?1 LIMIT 2")?
        .query_map([owner], |row| row.get(0))?
        .collect::<Result<_>>()?;
    Ok(match numbers[..] {
        [] => None,
        [number] => Some(Scope::Subject(number)),
        _ => Some(Scope::Owner(owner.clone())),
    })
}
