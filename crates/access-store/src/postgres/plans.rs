//! Which way each list and each look-up goes through a PostgreSQL that holds something.

use super::connect::BY_KEY;
use super::inserts::{ASKERS, REPEATED, SUBJECTS};
use super::lookups::{BY_ID, BY_REFERENCE};
use super::session::numbered;
use super::tests::store;
use super::uses::RECORD;
use crate::conformance::fixture::NOW;
use crate::sql::db::{Dialect, FOLLOWING_ORDER, FOR_VALUES};
use crate::sql::list::whole;
use crate::sql::list_statement::{Bound, Scope, Shown, follows_index, statement};
use crate::sql::revocation::{PROJECT_FAMILIES, PROJECT_TOKENS, UNBOUND_FAMILIES, UNBOUND_TOKENS};
use access_core::store::{ListedState, TokenOrder, TokenPlace, TokenQuery};
use std::borrow::Borrow;
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
    INSERT INTO idempotency_keys SELECT sha256(n::text::bytea), sha256(''), sha256(''), lpad(to_hex(n), 32, '0')::uuid, 1
        FROM generate_series(1, 20000) n";

/// A database with the schema and all that.
async fn filled() -> Database {
    let database = uncounted().await;
    // It stands in no transaction, in which psql puts what it is given at once.
    database.execute("VACUUM ANALYZE");
    database
}

/// The same before PostgreSQL has counted anything in it.
async fn uncounted() -> Database {
    let database = Postgres::shared().database();
    drop(store(&database).await);
    database.execute(FILL);
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
fn plan_of<S: Borrow<str>>(database: &Database, setting: &str, sql: &str, values: &[S]) -> String {
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
const PLANS: [&str; 9] =
    ["Limit", "Nested Loop", "Merge", "Append", "Hash", "Sort", "Index", "Bitmap", "Update"];

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

const IDS: &str = "'{00000000-0000-0000-0000-000000000011,00000000-0000-0000-0000-000000000012}'";
const HASHES: &str = r"'{\\x0011223344556677,\\x8899aabbccddeeff}'";

/// Asserts that a plan goes by these indexes and reads no table as a whole.
fn assert_goes_by(indexes: &[&str], plan: &str, what: &str) {
    let missing = indexes.iter().find(|index| !plan.contains(**index));
    // There is one turn.
    let others = plan.replace("Seq Scan on write_turn", "");
    let whole = ["Seq Scan", "group_members_of"].iter().find(|step| others.contains(**step));
    assert_eq!((missing, whole), (None, None), "{what}:\n{plan}");
}

// A plan outlives what it was made for: a table that was empty then is read as a whole for each token that comes to it.
#[tokio::test]
async fn look_ups_go_by_index_also_where_there_was_nothing_yet() {
    let empty = Postgres::shared().database();
    drop(store(&empty).await);
    let belonging = ["subjects_pkey", "users_pkey", "refresh_families_pkey", "user_groups_pkey"];
    for (state, database) in [("empty", empty), ("filled", filled().await)] {
        for (sql, keys, index) in [(BY_ID, IDS, "tokens_pkey"), (BY_REFERENCE, HASHES, "tokens_by_reference")]
        {
            let plan = plan_of(&database, BY_KEY, sql, &[keys]);
            assert_goes_by(&[&belonging[..], &[index]].concat(), &plan, state);
            assert!(!plan.contains("Hash Join") && !plan.contains("Merge Join"), "{state}:\n{plan}");
        }
    }
}

#[tokio::test]
async fn what_is_written_is_found_by_index_before_and_after_rows_were_counted() {
    const SUBJECT: &str = "'{jfac@x/users/u1,jfac@x/users/u2}'";
    let database = uncounted().await;
    for state in ["uncounted", "counted"] {
        for (sql, values, index) in [
            (ASKERS, &[IDS][..], "tokens_pkey"),
            (SUBJECTS, &[SUBJECT], "subjects_subject_owner_key"),
            (REPEATED, &[HASHES], "idempotency_keys_pkey"),
            (RECORD, &[IDS, "'{1,2}'"], "tokens_pkey"),
        ] {
            for mode in ["auto", "force_generic_plan"] {
                let plan = plan_of(&database, &format!("SET plan_cache_mode = {mode}"), sql, values);
                assert_goes_by(&[index], &plan, &format!("{state} {mode}"));
            }
        }
        database.execute("VACUUM ANALYZE");
    }
}

// One user of a pipeline has most of the tokens, and one project.
#[tokio::test]
async fn the_few_that_end_with_a_user_or_a_project_are_not_looked_for_among_all() {
    const WITH_ALL: &str = "UPDATE tokens SET subject_no = 7, user_epoch = 1, project_key = 'p1'";
    let database = filled().await;
    database.execute(WITH_ALL);
    database.execute("VACUUM ANALYZE");
    let now = NOW.to_string();
    let nil = format!("'{}'", Uuid::nil());
    let last = format!("'{}'", Uuid::from_u128(500));
    let range = ["'p1'", &now, "0", &nil, "1699990500", &last];
    for (sql, values, index) in [
        (UNBOUND_FAMILIES, &["'u7'", &now][..], "tokens_unbound"),
        (UNBOUND_TOKENS, &["'u7'", &now, "'requested'"], "tokens_unbound"),
        (PROJECT_FAMILIES, &range, "tokens_live_by_project"),
        (PROJECT_TOKENS, &[&range[..], &["'requested'"]].concat(), "tokens_live_by_project"),
    ] {
        let plan = plan_of(&database, "SET plan_cache_mode = auto", sql, values);
        assert!(plan.contains(index) && !plan.contains("Seq Scan on tokens"), "{sql}:\n{plan}");
    }
}
