//! `kill -9` at the worst moments: nothing acknowledged is lost, nothing revoked lives, and the database is
//! whole.

use serde_json::json;
use std::time::{Duration, Instant};
use testkit::{Accessd, AuditTrail, Findings, Load, check, python};

fn killed_and_restarted(accessd: &Accessd) {
    accessd.kill();
    accessd.restart();
}

#[track_caller]
fn wait_for(is_so: impl Fn() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < Duration::from_secs(120), "the clients get nowhere");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn between_create_and_use() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": true, "include_reference_token": true}));
    killed_and_restarted(&accessd);
    assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    accessd.refresh(&minted);
    accessd.http().get(crate::TOKENS).basic(&frog.name, &frog.password).send().expect(200);
}

#[test]
fn between_revoke_and_use() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({"refreshable": true, "include_reference_token": true}));
    accessd.revoke(&frog.token, &minted.id).expect(200);
    killed_and_restarted(&accessd);
    assert!(!accessd.accepts(&minted.token) && !accessd.accepts(&minted.reference_token));
    accessd.ask_refresh(&frog.token, &minted.refresh_token).expect(404);
    assert!(accessd.accepts(&frog.token));
}

#[test]
fn between_refresh_and_reuse() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let first = accessd.mint(&frog.token, json!({"refreshable": true}));
    let second = accessd.refresh(&first);
    killed_and_restarted(&accessd);
    assert!(!accessd.accepts(&first.token));
    assert!(accessd.accepts(&second.token), "and with this use the answer has arrived");
    killed_and_restarted(&accessd);
    accessd.ask_refresh(&frog.token, &first.refresh_token).expect(404);
    killed_and_restarted(&accessd);
    assert!(!accessd.accepts(&second.token), "the reuse revoked the family, durably");
    accessd.ask_refresh(&frog.token, &second.refresh_token).expect(404);
}

#[test]
fn between_a_refresh_whose_answer_is_lost_and_its_retry() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let first = accessd.mint(&frog.token, json!({"refreshable": true}));
    let lost = accessd.refresh(&first);
    killed_and_restarted(&accessd);
    let found = accessd.refresh(&first);
    assert!(accessd.accepts(&found.token) && !accessd.accepts(&lost.token));
}

#[test]
fn between_disabling_a_user_and_the_users_next_request() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    accessd.change_user(&frog.name, json!({"status": "disabled"}));
    killed_and_restarted(&accessd);
    assert!(!accessd.accepts(&frog.token));
}

#[test]
fn a_repeated_create_after_a_crash_makes_no_second_token() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let ask = || {
        let call = accessd.http().post(crate::TOKENS).bearer(&frog.token);
        testkit::Minted::from_answer(call.header("Idempotency-Key", "key-across-a-crash").json("{}").send())
    };
    let first = ask();
    killed_and_restarted(&accessd);
    assert_eq!(ask().token, first.token);
    assert_eq!(accessd.tokens_of(&frog.name).len(), 2);
}

#[test]
fn a_first_start_that_is_killed_at_any_moment_can_be_repeated() {
    for milliseconds in [0, 5, 10, 20, 40, 60, 80, 100, 120, 150, 200, 300] {
        let folder = tempfile::tempdir().unwrap();
        let data = folder.path().join("data");
        let mut command = std::process::Command::new(testkit::program("accessd"));
        command.args(["serve", "--listen", "127.0.0.1:0", "--data-dir"]).arg(&data).env_clear();
        command.stderr(std::process::Stdio::null()).stdout(std::process::Stdio::null());
        let mut child = command.spawn().unwrap();
        std::thread::sleep(Duration::from_millis(milliseconds));
        child.kill().unwrap();
        child.wait().unwrap();
        let accessd = Accessd::builder().data_folder(&data).start();
        assert!(accessd.accepts(&accessd.admin_token()), "after {milliseconds} ms");
        accessd.http().get(crate::USERS).basic("admin", &accessd.first_password()).send().expect(200);
    }
}

#[test]
fn twenty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let load = Load::new(&[accessd.port()], &frog).start();
    let began = Instant::now();
    let mut kills = 0_u64;
    // The bound is for slow machines only: twenty kills are the aim.
    while kills < 20 && began.elapsed() < Duration::from_secs(25) {
        kills += 1;
        // On a machine that is busy, too, there is something to lose.
        let before = load.history().outcomes().acknowledged();
        wait_for(|| load.history().outcomes().acknowledged() > before);
        std::thread::sleep(Duration::from_millis((kills * 7919) % 270));
        killed_and_restarted(&accessd);
    }
    assert!(kills >= 3, "too few to show anything: {kills}");
    wait_for(|| {
        let so_far = load.history().outcomes();
        so_far.created.min(so_far.revoked).min(so_far.refreshed) >= 10
    });
    println!("{kills} kills: {:?}", load.history().outcomes());
    let events = load.stop();

    let found = Findings::gather(&events, &[accessd.port()], &frog, &AuditTrail::of(&accessd));
    let violations = check(&events, &found);
    assert!(violations.is_empty(), "{violations:#?}");

    if !testkit::is_postgres() {
        accessd.kill();
        let database = accessd.data_folder().join("accessd.db");
        let whole = python("integrity.py", &[&database.to_string_lossy()]);
        assert_eq!(whole, "ok\n0\n", "the database is whole");
        accessd.restart();
    }
    assert!(accessd.accepts(&frog.token));
}

/// The checker against a real service that has forgotten: the last acknowledged changes are gone with a copy of the
/// database from before, as after a failover to a replica that lagged behind.
#[test]
fn what_an_older_database_has_forgotten_is_noticed() {
    if testkit::is_postgres() {
        return; // It is a matter of files here.
    }
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let load = Load::new(&[accessd.port()], &frog).start();
    let enough = |count: usize| wait_for(|| load.history().outcomes().revoked >= count);
    let database = accessd.data_folder().join("accessd.db");
    enough(5);
    assert_eq!(accessd.stop(), Some(0));
    let older = std::fs::read(&database).unwrap();
    accessd.restart();
    enough(15);
    let events = load.stop();
    let found = || Findings::gather(&events, &[accessd.port()], &frog, &AuditTrail::of(&accessd));
    assert_eq!(accessd.stop(), Some(0));
    std::fs::write(&database, older).unwrap();
    accessd.restart();
    let violations = check(&events, &found());
    for rule in ["I1", "I2", "I5"] {
        assert!(violations.iter().any(|violation| violation.rule == rule), "not {rule}: {violations:#?}");
    }
}
