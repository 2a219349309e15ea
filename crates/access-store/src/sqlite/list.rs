//! A page of live tokens. The statement is put together from fixed pieces; every value is bound.
//!
//! Each order is served by an index, from the place where the page before ended. What an index must not
//! be chosen for is written with a unary plus, which changes nothing but the plan.

use super::columns::{expiry, limit, seconds};
use super::tokens::{read, token_columns};
use access_core::model::TokenRecord;
use access_core::store::{TextMatch, TokenOrder, TokenQuery};
use rusqlite::types::Value;
use rusqlite::{Connection, Result, params_from_iter};

const LIVE_USER: &str = " AND (t.user_epoch IS NULL OR EXISTS (SELECT 1 FROM users u WHERE u.username = s.owner \
     AND u.token_epoch = t.user_epoch AND u.status IN ('enabled', 'locked')))";

/// Whose tokens to look at, once the name is looked up.
enum Scope {
    All,
    /// Those of one subject: what a user name comes to.
    Subject(i64),
    /// Those of several subjects with one user name, which the service does not make but may be asked for.
    Owner(String),
}

/// A page of live tokens.
pub(super) fn page(connection: &Connection, query: &TokenQuery) -> Result<Vec<TokenRecord>> {
    let Some(scope) = scope(connection, query)? else {
        return Ok(Vec::new());
    };
    let (sql, values) = statement(query, &scope);
    connection.prepare_cached(&sql)?.query_map(params_from_iter(values), read)?.collect()
}

/// `None` if there can be no such token.
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

fn statement(query: &TokenQuery, scope: &Scope) -> (String, Vec<Value>) {
    let mut sql = String::with_capacity(900);
    let mut values = Vec::with_capacity(12);
    sql.push_str(concat!("SELECT ", token_columns!()));
    // The first table named leads, so that its order can be followed.
    let by_subject = matches!(query.order, TokenOrder::Owner | TokenOrder::Subject);
    sql.push_str(if by_subject && !matches!(scope, Scope::Subject(_)) {
        " FROM subjects s CROSS JOIN tokens t WHERE t.subject_no = s.subject_no"
    } else {
        " FROM tokens t CROSS JOIN subjects s WHERE s.subject_no = t.subject_no"
    });
    sql.push_str(if query.order == TokenOrder::Expiry && matches!(scope, Scope::All) {
        " AND t.revoked_at IS NULL AND t.expires_at > ?"
    } else {
        " AND t.revoked_at IS NULL AND +t.expires_at > ?"
    });
    values.push(seconds(query.now).into());
    sql.push_str(LIVE_USER);
    match scope {
        Scope::All => {}
        Scope::Subject(number) => add(&mut sql, &mut values, " AND t.subject_no = ?", *number),
        Scope::Owner(owner) => add(&mut sql, &mut values, " AND s.owner = ?", owner.clone()),
    }
    match &query.description {
        None => {}
        Some(TextMatch::Exact(text)) => add(&mut sql, &mut values, " AND t.description = ?", text.clone()),
        Some(TextMatch::Prefix(text)) if text.is_empty() => sql.push_str(" AND t.description IS NOT NULL"),
        Some(TextMatch::Prefix(text)) => {
            // By bytes: LIKE and GLOB give characters a meaning, and length() ends at a NUL.
            let length = i64::try_from(text.len()).unwrap_or(i64::MAX);
            add(&mut sql, &mut values, " AND substr(CAST(t.description AS BLOB), 1, ?)", length);
            add(&mut sql, &mut values, " = ?", text.clone().into_bytes());
        }
    }
    match query.refreshable {
        None => {}
        Some(true) => sql.push_str(" AND +t.family_id IS NOT NULL"),
        Some(false) => sql.push_str(" AND +t.family_id IS NULL"),
    }
    if let Some(id) = query.token_id {
        add(&mut sql, &mut values, " AND t.token_id = ?", id.as_bytes().to_vec());
    }
    if let Some(after) = &query.after {
        add_start(&mut sql, &mut values, query, after);
    }
    sql.push_str(order_by(query.order, query.descending));
    add(&mut sql, &mut values, " LIMIT ?", limit(query.limit));
    (sql, values)
}

fn add(sql: &mut String, values: &mut Vec<Value>, condition: &'static str, value: impl Into<Value>) {
    sql.push_str(condition);
    values.push(value.into());
}

/// Where the page begins: behind `after` in the order.
fn add_start(sql: &mut String, values: &mut Vec<Value>, query: &TokenQuery, after: &TokenRecord) {
    let id = after.token_id.as_bytes().to_vec();
    let key: Option<Value> = match query.order {
        TokenOrder::TokenId => None,
        TokenOrder::Created => Some(seconds(after.issued_at).into()),
        TokenOrder::Expiry => Some(expiry(after.expires_at).into()),
        TokenOrder::Owner => Some(after.username.clone().unwrap_or_default().into()),
        TokenOrder::Subject => Some(after.subject.clone().into()),
    };
    // An index over two tables there is not, so their order is begun by the first condition and cut by
    // the second.
    let condition = match (query.order, query.descending) {
        (TokenOrder::TokenId, false) => " AND t.token_id > ?",
        (TokenOrder::TokenId, true) => " AND t.token_id < ?",
        (TokenOrder::Created, false) => " AND (t.issued_at, t.token_id) > (?, ?)",
        (TokenOrder::Created, true) => " AND (t.issued_at, t.token_id) < (?, ?)",
        (TokenOrder::Expiry, false) => " AND (t.expires_at, t.token_id) > (?, ?)",
        (TokenOrder::Expiry, true) => " AND (t.expires_at, t.token_id) < (?, ?)",
        (TokenOrder::Owner, false) => " AND s.owner >= ? AND (s.owner > ? OR t.token_id > ?)",
        (TokenOrder::Owner, true) => " AND s.owner <= ? AND (s.owner < ? OR t.token_id < ?)",
        (TokenOrder::Subject, false) => " AND s.subject >= ? AND (s.subject > ? OR t.token_id > ?)",
        (TokenOrder::Subject, true) => " AND s.subject <= ? AND (s.subject < ? OR t.token_id < ?)",
    };
    sql.push_str(condition);
    if let Some(key) = key {
        if matches!(query.order, TokenOrder::Owner | TokenOrder::Subject) {
            values.push(key.clone());
        }
        values.push(key);
    }
    values.push(id.into());
}

fn order_by(order: TokenOrder, descending: bool) -> &'static str {
    match (order, descending) {
        (TokenOrder::TokenId, false) => " ORDER BY t.token_id",
        (TokenOrder::TokenId, true) => " ORDER BY t.token_id DESC",
        (TokenOrder::Created, false) => " ORDER BY t.issued_at, t.token_id",
        (TokenOrder::Created, true) => " ORDER BY t.issued_at DESC, t.token_id DESC",
        (TokenOrder::Expiry, false) => " ORDER BY t.expires_at, t.token_id",
        (TokenOrder::Expiry, true) => " ORDER BY t.expires_at DESC, t.token_id DESC",
        (TokenOrder::Owner, false) => " ORDER BY s.owner, t.token_id",
        (TokenOrder::Owner, true) => " ORDER BY s.owner DESC, t.token_id DESC",
        (TokenOrder::Subject, false) => " ORDER BY s.subject, t.token_id",
        (TokenOrder::Subject, true) => " ORDER BY s.subject DESC, t.token_id DESC",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::fixture::{NOW, token};
    use crate::migrations;
    use crate::sqlite::open::keep_statements;

    fn empty() -> Connection {
        let mut connection = Connection::open_in_memory().unwrap();
        keep_statements(&connection).unwrap();
        migrations::run(&mut connection, migrations::SQLITE).unwrap();
        connection
    }

    fn plan(connection: &Connection, query: &TokenQuery, scope: &Scope) -> String {
        let (sql, values) = statement(query, scope);
        let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
        let lines =
            statement.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
        lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
    }

    fn query(order: TokenOrder, descending: bool, after: bool) -> TokenQuery {
        let after = after.then(|| token("alice"));
        TokenQuery { now: NOW, order, descending, after, limit: 100, ..TokenQuery::default() }
    }

    #[test]
    fn every_order_follows_an_index() {
        let connection = empty();
        for (order, expected) in [
            (TokenOrder::Created, "t USING INDEX tokens_by_creation"),
            (TokenOrder::Expiry, "t USING INDEX tokens_by_expiry"),
            (TokenOrder::Owner, "s USING INDEX subjects_by_owner"),
            (TokenOrder::Subject, "s USING COVERING INDEX sqlite_autoindex_subjects_1"),
        ] {
            for (descending, after) in [(false, false), (true, false), (false, true), (true, true)] {
                let plan = plan(&connection, &query(order, descending, after), &Scope::All);
                assert!(plan.contains(expected), "{order:?} {descending} {after}:\n{plan}");
                let sorts_all = plan.contains("USE TEMP B-TREE FOR ORDER BY");
                assert!(!sorts_all, "{order:?} {descending} {after}:\n{plan}");
                if after && order != TokenOrder::Created {
                    assert!(plan.contains("SEARCH"), "{order:?} {descending}:\n{plan}");
                }
            }
        }
    }

    #[test]
    fn the_tokens_of_one_user_are_found_by_index_in_the_order_of_creation() {
        let connection = empty();
        for (descending, after) in [(false, false), (true, false), (false, true), (true, true)] {
            let plan = plan(&connection, &query(TokenOrder::Created, descending, after), &Scope::Subject(1));
            assert!(plan.contains("SEARCH t USING INDEX tokens_by_subject (subject_no=?"), "{plan}");
            assert!(!plan.contains("TEMP B-TREE"), "{plan}");
            assert!(!after || plan.contains("(issued_at,token_id)"), "{plan}");
        }
    }

    #[test]
    fn one_token_is_looked_up_by_its_id() {
        let connection = empty();
        let one =
            TokenQuery { token_id: Some(token("a").token_id), ..query(TokenOrder::Created, false, false) };
        let plan = plan(&connection, &one, &Scope::All);
        assert!(plan.contains("SEARCH t USING PRIMARY KEY (token_id=?)"), "{plan}");
    }
}
