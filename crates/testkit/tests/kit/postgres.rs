//! A PostgreSQL that dies, freezes, follows and takes over as it is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use testkit::{Postgres, Replication};

#[test]
fn databases_of_the_shared_cluster_are_apart_and_go_with_their_test() {
    let (one, other) = (Postgres::shared().database(), Postgres::shared().database());
    assert!(Arc::ptr_eq(one.cluster(), other.cluster()));
    one.execute("CREATE TABLE here (it text); INSERT INTO here VALUES ('is')");
    assert_eq!(one.execute("SELECT it FROM here"), "is");
    assert_eq!(other.execute("SELECT count(*) FROM pg_class WHERE relname = 'here'"), "0");
    assert_eq!(other.execute("SHOW server_encoding"), "UTF8");
    let gone = one.name().to_owned();
    drop(one);
    let asked = format!("SELECT count(*) FROM pg_database WHERE datname = '{gone}'");
    assert_eq!(other.execute(&asked), "0");
}

#[test]
fn over_tcp_a_password_is_demanded() {
    let database = Postgres::shared().database();
    assert_eq!(psql(&database.url_with_password(), &[]).unwrap(), database.name());
    let wrong = database.url_with_password().replace(database.password(), "wrong");
    assert!(psql(&wrong, &[]).unwrap_err().contains("password authentication failed"));
    assert!(psql(&database.url(), &[]).unwrap_err().contains("no password supplied"));
}

#[test]
fn with_tls_the_certificate_is_right_and_nobody_comes_in_without() {
    let cluster = Postgres::builder().tls().start();
    let database = cluster.database();
    let authority = cluster.ca_file();
    let verified = [("PGSSLMODE", "verify-full"), ("PGSSLROOTCERT", authority.to_str().unwrap())];
    assert_eq!(psql(&database.url_with_password(), &verified).unwrap(), database.name());
    let by_name = database.url_with_password().replace("127.0.0.1", "localhost");
    assert_eq!(psql(&by_name, &verified).unwrap(), database.name());
    let refusal = psql(&database.url_with_password(), &[("PGSSLMODE", "disable")]).unwrap_err();
    assert!(refusal.contains("no encryption"), "{refusal}");
}

#[test]
fn what_was_committed_outlives_every_way_to_end_it() {
    let cluster = Postgres::builder().start();
    let database = cluster.database();
    database.execute("CREATE TABLE kept (number int)");
    let ends = [Postgres::kill, Postgres::stop_fast, Postgres::stop_immediate];
    for (number, end) in ends.into_iter().enumerate() {
        database.execute(&format!("INSERT INTO kept VALUES ({number})"));
        end(&cluster);
        assert!(cluster.try_execute(database.name(), "SELECT 1").is_err(), "it is dead");
        cluster.restart();
    }
    assert_eq!(database.execute("SELECT string_agg(number::text, ',' ORDER BY number) FROM kept"), "0,1,2");
}

#[test]
fn settings_hold() {
    let cluster =
        Postgres::builder().durable().max_connections(17).setting("statement_timeout = '7s'").start();
    let show = |name: &str| cluster.execute("postgres", &format!("SHOW {name}"));
    assert_eq!((show("fsync"), show("full_page_writes")), ("on".to_owned(), "on".to_owned()));
    assert_eq!((show("max_connections"), show("statement_timeout")), ("17".to_owned(), "7s".to_owned()));
}

#[test]
fn frozen_it_answers_nobody_until_it_is_thawed() {
    let cluster = Postgres::builder().start();
    cluster.freeze();
    let answered = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let asking = scope.spawn(|| {
            let answer = cluster.execute("postgres", "SELECT 1");
            answered.store(true, Ordering::SeqCst);
            answer
        });
        std::thread::sleep(std::time::Duration::from_millis(300));
        assert!(!answered.load(Ordering::SeqCst), "nobody can have answered");
        cluster.thaw();
        assert_eq!(asking.join().unwrap(), "1");
    });
    cluster.freeze();
    cluster.kill();
    cluster.restart();
    assert_eq!(cluster.execute("postgres", "SELECT 1"), "1");
}

#[test]
fn a_synchronous_standby_has_all_that_was_acknowledged() {
    let primary = Postgres::builder().start();
    let database = primary.database();
    database.execute("CREATE TABLE kept (number int)");
    let standby = primary.standby(Replication::Synchronous);
    database.execute("INSERT INTO kept SELECT generate_series(1, 1000)");
    primary.kill();
    standby.promote();
    assert_eq!(standby.execute(database.name(), "SELECT count(*) FROM kept"), "1000");
    standby.execute(database.name(), "INSERT INTO kept VALUES (1001)");
}

#[test]
fn an_asynchronous_standby_that_was_held_back_has_lost_what_was_acknowledged() {
    let primary = Postgres::builder().start();
    let database = primary.database();
    database.execute("CREATE TABLE kept (number int); INSERT INTO kept VALUES (1)");
    let standby = primary.standby(Replication::Asynchronous);
    standby.wait_for_all_of(&primary);
    standby.upstream().stall();
    database.execute("INSERT INTO kept VALUES (2)");
    primary.kill();
    standby.promote();
    assert_eq!(standby.execute(database.name(), "SELECT string_agg(number::text, ',') FROM kept"), "1");
}

#[test]
fn a_standby_follows_again_after_its_link_was_cut_and_its_primary_restarted() {
    let primary = Postgres::builder().start();
    let standby = primary.standby(Replication::Asynchronous);
    standby.upstream().cut();
    primary.kill();
    primary.restart();
    primary.execute("postgres", "CREATE TABLE later (number int)");
    standby.wait_for_all_of(&primary);
    assert_eq!(standby.execute("postgres", "SELECT count(*) FROM later"), "0");
}

/// Who is logged in, as somebody who comes by TCP sees it.
fn psql(url: &str, variables: &[(&str, &str)]) -> Result<String, String> {
    let mut command = std::process::Command::new("psql");
    command.args(["-X", "-w", "-A", "-t", "-c", "SELECT current_user", url]).envs(variables.iter().copied());
    let output = command.output().unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if output.status.success() { Ok(text(&output.stdout)) } else { Err(text(&output.stderr)) }
}
