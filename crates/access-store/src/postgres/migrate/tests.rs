//! Migrations on a real PostgreSQL, with replicas of one release and of two.

use super::super::connect::SessionLimits;
use super::super::tests::{settings, somebody_waits, store};
use super::*;
use crate::conformance::fixture::{NOW, audit, new_token, token};
use crate::migrations::POSTGRES;
use access_core::store::{InsertOutcome, Store};
use std::time::Duration;
use testkit::{Database, Postgres};
use tokio::task::JoinSet;
use tokio_postgres::NoTls;

const ONE: Migration =
    Migration { version: 1, name: "0001_a.sql", sql: "CREATE TABLE a (x BIGINT)", runs_with: 1 };
const TWO: Migration =
    Migration { version: 2, name: "0002_b.sql", sql: "CREATE TABLE b (x BIGINT)", runs_with: 2 };

async fn migrate(database: &Database, migrations: &[Migration]) -> Result<(), OpenError> {
    let none = Duration::ZERO;
    let limits = SessionLimits { statement: none, lock: none, idle_in_transaction: none };
    run(&Connector::new(settings(database), limits)?, migrations).await.map(drop)
}

/// All there is: tables with their columns, indexes, and which migrations ran.
fn schema(database: &Database) -> String {
    let columns = "SELECT table_name, column_name, data_type FROM information_schema.columns
         WHERE table_schema = 'public' ORDER BY 1, 2";
    let indexes = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY 1";
    let ledger = "SELECT to_regclass('schema_migrations')";
    let mut all = [columns, indexes, ledger].map(|sql| database.execute(sql)).join("\n");
    if all.ends_with("schema_migrations") {
        all += &database.execute("SELECT * FROM schema_migrations ORDER BY version");
    }
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_that_start_at_the_same_time_make_one_schema() {
    let (database, alone) = (Postgres::shared().database(), Postgres::shared().database());
    store(&alone).await;
    let mut opening = JoinSet::new();
    for _ in 0..8 {
        let settings = settings(&database);
        opening.spawn(async move { super::super::PostgresStore::open(settings).await });
    }
    let mut stores = Vec::new();
    while let Some(opened) = opening.join_next().await {
        stores.push(opened.unwrap().unwrap());
    }
    assert_eq!(stores.len(), 8);
    for store in &stores {
        store.ping().await.unwrap();
    }
    assert_eq!(schema(&database), schema(&alone));
    assert_eq!(database.execute("SELECT beats FROM heartbeat"), "8");
}

#[tokio::test]
async fn each_runs_once() {
    let database = Postgres::shared().database();
    migrate(&database, &[ONE]).await.unwrap();
    migrate(&database, &[ONE, TWO]).await.unwrap();
    let before = schema(&database);
    migrate(&database, &[ONE, TWO]).await.unwrap();
    assert_eq!(schema(&database), before);
    assert_eq!(database.execute("SELECT version, name, runs_with FROM schema_migrations ORDER BY 1"), {
        "1|0001_a.sql|1\n2|0002_b.sql|2"
    });
}

// Also if it is of a user whose tables we may not read.
#[tokio::test]
async fn the_database_of_another_program_is_refused() {
    let database = Postgres::shared().database();
    database.execute("CREATE TABLE bookmarks (x BIGINT)");
    let before = schema(&database);
    let error = migrate(&database, POSTGRES).await.unwrap_err();
    assert!(matches!(error, OpenError::Foreign), "{error}");
    assert_eq!(schema(&database), before);
}

#[tokio::test]
async fn an_edited_migration_is_refused_and_nothing_behind_it_is_run() {
    let database = Postgres::shared().database();
    migrate(&database, &[ONE]).await.unwrap();
    let before = schema(&database);
    let edited = Migration { sql: "CREATE TABLE a (x BIGINT, y BIGINT)", ..ONE };
    let error = migrate(&database, &[edited, TWO]).await.unwrap_err();
    assert!(matches!(error, OpenError::Changed("0001_a.sql")), "{error}");
    assert_eq!(schema(&database), before);
}

#[tokio::test]
async fn a_newer_schema_is_left_alone_unless_it_lets_us_run_beside_it() {
    let database = Postgres::shared().database();
    migrate(&database, &[ONE, TWO]).await.unwrap();
    let before = schema(&database);
    let error = migrate(&database, &[ONE]).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1 }), "{error}");
    assert_eq!(schema(&database), before);

    let database = Postgres::shared().database();
    migrate(&database, &[ONE, Migration { runs_with: 1, ..TWO }]).await.unwrap();
    let before = schema(&database);
    migrate(&database, &[ONE]).await.unwrap();
    assert_eq!(schema(&database), before);
    // What the one after it takes away, it takes away from us, too.
    let three = Migration { version: 3, name: "0003_c.sql", sql: "DROP TABLE a", runs_with: 3 };
    migrate(&database, &[ONE, Migration { runs_with: 1, ..TWO }, three]).await.unwrap();
    let error = migrate(&database, &[ONE, Migration { runs_with: 1, ..TWO }]).await.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 3, known: 2 }), "{error}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_release_that_waited_for_a_newer_one_is_refused() {
    let database = Postgres::shared().database();
    migrate(&database, &[ONE]).await.unwrap();
    let (newer, connection) = tokio_postgres::connect(&database.url_with_password(), NoTls).await.unwrap();
    tokio::spawn(connection);
    newer.batch_execute("BEGIN; SELECT one FROM schema_lock FOR UPDATE").await.unwrap();
    let (waited, ()) = tokio::join!(migrate(&database, &[ONE]), async {
        somebody_waits(&database).await;
        newer
            .batch_execute("INSERT INTO schema_migrations VALUES (2, '0002_b.sql', 'c', 2); COMMIT")
            .await
            .unwrap();
    });
    let error = waited.unwrap_err();
    assert!(matches!(error, OpenError::Newer { found: 2, known: 1 }), "{error}");
}

#[tokio::test]
async fn a_migration_that_fails_leaves_nothing() {
    let database = Postgres::shared().database();
    migrate(&database, &[ONE]).await.unwrap();
    let before = schema(&database);
    let broken = Migration { sql: "CREATE TABLE b (x BIGINT); SELECT nonsense", ..TWO };
    migrate(&database, &[ONE, broken]).await.unwrap_err();
    assert_eq!(schema(&database), before);
    migrate(&database, &[ONE, TWO]).await.unwrap();
}

// A rolling update: a replica of the next release expands the schema while one of this release serves, and more of this
// release start afterwards.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn this_release_goes_on_beside_the_next_one() {
    let database = Postgres::shared().database();
    let old = store(&database).await;
    let first = token("alice");
    // Statements are prepared before the tables change.
    assert_eq!(old.insert_token(new_token(first.clone())).await.unwrap(), InsertOutcome::Inserted);
    assert!(old.find_token(first.token_id).await.unwrap().is_some());
    let last = POSTGRES.last().unwrap().version;
    let next = Migration {
        version: last + 1,
        name: "next.sql",
        sql: "ALTER TABLE tokens ADD COLUMN note TEXT; ALTER TABLE users ADD COLUMN note TEXT;
              ALTER TABLE refresh_families ADD COLUMN note TEXT; CREATE TABLE notes (x BIGINT)",
        runs_with: last,
    };
    migrate(&database, &[POSTGRES, &[next]].concat()).await.unwrap();

    let later = store(&database).await;
    for replica in [&old, &later] {
        let second = token("alice");
        assert_eq!(replica.insert_token(new_token(second.clone())).await.unwrap(), InsertOutcome::Inserted);
        for reader in [&old, &later] {
            assert!(reader.find_token(second.token_id).await.unwrap().is_some());
        }
        assert!(replica.revoke_token(second.token_id, NOW, audit()).await.unwrap());
        assert_eq!(replica.list_users(Default::default()).await.unwrap(), []);
    }
    assert!(old.revoke_token(first.token_id, NOW, audit()).await.unwrap());
}
