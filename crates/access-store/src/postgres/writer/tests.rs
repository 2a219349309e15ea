//! What goes wrong in the middle of a transaction, here or elsewhere.

use super::super::tests::{silence, somebody_waits, store};
use crate::conformance::fixture::{NOW, admin, audit, insert_user, new_token, refreshable, token};
use crate::postgres::PostgresStore;
use crate::sql::db::{Db, values};
use crate::sql::engine::Engine as _;
use crate::sql::work::Work;
use access_core::store::{InsertOutcome, Store, StoreError, StoreResult};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use testkit::{Database, Postgres};
use tokio::task::JoinSet;
use tokio_postgres::{Client, NoTls};

/// Runs them at the same time; their answers, in their order.
async fn at_once<T: Send + 'static>(
    tasks: impl IntoIterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut set: JoinSet<(usize, T)> = JoinSet::new();
    for (number, task) in tasks.into_iter().enumerate() {
        set.spawn(async move { (number, task.await) });
    }
    let mut answers = set.join_all().await;
    answers.sort_by_key(|(number, _)| *number);
    answers.into_iter().map(|(_, answer)| answer).collect()
}

/// Keeps the thread that writes busy, so that what is asked meanwhile is one batch.
async fn hold_up(store: &Arc<PostgresStore>) -> tokio::task::JoinHandle<StoreResult<()>> {
    let started = Arc::new(tokio::sync::Notify::new());
    let (store, inside) = (Arc::clone(store), Arc::clone(&started));
    let held = tokio::spawn(async move {
        let work = move |_: &Db<'_>| -> Work<()> {
            inside.notify_one();
            std::thread::sleep(Duration::from_millis(500));
            Ok(())
        };
        store.engine.write(work).await
    });
    started.notified().await;
    held
}

#[tokio::test]
async fn a_write_is_not_waited_for_as_long_as_a_connection_may_take() {
    let (_silent, lane) = silence();
    let writer = super::Writer::start(lane, Duration::from_millis(300)).unwrap();
    let (written, inserted) =
        tokio::join!(writer.write(|_: &Db<'_>| Ok(())), writer.insert(new_token(token("alice"))));
    // Otherwise it is told that nobody let it in.
    for refusal in [written.unwrap_err(), inserted.unwrap_err()] {
        assert!(refusal.to_string().contains("the write went wrong"), "{refusal}");
    }
}

/// A superuser whose session takes no notice of a deadlock, so that the other one does.
async fn stranger(database: &Database) -> Client {
    let name = format!("stranger_{}", database.name());
    database.execute(&format!("CREATE ROLE {name} SUPERUSER LOGIN PASSWORD 'x'"));
    let port = database.cluster().port();
    let url = format!("postgres://{name}:x@127.0.0.1:{port}/{}", database.name());
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    tokio::spawn(connection);
    client.batch_execute("SET deadlock_timeout = '10min'").await.unwrap();
    client
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_token_that_cannot_be_written_spoils_no_other() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let first = new_token(token("alice"));
    assert_eq!(store.insert_token(first.clone()).await.unwrap(), InsertOutcome::Inserted);
    let others: Vec<_> = (0..40).map(|_| refreshable()).collect();
    let held = hold_up(&store).await;
    let all = others[..20].iter().chain([&first]).chain(&others[20..]).cloned().map(|new| {
        let store = Arc::clone(&store);
        async move { store.insert_token(new).await }
    });
    let answers = at_once(all.collect::<Vec<_>>()).await;
    held.await.unwrap().unwrap();
    for (number, answer) in answers.iter().enumerate() {
        assert_eq!(number == 20, answer.is_err(), "{number}: {answer:?}");
    }
    for new in &others {
        assert!(store.find_token(new.token.token_id).await.unwrap().is_some());
    }
    assert_eq!(database.execute("SELECT COUNT(*) FROM audit_log"), "41");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_command_that_fails_spoils_none_whose_statement_is_new_to_the_connection() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let set = |sql: &'static str| {
        store.engine.write(move |db: &Db<'_>| Ok(db.execute(sql, &values![1_i64]).map(drop)?))
    };
    let held = hold_up(&store).await;
    // In this order: the first poll puts it into the queue.
    let (failed, after) = tokio::join!(
        set("UPDATE heartbeat SET one = one + ?1"),
        set("UPDATE heartbeat SET beats = 7 WHERE one = ?1"),
    );
    held.await.unwrap().unwrap();
    assert!(failed.unwrap_err().to_string().contains("heartbeat_one_check"));
    after.unwrap();
    assert_eq!(database.execute("SELECT beats FROM heartbeat"), "7");
}

// Other replicas wait for the turn, and not for longer than it takes to be told that there is trouble.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_long_together_is_no_one_transaction() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let slow = || {
        store.engine.write(|db: &Db<'_>| -> Work<i64> {
            let epoch = db.one("SELECT epoch FROM write_turn", &[], |cells| cells.take())?;
            std::thread::sleep(super::TURN);
            Ok(epoch)
        })
    };
    let held = hold_up(&store).await;
    let quick = store.insert_token(new_token(token("alice")));
    let (first, second, third, quick) = tokio::join!(slow(), slow(), slow(), quick);
    held.await.unwrap().unwrap();
    assert_eq!(quick.unwrap(), InsertOutcome::Inserted);
    let epochs = [first, second, third].map(Result::unwrap);
    assert!(epochs.windows(2).all(|pair| pair[0] < pair[1]), "{epochs:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn work_that_panics_is_an_error_for_who_asked_for_it_alone() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let panics = |store: &Arc<PostgresStore>| {
        let store = Arc::clone(store);
        tokio::spawn(async move {
            let work = |db: &Db<'_>| -> Work<()> {
                db.execute("UPDATE heartbeat SET beats = 99 WHERE one = ?1", &values![1_i64])?;
                panic!("of a test")
            };
            store.engine.write(work).await
        })
    };
    let held = hold_up(&store).await;
    let others: Vec<_> = (0..20).map(|_| new_token(token("alice"))).collect();
    let mut asked: Vec<_> = Vec::new();
    for (number, new) in others.iter().cloned().enumerate() {
        if number == 10 {
            asked.push(panics(&store));
        }
        let store = Arc::clone(&store);
        asked.push(tokio::spawn(async move { store.insert_token(new).await.map(drop) }));
        tokio::task::yield_now().await;
    }
    let mut answers = Vec::new();
    for answer in asked {
        answers.push(answer.await.unwrap());
    }
    held.await.unwrap().unwrap();
    let failed: Vec<_> = answers.iter().enumerate().filter(|(_, answer)| answer.is_err()).collect();
    assert!(matches!(failed[..], [(10, Err(StoreError::Unavailable(_)))]), "{failed:?}");
    // Alone, too.
    assert!(panics(&store).await.unwrap().is_err());
    assert_eq!(database.execute("SELECT beats FROM heartbeat"), "0");

    // One that reads and panics does not take the only thread that reads with it.
    for _ in 0..3 {
        let read = store.engine.read(|_: &Db<'_>| -> crate::sql::error::Result<()> { panic!("of a test") });
        assert!(read.await.is_err());
        assert!(store.find_token(others[0].token.token_id).await.unwrap().is_some());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_deadlock_with_somebody_else_is_tried_again() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let as_store: Arc<dyn Store> = Arc::clone(&store) as _;
    insert_user(&as_store, admin("alice")).await;
    let stranger = stranger(&database).await;
    stranger.batch_execute("BEGIN; SELECT 1 FROM users WHERE username = 'alice' FOR UPDATE").await.unwrap();
    let writing = tokio::spawn(async move { store.record_login("alice", NOW + 5).await });
    somebody_waits(&database).await;
    // The store has the turn and waits for alice; this waits for the turn. The server ends what the store does.
    stranger.batch_execute("UPDATE write_turn SET locked = locked; COMMIT").await.unwrap();
    writing.await.unwrap().unwrap();
    let seen = database.execute("SELECT last_logged_in FROM users WHERE username = 'alice'");
    assert_eq!(seen, (NOW + 5).to_string());
    let deadlocks = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()";
    while database.execute(deadlocks) == "0" {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_that_another_one_was_in_the_way_of_is_tried_again_but_not_for_ever() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    // A sequence counts what is rolled back, too.
    database.execute(
        "CREATE SEQUENCE tries; GRANT ALL ON SEQUENCE tries TO PUBLIC;
         CREATE FUNCTION stumble() RETURNS TRIGGER LANGUAGE plpgsql AS $$ BEGIN
             IF nextval('tries') % 10 < 4 THEN RAISE EXCEPTION 'of a test' USING ERRCODE = '40001'; END IF;
             RETURN NULL;
         END $$;
         CREATE TRIGGER stumbles AFTER INSERT ON tokens EXECUTE FUNCTION stumble()",
    );
    assert_eq!(store.insert_token(new_token(token("alice"))).await.unwrap(), InsertOutcome::Inserted);
    assert_eq!(database.execute("SELECT last_value FROM tries"), "4");
    assert_eq!(database.execute("SELECT COUNT(*) FROM audit_log"), "1");
    database.execute("ALTER SEQUENCE tries RESTART 10 INCREMENT 10");
    store.insert_token(new_token(token("alice"))).await.unwrap_err();
    assert_eq!(database.execute("SELECT last_value FROM tries"), "50");
    assert_eq!(database.execute("SELECT COUNT(*) FROM tokens"), "1");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_replica_that_stands_still_with_the_turn_loses_it() {
    let database = Postgres::shared().database();
    let (still, other) = (store(&database).await, store(&database).await);
    let runs = Arc::new(AtomicU32::new(0));
    let (inside, counted) = (Arc::new(tokio::sync::Notify::new()), Arc::clone(&runs));
    let started = Arc::clone(&inside);
    let stood = tokio::spawn(async move {
        let work = move |db: &Db<'_>| -> Work<()> {
            db.execute("UPDATE heartbeat SET beats = beats + 1000 WHERE one = ?1", &values![1_i64])?;
            if counted.fetch_add(1, Ordering::Relaxed) == 0 {
                started.notify_one();
                // Longer than the server puts up with.
                std::thread::sleep(Duration::from_secs(4));
            }
            db.execute("UPDATE heartbeat SET beats = beats + 1 WHERE one = ?1", &values![1_i64])?;
            Ok(())
        };
        still.engine.write(work).await
    });
    inside.notified().await;
    other.insert_token(new_token(token("alice"))).await.unwrap();
    // The other one has written before this one is back. It may try again, or say so, but does nothing by half.
    assert!(!stood.is_finished());
    let done = stood.await.unwrap();
    let beats = database.execute("SELECT beats FROM heartbeat");
    assert_eq!(beats, if done.is_ok() { "1001" } else { "0" }, "{done:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_turn_of_a_replica_that_is_killed_is_free_at_once() {
    let database = Postgres::shared().database();
    let store = store(&database).await;
    let url = database.url_with_password();
    let (client, connection) = tokio_postgres::connect(&url, NoTls).await.unwrap();
    let connection = tokio::spawn(connection);
    client.batch_execute("BEGIN; UPDATE write_turn SET epoch = epoch + 1000").await.unwrap();
    let writing = tokio::spawn(async move { store.insert_token(new_token(token("alice"))).await });
    somebody_waits(&database).await;
    assert!(!writing.is_finished());
    // The socket closes without a goodbye, as that of a dead process does.
    connection.abort();
    assert_eq!(writing.await.unwrap().unwrap(), InsertOutcome::Inserted);
    assert_eq!(database.execute("SELECT epoch FROM write_turn"), "1");
    drop(client);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_replica_has_revoked_the_other_refuses_at_once() {
    let database = Postgres::shared().database();
    let (a, b) = (store(&database).await, store(&database).await);
    for _ in 0..30 {
        let new = new_token(token("alice"));
        let id = new.token.token_id;
        a.insert_token(new).await.unwrap();
        assert_eq!(b.find_token(id).await.unwrap().unwrap().token.revocation, None);
        assert!(a.revoke_token(id, NOW, audit()).await.unwrap());
        assert!(b.find_token(id).await.unwrap().unwrap().token.revocation.is_some());
        assert!(!b.revoke_token(id, NOW, audit()).await.unwrap());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_a_hundred_rotations_through_two_replicas_wins() {
    use access_core::family::Decision;
    use access_core::store::RotationOutcome;
    let database = Postgres::shared().database();
    let replicas = [store(&database).await, store(&database).await];
    let new = refreshable();
    replicas[0].insert_token(new.clone()).await.unwrap();
    let family = new.family.unwrap();
    let rotations = (0..100).map(|number| {
        let store = Arc::clone(&replicas[number % 2]);
        let step = crate::conformance::families::rotation(&family, family.current_hash, Decision::Rotate);
        async move { store.rotate_refresh(step).await.unwrap() }
    });
    let answers = at_once(rotations.collect::<Vec<_>>()).await;
    let of = |outcome| answers.iter().filter(|answer| **answer == outcome).count();
    assert_eq!((of(RotationOutcome::Rotated), of(RotationOutcome::Changed)), (1, 99));
    assert_eq!(database.execute("SELECT generation FROM refresh_families"), "1");
    assert_eq!(database.execute("SELECT COUNT(*) FROM tokens WHERE revoked_at IS NULL"), "1");
}
