//! What was acknowledged is there afterwards: after a kill, in a copy of the files, beside another process.

use access_core::store::{InsertOutcome, Store};
use access_store::SqliteStore;
use access_store::conformance::fixture::{NOW, audit, fresh, new_token, refreshable, token};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use tokio::task::JoinSet;
use uuid::Uuid;

/// The file name that makes [`the_child_writes_until_it_is_killed`] the child.
const CHILD: &str = "written-by-a-child.db";

/// An id that no other process gives either.
fn id_of_this_process() -> Uuid {
    Uuid::from_u128((u128::from(std::process::id()) << 64) | u128::from(fresh()))
}

/// Run by [`acknowledged_writes_survive_a_kill`] in a process of its own, which passes the database as
/// one more name of a test. Without it there is nothing to do.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_child_writes_until_it_is_killed() {
    let Some(path) = std::env::args().find(|argument| argument.ends_with(CHILD)) else {
        return;
    };
    let store = Arc::new(SqliteStore::open(Path::new(&path)).unwrap());
    let mut writers = JoinSet::new();
    for writer in 0..4 {
        let store = Arc::clone(&store);
        writers.spawn(async move {
            for number in 0_u32.. {
                let mut new = refreshable();
                new.token.token_id = id_of_this_process();
                new.token.family_id = Some(id_of_this_process());
                let family = new.family.as_mut().unwrap();
                family.family_id = new.token.family_id.unwrap();
                family.token_id = new.token.token_id;
                let id = new.token.token_id;
                assert_eq!(store.insert_token(new).await.unwrap(), InsertOutcome::Inserted);
                println!("made {id}");
                if (number + writer) % 3 == 0 {
                    assert!(store.revoke_token(id, NOW, audit()).await.unwrap());
                    println!("revoked {id}");
                }
            }
        });
    }
    while writers.join_next().await.is_some() {}
}

#[tokio::test]
async fn acknowledged_writes_survive_a_kill() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(CHILD);
    let (mut made, mut revoked) = (Vec::new(), Vec::new());
    for milliseconds in [40, 90, 150, 230] {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "--nocapture", "the_child_writes_until_it_is_killed"])
            .arg(&path)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let reader = std::thread::spawn(move || lines.map_while(Result::ok).collect::<Vec<String>>());
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        for line in reader.join().unwrap() {
            match line.split_once(' ') {
                // The last line may be cut: then nobody has heard of it.
                Some(("made", id)) => made.extend(Uuid::parse_str(id).ok().filter(|_| id.len() == 36)),
                Some(("revoked", id)) => revoked.extend(Uuid::parse_str(id).ok().filter(|_| id.len() == 36)),
                _ => {}
            }
        }
        let store = SqliteStore::open(&path).unwrap();
        for id in &made {
            let state = store.find_token(*id).await.unwrap().unwrap();
            assert!(state.family.is_some());
        }
        for id in &revoked {
            let state = store.find_token(*id).await.unwrap().unwrap();
            assert!(state.token.revocation.is_some() && state.family.unwrap().revoked_at.is_some());
        }
        drop(store);
        let check = rusqlite::Connection::open(&path).unwrap();
        let verdict: String = check.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
        assert_eq!(verdict, "ok");
        let halves: u32 = check
            .query_row(
                "SELECT (SELECT COUNT(*) FROM refresh_families f WHERE NOT EXISTS
                            (SELECT 1 FROM tokens t WHERE t.token_id = f.token_id))
                      + (SELECT ABS(COUNT(*) - (SELECT COUNT(*) FROM audit_log WHERE action = 'token.created'))
                         FROM (SELECT 1 FROM tokens UNION ALL SELECT 1 FROM tokens WHERE revoked_at IS NOT NULL))",
                [],
                |row| row.get(0),
            )
            .unwrap();
        assert_eq!(halves, 0);
    }
    assert!(!made.is_empty() && !revoked.is_empty(), "the children have written nothing");
}

#[tokio::test]
async fn a_copy_of_the_files_holds_all_that_was_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let store = SqliteStore::open(&path).unwrap();
    let mut acknowledged = Vec::new();
    for number in 0..20 {
        let new = new_token(token("alice"));
        acknowledged.push(new.token.token_id);
        store.insert_token(new).await.unwrap();
        let copy = folder.path().join(format!("copy-{number}.db"));
        std::fs::copy(&path, &copy).unwrap();
        std::fs::copy(path.with_extension("db-wal"), copy.with_extension("db-wal")).unwrap();
        let copy = SqliteStore::open(&copy).unwrap();
        for id in &acknowledged {
            assert!(copy.find_token(*id).await.unwrap().is_some());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_stores_on_one_file_write_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    let stores = [Arc::new(SqliteStore::open(&path).unwrap()), Arc::new(SqliteStore::open(&path).unwrap())];
    let mut tasks = JoinSet::new();
    for number in 0..100 {
        let store = Arc::clone(&stores[number % 2]);
        tasks.spawn(async move {
            let new = new_token(token("alice"));
            let id = new.token.token_id;
            store.insert_token(new).await.unwrap();
            id
        });
    }
    let ids: Vec<Uuid> = tasks.join_all().await;
    for store in &stores {
        for id in &ids {
            assert!(store.find_token(*id).await.unwrap().is_some());
        }
        assert_eq!(store.audit_trail(1000).await.unwrap().len(), 100);
    }
    stores[1].close();
    stores[0].ping().await.unwrap();
}

#[test]
fn many_can_open_a_new_file_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("test.db");
    std::thread::scope(|scope| {
        let opening: Vec<_> = (0..8).map(|_| scope.spawn(|| SqliteStore::open(&path).map(drop))).collect();
        for thread in opening {
            thread.join().unwrap().unwrap();
        }
    });
}
