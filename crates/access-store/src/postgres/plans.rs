//! Which way each list and each look-up goes through a PostgreSQL that holds something.

use super::lookups::{BY_ID, BY_REFERENCE};
use super::session::numbered;
use super::tests::store;
use crate::conformance::fixture::NOW;
use crate::sql::db::{Dialect, FOLLOWING_ORDER, FOR_VALUES};
use crate::sql::list::whole;
use crate::sql::list_statement::{Bound, Scope, Shown, follows_index, statement};
use access_core::store::{ListedState, TokenOrder, TokenPlace, TokenQuery};
use std::fmt::Write as _;
use testkit::{Database, Postgres};
use uuid::Uuid;

const STATES: [ListedState; 4] =
    [ListedState::Live, ListedState::Expired, ListedState::Revoked, ListedState::All];
const SHAPES: [(bool, bool); 4] = [(false, false), (true, false), (false, true), (true, true)];

/// 20,000 tokens of 5,000 users, 2,000 of them revoked, a third refreshable, a fifth with a reference token.
const FILL: &str = "
    INSERT INTO users SELECT 'u' || n, 'e', 0, 1, 0, 0, 'enabled', 'internal', NULL, NULL, 1, 1, NULL, 0
        FROM generate_series(1, 5000) n;
    INSERT INTO user_groups SELECT 'g' || n, NULL, 0, 0, 'internal', NULL, NULL, 1 FROM generate_series(1, 50) n;
    INSERT INTO group_members SELECT 'u' || n, 'g' || (1 + n % 50) FROM generate_series(1, 5000) n;
    INSERT INTO subjects SELECT n, 'jfac@x/users/u' || n, 'u' || n FROM generate_series(1, 5000) n;
    INSERT INTO projects SELECT 'p' || n, 'p', '', 0, 0, 0, 0, 0, 0, -1, 0, 0, 1 FROM generate_series(1, 20) n;
    INSERT INTO project_users SELECT 'p' || n, 'u1', 'Project Admin' FROM generate_series(1, 3) n;
    INSERT INTO refresh_families SELECT md5('f' || n)::uuid, lpad(to_hex(n), 32, '0')::uuid, 0, sha256(n::text::bytea), NULL, 1, 0,
        0, NULL, NULL FROM generate_series(3, 20000, 3) n;
    INSERT INTO tokens (token_id, subject_no, user_epoch, scope, audience, description, project_key, issued_at,
        expires_at, family_id, reference_key, reference_check, revoked_at, revoked_for, revocation_due)
    SELECT lpad(to_hex(n), 32, '0')::uuid, 1 + n % 5000, CASE WHEN n % 2 = 0 THEN 1 END, 'applied-permissions/user', '*@*',
        CASE WHEN n % 7 = 0 THEN 'd' || n END, CASE WHEN n % 40 = 0 THEN 'p' || (1 + n % 20) END,
        1699990000 + n, 1699990000 + n * 7 % 40000 + 1, CASE WHEN n % 3 = 0 THEN md5('f' || n)::uuid END,
        CASE WHEN n % 5 = 0 THEN substr(sha256(n::text::bytea), 1, 16) END,
        CASE WHEN n % 5 = 0 THEN substr(sha256(n::text::bytea), 17, 16) END,
        CASE WHEN n % 10 = 0 THEN 1699990000 + n END, CASE WHEN n % 10 = 0 THEN 'requested' END,
        CASE WHEN n % 97 = 0 THEN 1700000000 + n END
    FROM generate_series(1, 20000) n;
    VACUUM ANALYZE";

/// A database with the schema and all that.
async fn filled() -> Database {
    let database = Postgres::shared().database();
    drop(store(&database).await);
    // VACUUM stands in no transaction, in which psql puts what it is given at once.
    for statement in FILL.split(';') {
        database.execute(statement);
    }
    database
}

fn literal(value: &Bound) -> String {
    match value {
        Bound::Integer(number) => number.to_string(),
        Bound::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Bound::Bytes(bytes) => {
            let digits = bytes.iter().fold(String::new(), |mut digits, byte| {
                write!(digits, "{byte:02x}").unwrap();
                digits
            });
            format!("'\\x{digits}'")
        }
        Bound::Id(id) => format!("'{id}'"),
    }
}

/// The plan of a statement with these values, when it has run often.
fn plan_of(database: &Database, setting: &str, sql: &str, values: &[String]) -> String {
    let places = if values.is_empty() { String::new() } else { format!("({})", values.join(", ")) };
    let runs = format!("EXECUTE p{places};").repeat(7);
    let sql = numbered(sql);
    let text = database
        .execute(&format!("{setting}; PREPARE p AS {sql}; {runs} EXPLAIN (COSTS OFF) EXECUTE p{places}"));
    // The rows of the runs stand before it.
    let lines = text.lines().skip_while(|line| !PLANS.iter().any(|start| line.starts_with(start)));
    lines.collect::<Vec<_>>().join("\n")
}

/// What a plan begins with.
const PLANS: [&str; 6] = ["Limit", "Nested Loop", "Merge", "Append", "Hash", "Sort"];

fn plan(database: &Database, query: &TokenQuery, scope: &Scope, shown: Shown) -> String {
    let (sql, values) = statement(Dialect::Postgres, query, std::slice::from_ref(scope), shown);
    let follows = shown == Shown::Tokens && follows_index(query, std::slice::from_ref(scope));
    // As Db::plan_for_values has it; outside of a transaction it would be forgotten at once.
    let settings = format!("BEGIN; {FOR_VALUES}; {}", if follows { FOLLOWING_ORDER } else { "" });
    plan_of(database, &settings, &sql, &values.iter().map(literal).collect::<Vec<_>>())
}

/// Whether everything that was found is sorted, instead of some that stand at one place of the order.
fn sorts_all(plan: &str) -> bool {
    plan.lines().any(|line| line.trim_start_matches([' ', '-', '>']) == "Sort")
}

/// A page, if `after` one in the middle.
fn query(order: TokenOrder, descending: bool, after: bool) -> TokenQuery {
    let after = after.then(|| TokenPlace {
        issued_at: 1_699_995_000,
        expires_at: Some(NOW + 10_000),
        username: Some("u250".to_owned()),
        subject: "jfac@x/users/u250".to_owned(),
        token_id: Uuid::from_u128(10_000),
    });
    TokenQuery { now: NOW, order, descending, after, limit: 100, ..TokenQuery::default() }
}

#[tokio::test]
async fn every_page_of_all_follows_an_index() {
    let database = filled().await;
    for (order, indexes) in [
        (TokenOrder::TokenId, &["tokens_pkey"][..]),
        (TokenOrder::Created, &["tokens_by_creation", "tokens_revoked_by_creation"]),
        (TokenOrder::Expiry, &["tokens_by_expiry", "tokens_revoked_by_expiry"]),
        (TokenOrder::Owner, &["subjects_by_owner"]),
        (TokenOrder::Subject, &["subjects_subject_owner_key"]),
    ] {
        for (state, (descending, after)) in
            STATES.into_iter().flat_map(|state| SHAPES.map(|shape| (state, shape)))
        {
            let query = TokenQuery { state, ..query(order, descending, after) };
            let plan = plan(&database, &query, &Scope::All, Shown::Tokens);
            let what = format!("{order:?} {state:?} {descending} {after}:\n{plan}");
            assert!(indexes.iter().any(|index| plan.contains(index)), "{what}");
            // Those that are past their moment are few, and have no order of their own.
            let few = state == ListedState::Revoked;
            assert!(
                !few || order != TokenOrder::Created || plan.contains("tokens_by_revocation_due"),
                "{what}"
            );
            assert!(few || !sorts_all(&plan), "{what}");
            for table in ["tokens", "users"] {
                assert!(!plan.contains(&format!("Seq Scan on {table}")), "{what}");
            }
        }
    }
}

#[tokio::test]
async fn the_tokens_of_one_user_or_of_projects_are_found_by_index() {
    let database = filled().await;
    for (state, (descending, after)) in
        STATES.into_iter().flat_map(|state| SHAPES.map(|shape| (state, shape)))
    {
        for order in [TokenOrder::Created, TokenOrder::Expiry, TokenOrder::TokenId] {
            let query = TokenQuery { state, ..query(order, descending, after) };
            let plan = plan(&database, &query, &Scope::Subject(7), Shown::Tokens);
            assert!(plan.contains("tokens_by_subject"), "{order:?} {state:?}:\n{plan}");
        }
    }
    let administrator = || Some("u1".to_owned());
    let scope = Scope::Projects { administrator: "u1".to_owned(), owner: None };
    let query = TokenQuery { administered_by: administrator(), ..query(TokenOrder::Created, false, false) };
    for (query, shown) in [(whole(&query), Shown::Ids), (query, Shown::Tokens)] {
        let plan = plan(&database, &query, &scope, shown);
        assert!(!plan.contains("Seq Scan on tokens"), "{plan}");
    }
}

#[tokio::test]
async fn look_ups_of_many_go_by_index() {
    let database = filled().await;
    let ids = "(SELECT ARRAY(SELECT lpad(to_hex(n * 300), 32, '0')::uuid FROM generate_series(1, 64) n))";
    let references =
        "(SELECT ARRAY(SELECT substr(sha256((n * 300)::text::bytea), 1, 16) FROM generate_series(1, 64) n))";
    for (sql, keys, index) in [(BY_ID, ids, "tokens_pkey"), (BY_REFERENCE, references, "tokens_by_reference")]
    {
        let keys = database.execute(&format!("SELECT quote_literal({keys}::text)"));
        let plan = plan_of(&database, "SET plan_cache_mode = auto", sql, &[keys]);
        for index in [index, "subjects_pkey", "users_pkey", "refresh_families_pkey"] {
            assert!(plan.contains(index), "{index}:\n{plan}");
        }
        for table in ["tokens", "subjects", "users", "refresh_families"] {
            assert!(!plan.contains(&format!("Seq Scan on {table}")), "{table}:\n{plan}");
        }
    }
}
