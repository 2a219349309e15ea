//! Which way each list goes through the database.

use super::*;
use crate::conformance::fixture::{NOW, token};
use crate::migrations;
use crate::sql::list::whole;
use crate::sqlite::open::keep_statements;
use rusqlite::{Connection, params_from_iter};

const STATES: [ListedState; 4] =
    [ListedState::Live, ListedState::Expired, ListedState::Revoked, ListedState::All];
const SHAPES: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

fn empty() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    keep_statements(&connection).unwrap();
    migrations::run(&mut connection, migrations::SQLITE).unwrap();
    connection
}

fn plan(connection: &Connection, query: &TokenQuery, scope: &Scope) -> String {
    plan_of(connection, query, scope, Shown::Tokens)
}

fn plan_of(connection: &Connection, query: &TokenQuery, scope: &Scope, shown: Shown) -> String {
    let (sql, values) = statement(Dialect::Sqlite, query, std::slice::from_ref(scope), shown);
    let mut statement = connection.prepare(&format!("EXPLAIN QUERY PLAN {sql}")).unwrap();
    let values = values.iter().map(Bind::value);
    let lines = statement.query_map(params_from_iter(values), |row| row.get::<_, String>("detail")).unwrap();
    lines.map(Result::unwrap).collect::<Vec<_>>().join("\n")
}

fn query(order: TokenOrder, descending: bool, after: bool) -> TokenQuery {
    let after = after.then(|| TokenPlace::from(&token("alice")));
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
        for (state, (descending, after)) in
            [ListedState::Live, ListedState::Expired].into_iter().flat_map(|s| SHAPES.map(|f| (s, f)))
        {
            let query = TokenQuery { state, ..query(order, descending, after) };
            let plan = plan(&connection, &query, &Scope::All);
            assert!(plan.contains(expected), "{order:?} {state:?} {descending} {after}:\n{plan}");
            let sorts_all = plan.contains("USE TEMP B-TREE FOR ORDER BY");
            assert!(!sorts_all, "{order:?} {state:?} {descending} {after}:\n{plan}");
            if after && order != TokenOrder::Created {
                assert!(plan.contains("SEARCH"), "{order:?} {descending}:\n{plan}");
            }
        }
    }
}

// A page behind a cursor must not walk what stands before it, of what was revoked neither.
#[test]
fn what_was_revoked_is_merged_from_the_place_where_the_page_begins() {
    let connection = empty();
    for (order, column, index) in
        [(TokenOrder::Created, "issued_at", "creation"), (TokenOrder::Expiry, "expires_at", "expiry")]
    {
        for (descending, after) in SHAPES {
            let of = |state| {
                let query = TokenQuery { state, ..query(order, descending, after) };
                plan(&connection, &query, &Scope::All)
            };
            let place = if after { format!(" (({column},token_id)") } else { String::new() };
            let all = of(ListedState::All);
            for half in ["tokens_revoked_by_", "tokens_by_"] {
                assert!(all.contains(&format!("{half}{index}{place}")), "{all}");
            }
            assert!(all.contains("MERGE (UNION ALL)") && !all.contains("TEMP B-TREE"), "{all}");
            let revoked = of(ListedState::Revoked);
            assert!(revoked.contains(&format!("tokens_revoked_by_{index}{place}")), "{revoked}");
            assert!(revoked.contains("tokens_by_revocation_due (revocation_due<?)"), "{revoked}");
        }
    }
}

#[test]
fn a_list_by_expiry_begins_and_ends_where_the_filters_say() {
    let connection = empty();
    for (state, expires_by, range) in [
        (ListedState::Expired, None, "(expires_at<?)"),
        (ListedState::Live, None, "(expires_at>?)"),
        (ListedState::Live, Some(NOW + 60), "(expires_at>? AND expires_at<?)"),
    ] {
        let query = TokenQuery { state, expires_by, ..query(TokenOrder::Expiry, false, false) };
        let plan = plan(&connection, &query, &Scope::All);
        assert!(plan.contains(&format!("SEARCH t USING INDEX tokens_by_expiry {range}")), "{plan}");
    }
}

// Ten thousand pages of a million tokens would otherwise walk five thousand million rows.
#[test]
fn a_page_by_expiry_begins_where_the_page_before_ended_and_not_where_the_filters_do() {
    let connection = empty();
    let by = Some(NOW + 60);
    for (state, expires_by, descending, range) in [
        (ListedState::Live, None, false, "((expires_at,token_id)>(?,?))"),
        (ListedState::Live, by, false, "((expires_at,token_id)>(?,?) AND expires_at<?)"),
        (ListedState::Live, None, true, "(expires_at>? AND (expires_at,token_id)<(?,?))"),
        (ListedState::Live, by, true, "(expires_at>? AND (expires_at,token_id)<(?,?))"),
        (ListedState::Expired, None, false, "((expires_at,token_id)>(?,?) AND expires_at<?)"),
        (ListedState::Expired, None, true, "((expires_at,token_id)<(?,?))"),
    ] {
        let query = TokenQuery { state, expires_by, ..query(TokenOrder::Expiry, descending, true) };
        let plan = plan(&connection, &query, &Scope::All);
        let expected = format!("SEARCH t USING INDEX tokens_by_expiry {range}");
        assert!(plan.contains(&expected), "{state:?} {expires_by:?} {descending}:\n{plan}");
    }
}

#[test]
fn the_tokens_of_one_user_are_found_by_index_in_the_order_of_creation() {
    let connection = empty();
    for (state, (descending, after)) in STATES.into_iter().flat_map(|s| SHAPES.map(|f| (s, f))) {
        let query = TokenQuery { state, ..query(TokenOrder::Created, descending, after) };
        let plan = plan(&connection, &query, &Scope::Subject(1));
        assert!(plan.contains("SEARCH t USING INDEX tokens_by_subject (subject_no=?"), "{plan}");
        assert!(!plan.contains("TEMP B-TREE"), "{plan}");
        assert!(!after || plan.contains("(issued_at,token_id)"), "{plan}");
    }
}

// docs/api.md says so: these pages read all that they choose from.
#[test]
fn the_tokens_of_one_user_are_sorted_in_every_other_order_and_those_of_an_owner_by_id() {
    let connection = empty();
    for (order, scope) in [
        (TokenOrder::Expiry, Scope::Subject(1)),
        (TokenOrder::TokenId, Scope::Subject(1)),
        (TokenOrder::Owner, Scope::All),
        (TokenOrder::Subject, Scope::All),
    ] {
        for state in STATES {
            let query = TokenQuery { state, ..query(order, false, true) };
            let plan = plan(&connection, &query, &scope);
            assert!(plan.contains("tokens_by_subject (subject_no=?)"), "{order:?} {state:?}:\n{plan}");
            assert!(plan.contains("TEMP B-TREE"), "{order:?} {state:?}:\n{plan}");
        }
    }
}

#[test]
fn all_that_match_are_found_with_the_least_walking() {
    let connection = empty();
    let expires_by = Some(NOW + 60);
    let username = Some("alice".to_owned());
    let token_id = Some(token("a").token_id);
    for (query, scope, expected) in [
        (TokenQuery::default(), Scope::All, "SCAN t"),
        (
            TokenQuery { expires_by, ..TokenQuery::default() },
            Scope::All,
            "SEARCH t USING INDEX tokens_by_expiry (expires_at>? AND expires_at<?)",
        ),
        (
            TokenQuery { expires_by, username, ..TokenQuery::default() },
            Scope::Subject(1),
            "SEARCH t USING INDEX tokens_by_subject (subject_no=?)",
        ),
        (
            TokenQuery { expires_by, token_id, ..TokenQuery::default() },
            Scope::All,
            "SEARCH t USING PRIMARY KEY (token_id=?)",
        ),
    ] {
        let query = TokenQuery { now: NOW, ..query };
        let plan = plan_of(&connection, &whole(&query), &scope, Shown::Ids);
        assert!(plan.contains(expected), "{query:?}:\n{plan}");
        let sorts = matches!(scope, Scope::Subject(_));
        assert_eq!(plan.contains("FOR ORDER BY"), sorts, "{query:?}:\n{plan}");
    }
}

// PostgreSQL sends all rows that a statement has, whoever has enough of them.
#[test]
fn a_page_is_never_looked_for_without_a_limit() {
    let filtered = TokenQuery {
        scope: Some(TextMatch::Exact("system:info:r".to_owned())),
        ..query(TokenOrder::Created, false, true)
    };
    for (dialect, state) in
        [Dialect::Sqlite, Dialect::Postgres].into_iter().flat_map(|d| STATES.map(|s| (d, s)))
    {
        let query = TokenQuery { state, ..filtered.clone() };
        let (sql, values) = statement(dialect, &query, &[Scope::All], Shown::Tokens);
        assert!(sql.ends_with(" LIMIT ?"), "{dialect:?}: {sql}");
        assert!(matches!(values.last(), Some(Bound::Integer(100))), "{values:?}");
    }
}

#[test]
fn one_token_is_looked_up_by_its_id() {
    let connection = empty();
    for state in STATES {
        let token_id = Some(token("a").token_id);
        let one = TokenQuery { token_id, state, ..query(TokenOrder::Created, false, false) };
        let plan = plan(&connection, &one, &Scope::All);
        assert!(plan.contains("SEARCH t USING PRIMARY KEY (token_id=?)"), "{plan}");
    }
}

#[test]
fn the_tokens_of_projects_are_found_by_their_project() {
    let connection = empty();
    let scope = Scope::Projects { administrator: "frog".to_owned(), owner: None };
    let own = |query| TokenQuery { administered_by: Some("frog".to_owned()), ..query };
    let orders = [
        TokenOrder::Created,
        TokenOrder::TokenId,
        TokenOrder::Expiry,
        TokenOrder::Owner,
        TokenOrder::Subject,
    ];
    for (order, state) in orders.into_iter().flat_map(|order| STATES.map(|state| (order, state))) {
        for (descending, after) in SHAPES {
            let query = own(TokenQuery { state, ..query(order, descending, after) });
            for (query, shown) in [(whole(&query), Shown::Ids), (query, Shown::Tokens)] {
                let plan = plan_of(&connection, &query, &scope, shown);
                let index = match state {
                    ListedState::Live | ListedState::Expired => "tokens_live_by_project",
                    ListedState::Revoked | ListedState::All => "tokens_by_project",
                };
                let found = plan.contains(&format!("SEARCH t USING INDEX {index} (project_key=?"));
                assert!(found, "{order:?} {state:?} {descending} {after}:\n{plan}");
            }
        }
    }
}
