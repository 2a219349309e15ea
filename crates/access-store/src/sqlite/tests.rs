//! Tests that reach behind the store: settings, full disks, broken commands, the write-ahead log.

use super::open::{BUSY_TIMEOUT, first_connection, writing_connection};
use super::*;
use crate::conformance::fixture::{NOW, audit, audit_count, insert, new_token, token};
use crate::sql::error::Error;
use crate::sql::service;
use access_core::store::{ListedState, Store, StoreError, TokenQuery};
use rusqlite::Connection;
use std::path::PathBuf;
use std::sync::Arc;
use tempfile::TempDir;
use uuid::Uuid;

fn open() -> (TempDir, PathBuf, Arc<SqliteStore>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = Arc::new(SqliteStore::open(&path).unwrap());
    (folder, path, store)
}

fn dynamic(store: &Arc<SqliteStore>) -> Arc<dyn Store> {
    Arc::clone(store) as Arc<dyn Store>
}

fn connection<'c>(db: &Db<'c>) -> &'c Connection {
    match db {
        Db::Sqlite(connection) => connection,
        Db::Postgres(_) => panic!("another database"),
    }
}

/// A pragma of the writer's connection.
async fn pragma(store: &SqliteStore, name: &'static str) -> String {
    let value = store.engine.writer.write(move |tx| {
        let value = connection(tx).query_row(&format!("PRAGMA {name}"), [], |row| row.get(0));
        Ok(value.map_err(Error::from)?)
    });
    match value.await.unwrap() {
        rusqlite::types::Value::Integer(number) => number.to_string(),
        rusqlite::types::Value::Text(text) => text,
        other => panic!("{other:?}"),
    }
}

fn unavailable<T: std::fmt::Debug>(result: StoreResult<T>) -> String {
    match result {
        Err(StoreError::Unavailable(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn the_writer_keeps_what_it_acknowledges() {
    let (_folder, _, store) = open();
    for (name, value) in [
        ("synchronous", "2"),
        ("journal_mode", "wal"),
        ("foreign_keys", "1"),
        ("secure_delete", "2"),
        ("wal_autocheckpoint", "0"),
        ("temp_store", "2"),
    ] {
        assert_eq!(pragma(&store, name).await, value, "{name}");
    }
}

#[tokio::test]
async fn readers_cannot_write() {
    let (_folder, _, store) = open();
    let result = store.engine.readers.read(|db| db.execute("UPDATE heartbeat SET beats = 9", &[]));
    assert!(unavailable(result).contains("readonly"));
    store.engine.readers.read(service::id).unwrap();
}

#[tokio::test]
async fn a_failed_read_leaves_no_snapshot_behind() {
    let (_folder, _, store) = open();
    for _ in 0..32 {
        unavailable(store.engine.readers.read(|db| db.execute("SELECT nonsense", &[])));
    }
    dynamic(&store).initialise(crate::conformance::fixture::first_state()).await.unwrap();
    for _ in 0..32 {
        assert!(store.service_id().await.unwrap().is_some());
    }
}

// On the runtime's one thread: a list that ran there, or held the connections of look-ups, would stop it.
#[tokio::test]
async fn long_lists_hold_up_no_look_up() {
    let (_folder, _, store) = open();
    let (release, held) = std::sync::mpsc::channel::<()>();
    let held = Arc::new(std::sync::Mutex::new(held));
    let mut lists = tokio::task::JoinSet::new();
    for _ in 0..8 {
        let (store, held) = (Arc::clone(&store), Arc::clone(&held));
        lists.spawn(async move {
            let walk = move |_: &Db<'_>| {
                held.lock().unwrap().recv().unwrap();
                Ok(())
            };
            store.engine.lists.read(walk).await
        });
    }
    for _ in 0..64 {
        tokio::task::yield_now().await;
        store.service_id().await.unwrap();
        store.ping().await.unwrap();
    }
    for _ in 0..8 {
        release.send(()).unwrap();
    }
    while let Some(list) = lists.join_next().await {
        list.unwrap().unwrap();
    }
    assert!(store.list_tokens(TokenQuery { limit: 1, ..TokenQuery::default() }).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_statement_is_prepared_once_whatever_is_bound() {
    let (_folder, _, store) = open();
    let sql = "SELECT token_id FROM tokens WHERE reference_key = ?1";
    let prepared_again = store.engine.readers.read(|db| {
        let connection = connection(db);
        for number in 0..5_u8 {
            connection.prepare_cached(sql)?.exists([[number; 16]])?;
        }
        Ok(connection.prepare_cached(sql)?.get_status(rusqlite::StatementStatus::RePrepare))
    });
    assert_eq!(prepared_again.unwrap(), 0);
}

#[cfg(unix)]
#[tokio::test]
async fn nobody_else_can_read_the_files() {
    use std::os::unix::fs::PermissionsExt;
    let (folder, _, store) = open();
    store.ping().await.unwrap();
    let mut names = Vec::new();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{:?}", entry.file_name());
        names.push(entry.file_name().into_string().unwrap());
    }
    names.sort();
    assert_eq!(names, ["test.db", "test.db-shm", "test.db-wal"]);
}

#[tokio::test]
async fn a_full_database_refuses_and_recovers() {
    let (_folder, _, store) = open();
    let dynamic = dynamic(&store);
    let first = token("alice");
    insert(&dynamic, &new_token(first.clone())).await;
    store
        .engine
        .writer
        .write(|tx| {
            let limit = || {
                let pages: i64 = connection(tx).query_row("PRAGMA page_count", [], |row| row.get(0))?;
                connection(tx).query_row(&format!("PRAGMA max_page_count = {pages}"), [], |_| Ok(()))
            };
            Ok(limit().map_err(Error::from)?)
        })
        .await
        .unwrap();
    let mut kept = 0;
    let refused = loop {
        let mut big = token("alice");
        big.scope = "x".repeat(3000);
        match store.insert_token(new_token(big.clone())).await {
            Ok(_) => kept += 1,
            error => break (big.token_id, unavailable(error)),
        }
        assert!(kept < 100);
    };
    assert!(refused.1.contains("full"), "{}", refused.1);
    assert_eq!(store.find_token(refused.0).await.unwrap(), None);
    assert!(store.find_token(first.token_id).await.unwrap().is_some());
    assert_eq!(audit_count(&dynamic).await, 1 + kept);
    assert!(store.engine.health.verdict().is_none());
    store
        .engine
        .writer
        .write(|tx| {
            let set = connection(tx).query_row("PRAGMA max_page_count = 100000", [], |_| Ok(()));
            Ok(set.map_err(Error::from)?)
        })
        .await
        .unwrap();
    insert(&dynamic, &new_token(token("alice"))).await;
    assert!(store.revoke_token(first.token_id, NOW, audit()).await.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_spoils_no_other() {
    let (_folder, _, store) = open();
    // Holds the writer up, so that what follows is one transaction.
    let (release, held) = std::sync::mpsc::channel::<()>();
    let holder = Arc::clone(&store);
    let held = std::sync::Mutex::new(held);
    let holding = tokio::spawn(async move {
        let hold = move |_: &Db<'_>| {
            held.lock().unwrap().recv().unwrap();
            Ok(())
        };
        holder.engine.writer.write(hold).await
    });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let good = [token("a"), token("b")];
    let mut tasks = tokio::task::JoinSet::new();
    for record in good.clone() {
        let store = Arc::clone(&store);
        tasks.spawn(async move { store.insert_token(new_token(record)).await.map(drop) });
    }
    let twice = good[0].clone();
    let second = Arc::clone(&store);
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    let failing = tokio::spawn(async move { second.insert_token(new_token(twice)).await });
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    release.send(()).unwrap();
    holding.await.unwrap().unwrap();
    while let Some(answer) = tasks.join_next().await {
        answer.unwrap().unwrap();
    }
    assert!(unavailable(failing.await.unwrap()).contains("UNIQUE"));
    for record in good {
        assert!(store.find_token(record.token_id).await.unwrap().is_some());
    }
    assert_eq!(audit_count(&dynamic(&store)).await, 2);
}

#[tokio::test]
async fn a_commit_that_fails_is_never_a_success() {
    let (_folder, path, store) = open();
    let record = token("a");
    // Another process holds the write lock for longer than the writer waits.
    let other = Connection::open(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    assert!(unavailable(store.insert_token(new_token(record.clone())).await).contains("locked"));
    assert_eq!(store.find_token(record.token_id).await.unwrap(), None);
    other.execute_batch("ROLLBACK").unwrap();
    insert(&dynamic(&store), &new_token(record)).await;
}

#[tokio::test]
async fn a_panic_of_the_writer_is_an_error_for_everybody() {
    let (_folder, _, store) = open();
    unavailable(store.engine.writer.write(|_| -> Work<()> { panic!("on purpose") }).await);
    assert!(store.broken().await.contains("panicked"));
    unavailable(store.ping().await);
    store.service_id().await.unwrap();
}

#[tokio::test]
async fn after_a_failed_sync_nothing_is_written_any_more() {
    let (_folder, _, store) = open();
    let failed = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_IOERR_FSYNC);
    let result: StoreResult<()> = store
        .engine
        .writer
        .write(move |_| Err(Error::Sqlite(rusqlite::Error::SqliteFailure(failed, None)).into()))
        .await;
    unavailable(result);
    store.broken().await;
    unavailable(store.ping().await);
    unavailable(store.insert_token(new_token(token("a"))).await);
    store.service_id().await.unwrap();
}

#[tokio::test]
async fn closing_answers_what_waits_and_empties_the_log() {
    let (_folder, path, store) = open();
    let record = token("a");
    let mut waiting = Box::pin(store.insert_token(new_token(record.clone())));
    // Polled once: the command is on its way.
    assert!(poll_once(&mut waiting).await.is_none());
    store.close();
    waiting.await.unwrap();
    assert_eq!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len(), 0);
    assert!(unavailable(store.ping().await).contains("closed"));
    assert!(store.find_token(record.token_id).await.unwrap().is_some());
    store.close();
}

// As `admin-token` does beside a running service: emptying the log keeps every writer out while it waits.
#[tokio::test]
async fn closing_does_not_wait_for_a_reader_of_an_older_state() {
    let (_folder, path, store) = open();
    let reader = Connection::open(&path).unwrap();
    reader.execute_batch("BEGIN; SELECT COUNT(*) FROM tokens").unwrap();
    insert(&dynamic(&store), &new_token(token("a"))).await;
    let began = std::time::Instant::now();
    store.close();
    assert!(began.elapsed() < open::BUSY_TIMEOUT / 2, "{:?}", began.elapsed());
    assert!(std::fs::metadata(path.with_extension("db-wal")).unwrap().len() > 0);
}

/// Polls once.
async fn poll_once<F: Future + Unpin>(future: &mut F) -> Option<F::Output> {
    std::future::poll_fn(|context| {
        std::task::Poll::Ready(match std::pin::Pin::new(&mut *future).poll(context) {
            std::task::Poll::Ready(answer) => Some(answer),
            std::task::Poll::Pending => None,
        })
    })
    .await
}

#[tokio::test]
async fn a_row_that_makes_no_sense_is_corrupt_and_never_a_token() {
    let (_folder, path, store) = open();
    let record = token("a");
    insert(&dynamic(&store), &new_token(record.clone())).await;
    Connection::open(&path).unwrap().execute("UPDATE tokens SET issued_at = -1", []).unwrap();
    let error = store.find_token(record.token_id).await.unwrap_err();
    assert!(matches!(error, StoreError::Corrupt(_)), "{error}");
}

// As the release before the second migration left it.
#[tokio::test]
async fn a_database_of_the_first_schema_opens_and_serves() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let mut first = Connection::open(&path).unwrap();
    crate::migrations::run(&mut first, &crate::migrations::SQLITE[..1]).unwrap();
    let (live, revoked) = (token("alice"), token("alice"));
    let subject = &live.subject;
    first.execute("INSERT INTO subjects VALUES (1, ?1, 'alice')", [subject]).unwrap();
    let now = i64::try_from(NOW).unwrap();
    for (id, revoked_at) in [(live.token_id, None), (revoked.token_id, Some(now))] {
        first
            .execute(
                "INSERT INTO tokens (token_id, subject_no, scope, audience, issued_at, expires_at, revoked_at,
                     revoked_for)
                 VALUES (?1, 1, 'applied-permissions/user', '*@*', ?2, ?2 + 3600, ?3, iif(?3, 'requested', NULL))",
                rusqlite::params![id.as_bytes(), now, revoked_at],
            )
            .unwrap();
    }
    drop(first);
    let store = SqliteStore::open(&path).unwrap();
    let found = store.find_token(live.token_id).await.unwrap().unwrap().token;
    assert_eq!(found, live, "with no use and nothing due");
    let query = |state| TokenQuery { now: NOW, state, limit: 10, ..TokenQuery::default() };
    for (state, expected) in [
        (ListedState::Live, vec![live.token_id]),
        (ListedState::Revoked, vec![revoked.token_id]),
        (ListedState::All, vec![live.token_id, revoked.token_id]),
    ] {
        let listed = store.list_tokens(query(state)).await.unwrap();
        let ids: Vec<Uuid> = listed.iter().map(|listed| listed.token.token_id).collect();
        assert_eq!(ids, expected, "{state:?}");
    }
    store.record_uses(vec![(live.token_id, NOW + 1)]).await.unwrap();
    assert!(store.revoke_token(live.token_id, NOW, audit()).await.unwrap());
}

#[tokio::test]
async fn opening_waits_for_another_process_that_migrates() {
    let (_folder, path, store) = open();
    drop(store);
    let other = writing_connection(&path).unwrap();
    other.execute_batch("BEGIN IMMEDIATE").unwrap();
    std::thread::scope(|scope| {
        let opening = scope.spawn(|| SqliteStore::open(&path).map(drop));
        std::thread::sleep(BUSY_TIMEOUT + BUSY_TIMEOUT / 2);
        other.execute_batch("COMMIT").unwrap();
        opening.join().unwrap().unwrap();
    });
    let connection = first_connection(&path).unwrap();
    let patience: u32 = connection.query_row("PRAGMA busy_timeout", [], |row| row.get(0)).unwrap();
    assert_eq!(u128::from(patience), BUSY_TIMEOUT.as_millis(), "that is for the schema alone");
}

#[tokio::test]
async fn a_newer_or_edited_schema_is_refused() {
    let (_folder, path, store) = open();
    drop(store);
    let other = Connection::open(&path).unwrap();
    other.execute("UPDATE schema_migrations SET checksum = 'x'", []).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(error, OpenError::ChangedMigration { .. }), "{error}");
    other.execute("INSERT INTO schema_migrations VALUES (999, '0999_later.sql', 'y')", []).unwrap();
    let error = SqliteStore::open(&path).err().unwrap();
    assert!(matches!(error, OpenError::NewerSchema { found: 999, .. }), "{error}");
}

#[tokio::test]
async fn what_is_no_database_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let text = folder.path().join("text.db");
    std::fs::write(&text, "not a database, but long enough to look at".repeat(40)).unwrap();
    let error = SqliteStore::open(&text).err().unwrap();
    assert!(matches!(error, OpenError::Sqlite { .. }), "{error}");
    let foreign = folder.path().join("foreign.db");
    Connection::open(&foreign).unwrap().execute_batch("CREATE TABLE bookmarks (x)").unwrap();
    let error = SqliteStore::open(&foreign).err().unwrap();
    assert!(matches!(error, OpenError::Foreign(_)), "{error}");
    let error = SqliteStore::open(&folder.path().join("absent/test.db")).err().unwrap();
    assert!(matches!(error, OpenError::Io { .. }), "{error}");
}
