//! A service moved from one database to another, and back.

#![expect(clippy::unwrap_used, reason = "clippy knows test functions, not their helpers")]

mod file;

use access_core::store::Store;
use access_store::SqliteStore;
use access_store::conformance::fixture;
use access_store::postgres::{PostgresOptions, PostgresSettings, PostgresStore, Unlocking};
use access_store::transfer::{Counts, Import, TransferError, export_postgres, export_sqlite};
use file::{Dice, ended, made_up};
use proptest::prelude::{ProptestConfig, any, prop_assert_eq, proptest};
use std::path::Path;
use std::sync::Arc;
use testkit::{Database, Postgres};

fn settings(database: &Database) -> PostgresSettings {
    PostgresSettings::new(&database.url_with_password(), PostgresOptions::default()).unwrap()
}

fn from_sqlite(path: &Path) -> Result<Vec<u8>, TransferError> {
    let mut out = Vec::new();
    export_sqlite(path, &mut out).map(|_| out)
}

fn from_postgres(database: &Database) -> Result<Vec<u8>, TransferError> {
    let mut out = Vec::new();
    export_postgres(&settings(database), &mut out).map(|_| out)
}

fn into_sqlite(file: &[u8], path: &Path) -> Result<Counts, TransferError> {
    Import::begin(file)?.into_sqlite(path)
}

fn into_postgres(file: &[u8], database: &Database) -> Result<Counts, TransferError> {
    Import::begin(file)?.into_postgres(&settings(database))
}

fn text(file: &[u8]) -> &str {
    std::str::from_utf8(file).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn what_is_moved_there_and_back_is_the_same(seed in any::<u64>()) {
        let folder = tempfile::tempdir().unwrap();
        let database = Postgres::shared().database();
        let first = made_up(seed);
        let (one, two) = (folder.path().join("one.db"), folder.path().join("two.db"));
        into_sqlite(&first, &one).unwrap();
        let second = from_sqlite(&one).unwrap();
        prop_assert_eq!(text(&second), text(&first));
        into_postgres(&second, &database).unwrap();
        let third = from_postgres(&database).unwrap();
        prop_assert_eq!(text(&third), text(&first));
        into_sqlite(&third, &two).unwrap();
        let fourth = from_sqlite(&two).unwrap();
        prop_assert_eq!(text(&fourth), text(&first));
    }
}

// SQLite is compared where the tables are described.
#[test]
fn every_table_and_column_of_postgresql_is_moved() {
    let database = Postgres::shared().database();
    into_postgres(&made_up(1), &database).unwrap();
    let there = database.execute(
        "SELECT table_name || ' ' || string_agg(column_name, ',' ORDER BY column_name)
         FROM information_schema.columns WHERE table_schema = current_schema() AND table_name NOT IN
             ('schema_migrations', 'schema_lock', 'write_turn', 'write_history', 'heartbeat')
         GROUP BY table_name ORDER BY table_name",
    );
    let exported = from_postgres(&database).unwrap();
    let mut moved: Vec<String> = text(&exported)
        .lines()
        .filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok())
        .filter(|line| line.get("table").is_some())
        .map(|line| {
            let mut columns: Vec<&str> =
                line["columns"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect();
            columns.sort_unstable();
            format!("{} {}", line["table"].as_str().unwrap(), columns.join(","))
        })
        .collect();
    moved.sort_unstable();
    assert_eq!(moved, there.lines().collect::<Vec<_>>());
}

/// Locks the database when it is written to.
struct Locking<'d>(&'d Database);

impl std::io::Write for Locking<'_> {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.execute("UPDATE write_turn SET locked = 'some commits are missing'");
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_database_that_is_locked_meanwhile_is_not_exported() {
    let database = Postgres::shared().database();
    into_postgres(&made_up(1), &database).unwrap();
    let out = std::io::BufWriter::with_capacity(1 << 20, Locking(&database));
    let error = export_postgres(&settings(&database), out).unwrap_err().to_string();
    assert!(error.contains("is locked: some commits are missing"), "{error}");
}

/// Files that are not what was written, made from a good one, each with a word of its refusal.
fn spoilt(good: &[u8]) -> Vec<(String, &'static str)> {
    let good = text(good);
    let (body, end) = good.trim_end().rsplit_once('\n').unwrap();
    let line = good.lines().find(|line| line.starts_with("[1,\"jfac")).unwrap();
    let token = good.lines().position(|line| line.starts_with("{\"table\":\"tokens\"")).unwrap() + 1;
    let without_a_token: Vec<&str> =
        good.lines().enumerate().filter(|(n, _)| *n != token).map(|(_, l)| l).collect();
    let counts = serde_json::from_str::<serde_json::Value>(end).unwrap()["rows"].clone();
    let resealed = |body: String| String::from_utf8(ended(body, counts.clone())).unwrap();
    vec![
        (String::new(), "no export"),
        ("x".to_owned(), "no export"),
        ("PGDMP\n".to_owned(), "no export"),
        (good.replacen("accessd-export", "other", 1), "no export"),
        (good.replacen("\"version\":1", "\"version\":2", 1), "form 2"),
        (good.replacen("\"schema\":7", "\"schema\":8", 1), "schema 8"),
        (good.replacen("\"schema\":7", "\"schema\":6", 1), "schema 6"),
        (format!("{body}\n"), "cut short"),
        (good.trim_end().to_owned(), "cut short"),
        (format!("{good}{end}\n"), "more comes behind"),
        (good.replacen(line, &line.replacen("jfac", "jfad", 1), 1), "checksum"),
        (without_a_token.join("\n") + "\n", "rows"),
        (resealed(without_a_token[..without_a_token.len() - 1].join("\n") + "\n"), "rows"),
        (resealed(body.replacen("{\"table\":\"users\"", "{\"table\":\"tokens\"", 1) + "\n"), "comes next"),
        (resealed(body.replacen("\"email\"", "\"mail\"", 1) + "\n"), "other columns"),
        (resealed(body.replacen(line, "[1,2,3]", 1) + "\n"), "something else"),
        (resealed(body.replacen(line, "[1]", 1) + "\n"), "columns than its table"),
        (resealed(body.replacen(line, "[1,", 1) + "\n"), "no row"),
        (resealed(body.replacen(line, "", 1) + "\n"), "no JSON"),
        // Whole, but against the rules of the schema.
        (resealed(body.replacen("\"enabled\"", "\"asleep\"", 9) + "\n"), "users"),
    ]
}

/// One in which every word of [`spoilt`] finds something to spoil.
fn good() -> Vec<u8> {
    (0..).map(made_up).find(|file| text(file).contains("\"enabled\"")).unwrap()
}

#[test]
fn a_file_that_is_not_what_was_written_is_refused_and_nothing_is_written() {
    let folder = tempfile::tempdir().unwrap();
    let (path, database) = (folder.path().join("a.db"), Postgres::shared().database());
    let good = good();
    for (bad, word) in spoilt(&good) {
        assert_ne!(bad.as_bytes(), &good[..], "{word}");
        for error in [into_sqlite(bad.as_bytes(), &path), into_postgres(bad.as_bytes(), &database)] {
            let error = error.unwrap_err();
            assert!(error.to_string().contains(word), "{word}: {error}");
        }
    }
    let cuts = Dice(7);
    for cut in std::iter::repeat_with({
        let mut cuts = cuts;
        let length = good.len();
        move || cuts.below(length)
    })
    .take(60)
    {
        into_sqlite(&good[..cut], &path).unwrap_err();
    }
    // Empty they were, and empty they are.
    assert_eq!(into_sqlite(&good, &path).unwrap(), into_postgres(&good, &database).unwrap());
    assert_eq!(text(&from_sqlite(&path).unwrap()), text(&good));
}

#[test]
fn what_is_there_is_not_written_over() {
    let folder = tempfile::tempdir().unwrap();
    let (path, database) = (folder.path().join("a.db"), Postgres::shared().database());
    let (first, second) = (made_up(1), made_up(2));
    into_sqlite(&first, &path).unwrap();
    into_postgres(&first, &database).unwrap();
    for error in [into_sqlite(&second, &path).unwrap_err(), into_postgres(&second, &database).unwrap_err()] {
        assert!(matches!(error, TransferError::NotEmpty("service")), "{error}");
    }
    assert_eq!(text(&from_sqlite(&path).unwrap()), text(&first));
    assert_eq!(text(&from_postgres(&database).unwrap()), text(&first));
}

#[test]
fn where_there_is_no_service_there_is_nothing_to_export() {
    let folder = tempfile::tempdir().unwrap();
    let (path, database) = (folder.path().join("a.db"), Postgres::shared().database());
    SqliteStore::migrate(&path).unwrap();
    assert!(matches!(from_sqlite(&path).unwrap_err(), TransferError::NoService));
    // Nothing of ours is there at all.
    let error = from_postgres(&database).unwrap_err();
    assert!(matches!(error, TransferError::Database { .. }), "{error}");
}

// What is written while an export goes on is in it as a whole or not at all.
#[test]
fn an_export_is_one_state_of_the_database() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let (path, database) = (folder.path().join("a.db"), Postgres::shared().database());
    let stores: [Arc<dyn Store>; 2] = runtime.block_on(async {
        let postgres = PostgresStore::open(settings(&database)).await.unwrap();
        let stores: [Arc<dyn Store>; 2] = [Arc::new(SqliteStore::open(&path).unwrap()), Arc::new(postgres)];
        for store in &stores {
            fixture::initialised(store).await;
        }
        stores
    });
    let over = Arc::new(std::sync::atomic::AtomicBool::new(false));
    let writers: Vec<_> = stores
        .iter()
        .map(|store| {
            let (store, over) = (Arc::clone(store), Arc::clone(&over));
            runtime.spawn(async move {
                let mut made = 0;
                while !over.load(std::sync::atomic::Ordering::Relaxed) {
                    store.insert_token(fixture::refreshable()).await.unwrap();
                    made += 1;
                }
                made
            })
        })
        .collect();
    for _ in 0..10 {
        for file in [from_sqlite(&path).unwrap(), from_postgres(&database).unwrap()] {
            let end: serde_json::Value = serde_json::from_str(text(&file).lines().last().unwrap()).unwrap();
            let rows = &end["rows"];
            assert_eq!(rows["tokens"], rows["refresh_families"]);
            assert_eq!(rows["audit_log"].as_u64().unwrap(), rows["tokens"].as_u64().unwrap() + 1);
        }
    }
    over.store(true, std::sync::atomic::Ordering::Relaxed);
    for writer in writers {
        assert!(runtime.block_on(writer).unwrap() > 0);
    }
}

#[test]
fn an_operator_unlocks_what_was_locked_and_nothing_else() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = Postgres::shared().database();
    let store: Arc<dyn Store> = Arc::new(runtime.block_on(PostgresStore::open(settings(&database))).unwrap());
    let (kept, refreshable) = (fixture::new_token(fixture::token("bob")), fixture::refreshable());
    runtime.block_on(async {
        fixture::initialised(&store).await;
        fixture::insert(&store, &kept).await;
        fixture::insert(&store, &refreshable).await;
    });
    let operator = Unlocking::connect(&settings(&database)).unwrap();
    assert_eq!(operator.reason().unwrap(), None);
    assert_eq!(operator.unlock("lost", false, &fixture::audit()).unwrap(), None);
    let find = |id| runtime.block_on(store.find_token(id));
    for revoke_all in [false, true] {
        database.execute("UPDATE write_turn SET locked = 'lost'");
        assert_eq!(operator.reason().unwrap().as_deref(), Some("lost"));
        find(kept.token.token_id).unwrap_err();
        assert_eq!(operator.unlock("another reason", revoke_all, &fixture::audit()).unwrap(), None);
        let revoked = operator.unlock("lost", revoke_all, &fixture::audit()).unwrap();
        assert_eq!(revoked, Some(if revoke_all { 2 } else { 0 }));
        assert_eq!(operator.reason().unwrap(), None);
        // The replica goes on by itself, and what was revoked is.
        let state = find(kept.token.token_id).unwrap().unwrap();
        assert_eq!(state.token.revocation.is_some(), revoke_all);
        let family =
            runtime.block_on(store.find_family(refreshable.token.family_id.unwrap())).unwrap().unwrap().0;
        assert_eq!(family.revoked_at.is_some(), revoke_all);
        runtime.block_on(store.ping()).unwrap();
        let trail = runtime.block_on(store.audit_trail(1)).unwrap();
        assert_eq!(trail[0].detail, if revoke_all { "lost; revoked all tokens: 2" } else { "lost" });
    }
}

// An older state was restored and an operator has accepted that: a replica that has not heard of it yet, and whose next
// question comes to nothing, must not lock the database again.
#[test]
fn a_replica_does_not_lock_again_what_an_operator_has_unlocked() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let database = Postgres::shared().database();
    // One connection looks things up: that which is asked later is open before the loss.
    let options = PostgresOptions { max_connections: 4, ..PostgresOptions::default() };
    let place = PostgresSettings::new(&database.url_with_password(), options).unwrap();
    let store: Arc<dyn Store> = Arc::new(runtime.block_on(PostgresStore::open(place)).unwrap());
    runtime.block_on(async {
        fixture::initialised(&store).await;
        store.ping().await.unwrap();
        store.signing_keys().await.unwrap();
    });
    // An operator had to decide before, and that is lost with the rest.
    database.execute("UPDATE write_turn SET fork = 5");
    runtime.block_on(store.ping()).unwrap();
    database.execute("UPDATE write_turn SET fork = 1, epoch = 1; DELETE FROM write_history");
    runtime.block_on(store.ping()).unwrap_err();
    let operator = Unlocking::connect(&settings(&database)).unwrap();
    let reason = operator.reason().unwrap().expect("it is locked");
    assert_eq!(operator.unlock(&reason, false, &fixture::audit()).unwrap(), Some(0));
    // A statement that fails before the replica sees where the database stands.
    database.execute("ALTER TABLE signing_keys RENAME TO away");
    runtime.block_on(store.signing_keys()).unwrap_err();
    database.execute("ALTER TABLE away RENAME TO signing_keys");
    assert_eq!(operator.reason().unwrap(), None);
    runtime.block_on(store.ping()).unwrap();
    assert_eq!(operator.reason().unwrap(), None);
}
