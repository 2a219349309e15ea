//! A primary that dies, and a standby that takes over: with all that was acknowledged, or without the end of it. Then
//! what was revoked in the missing part would live again, and the replicas say nothing until an operator has decided.
//!
//! Not covered: a primary that comes back beside its promoted standby.

use crate::shared_database::{Replicas, wait_for, wait_for_changes};
use crate::{TOKENS, USERS};
use serde_json::json;
use std::sync::Arc;
use std::time::Instant;
use testkit::{Accessd, Http, Load, Minted, Postgres, Replication, User};

/// A primary with a standby, and replicas on it.
struct Pair {
    replicas: Replicas,
    frog: User,
    primary: Arc<Postgres>,
    standby: Arc<Postgres>,
}

impl Pair {
    fn start(replication: Replication, replicas: usize) -> Self {
        let primary = Postgres::builder().durable().start();
        let database = primary.database();
        let standby = primary.standby(replication);
        let replicas = Replicas::on(database, replicas, |builder| builder);
        let frog = replicas[0].new_user("frog");
        Self { replicas, frog, primary, standby }
    }

    /// The primary dies, the standby takes over, and the address of the database follows.
    fn fail_over(&self) {
        let began = Instant::now();
        self.primary.kill();
        self.standby.promote();
        println!("promoted {:?} after the primary died", began.elapsed());
        self.replicas.links.iter().for_each(|link| link.retarget(self.standby.port()));
    }

    /// From now on what the primary acknowledges does not arrive at the standby.
    fn hold_back(&self) {
        self.standby.wait_for_all_of(&self.primary);
        self.standby.upstream().stall();
    }

    /// A revocation that a replica acknowledged and that is lost.
    fn lose_a_revocation(&self, revoking: &Accessd) -> Minted {
        let minted = revoking.mint(&self.frog.token, json!({"refreshable": true}));
        self.hold_back();
        revoking.revoke(&self.frog.token, &minted.id).expect(200);
        assert!(!revoking.accepts(&minted.token));
        minted
    }

    fn on_the_standby(&self, sql: &str) -> String {
        self.standby.execute(self.replicas.database.name(), sql)
    }

    /// Whatever is asked: later.
    #[track_caller]
    fn says_nothing(&self, accessd: &Accessd, minted: &Minted) {
        let (http, token) = (accessd.http(), &self.frog.token);
        let refresh = json!({"grant_type": "refresh_token", "refresh_token": minted.refresh_token});
        for call in [
            http.get(&format!("{TOKENS}/me")).bearer(&minted.token),
            http.get(&format!("{TOKENS}/me")).bearer(token),
            http.get(TOKENS).bearer(token),
            http.get(TOKENS).basic(&self.frog.name, &self.frog.password),
            http.post(TOKENS).bearer(token).json(json!({})),
            http.post(TOKENS).bearer(token).json(refresh),
            http.delete(&format!("{TOKENS}/{}", minted.id)).bearer(token),
            http.get(USERS).bearer(&accessd.admin_token()),
            http.get("/access/api/v1/system/readiness"),
        ] {
            let answer = call.send().expect(503);
            assert!(answer.header("retry-after").is_some(), "{}", answer.body);
        }
        http.get("/access/api/v1/system/liveness").send().expect(200);
    }

    /// What `accessd unlock` does.
    fn unlock(&self) {
        self.on_the_standby("UPDATE write_turn SET fork = fork + 1, locked = NULL");
    }

    /// Nobody goes on until an operator says so; then all do, with what is left.
    #[track_caller]
    fn is_locked_until_an_operator_decides(&self, lost: &Minted) {
        for _ in 0..2 {
            for accessd in self.replicas.all() {
                self.says_nothing(accessd, lost);
            }
        }
        let why = self.on_the_standby("SELECT locked FROM write_turn");
        assert!(why.contains("acknowledged are missing") && why.contains("accessd unlock"), "{why}");
        let logs: String = self.replicas.all().iter().map(Accessd::log).collect();
        assert!(logs.contains("acknowledged are missing"), "{logs}");
        self.unlock();
        let all: Vec<usize> = (0..self.replicas.all().len()).collect();
        println!("well again {:?} after it was unlocked", self.replicas.until_well(&all));
        for accessd in self.replicas.all() {
            assert!(
                accessd.accepts(&lost.token),
                "this is what was lost, and what the operator has to look for"
            );
        }
        self.replicas[0].revoke(&self.frog.token, &lost.id).expect(200);
        self.replicas.all().iter().for_each(|accessd| assert!(!accessd.accepts(&lost.token)));
        // It is a database like any other from now on.
        self.standby.kill();
        self.standby.restart();
        self.replicas.until_well(&all);
        self.replicas.all().iter().for_each(|accessd| assert!(!accessd.accepts(&lost.token)));
    }
}

#[test]
fn a_synchronous_standby_has_all_that_was_acknowledged() {
    let pair = Pair::start(Replication::Synchronous, 2);
    let load = Load::new(&pair.replicas.ports(), &pair.frog).clients(6).start();
    wait_for_changes(&load, 100);
    pair.fail_over();
    println!("well again {:?} after the standby took over", pair.replicas.until_well(&[0, 1]));
    wait_for_changes(&load, 30);
    println!("{:?}", pair.replicas.check(load, &pair.frog, &pair.standby));
}

/// As libpq's clients have it: both servers are in the URL, and the one that takes writes is used.
#[test]
fn two_hosts_in_the_url() {
    let primary = Postgres::builder().durable().start();
    let database = primary.database();
    let standby = primary.standby(Replication::Synchronous);
    let (one, other) = (standby.port(), primary.port());
    let url = database.url().replace(&format!(":{other}/"), &format!(":{one},127.0.0.1:{other}/"));
    let replicas = Replicas::on(database, 2, |builder| builder.env("ACCESSD_DATABASE_URL", &url));
    let frog = replicas[0].new_user("frog");
    let load = Load::new(&replicas.ports(), &frog).clients(6).start();
    wait_for_changes(&load, 50);
    primary.kill();
    standby.promote();
    println!("well again {:?} after the standby took over", replicas.until_well(&[0, 1]));
    wait_for_changes(&load, 20);
    println!("{:?}", replicas.check(load, &frog, &standby));
}

/// Without its synchronous standby a primary acknowledges nothing, and neither does a replica.
#[test]
fn without_the_synchronous_standby_nothing_is_acknowledged() {
    let pair = Pair::start(Replication::Synchronous, 2);
    let load = Load::new(&pair.replicas.ports(), &pair.frog).start();
    wait_for_changes(&load, 20);
    pair.standby.upstream().stall();
    let minted = || pair.replicas[0].ask_token(&pair.replicas.toad.token, json!({}));
    // What was on its way may still arrive.
    wait_for("nothing is acknowledged", || minted().status == 503);
    minted().expect(503);
    assert!(pair.replicas[1].accepts(&pair.frog.token), "what can be read is answered");
    pair.standby.upstream().pass();
    println!("well again after {:?}", pair.replicas.until_well(&[0, 1]));
    wait_for_changes(&load, 20);
    pair.replicas.check(load, &pair.frog, &pair.primary);
}

#[test]
fn an_asynchronous_standby_without_the_last_revocation_is_locked() {
    let pair = Pair::start(Replication::Asynchronous, 1);
    let lost = pair.lose_a_revocation(&pair.replicas[0]);
    pair.fail_over();
    pair.is_locked_until_an_operator_decides(&lost);
}

#[test]
fn an_asynchronous_standby_that_had_all_is_not_locked() {
    let pair = Pair::start(Replication::Asynchronous, 2);
    let load = Load::new(&pair.replicas.ports(), &pair.frog).start();
    wait_for_changes(&load, 30);
    let events = load.stop();
    assert!(!events.is_empty());
    pair.standby.wait_for_all_of(&pair.primary);
    pair.fail_over();
    pair.replicas.until_well(&[0, 1]);
    assert_eq!(pair.on_the_standby("SELECT fork, locked FROM write_turn"), "0|");
}

/// The one has nothing to complain of. The lock in the database stops it.
#[test]
fn what_one_replica_misses_stops_the_others() {
    let pair = Pair::start(Replication::Asynchronous, 2);
    let (seeing, other) = (&pair.replicas[0], &pair.replicas[1]);
    let lost = pair.lose_a_revocation(seeing);
    pair.fail_over();
    pair.says_nothing(seeing, &lost);
    pair.says_nothing(other, &lost);
    pair.is_locked_until_an_operator_decides(&lost);
}

/// The one that has not seen it is first, and writes on the new primary beyond what was lost. The other notices: what
/// it has seen is not in the history.
#[test]
fn a_history_that_went_another_way_is_noticed() {
    let pair = Pair::start(Replication::Asynchronous, 2);
    let (seeing, other) = (&pair.replicas[0], &pair.replicas[1]);
    assert!(other.accepts(&pair.frog.token));
    let lost = pair.lose_a_revocation(seeing);
    pair.fail_over();
    let epoch = || pair.on_the_standby("SELECT epoch FROM write_turn").parse::<u64>().unwrap();
    let promoted_at = epoch();
    wait_for("the other one goes on", || pair.replicas.is_well(1) && epoch() > promoted_at + 10);
    pair.says_nothing(seeing, &lost);
    pair.says_nothing(other, &lost);
    pair.is_locked_until_an_operator_decides(&lost);
}

/// Many replicas have seen different parts of it, under load. All stop, by whichever is first.
#[test]
fn under_load_every_replica_stops() {
    let pair = Pair::start(Replication::Asynchronous, 2);
    let load = Load::new(&pair.replicas.ports(), &pair.frog).start();
    wait_for_changes(&load, 20);
    let lost = pair.lose_a_revocation(&pair.replicas[1]);
    wait_for_changes(&load, 20);
    pair.fail_over();
    wait_for("somebody notices", || {
        pair.standby
            .try_execute(pair.replicas.database.name(), "SELECT locked FROM write_turn")
            .is_ok_and(|why| !why.is_empty())
    });
    for accessd in pair.replicas.all() {
        pair.says_nothing(accessd, &lost);
    }
    // Histories with a loss have violations by right; the clients only have to have been told "later".
    assert!(load.stop().iter().all(|event| !matches!(event.outcome, testkit::Outcome::Refused(500..))));
}

/// A process that starts knows nothing of what was lost. The lock does.
#[test]
fn a_replica_that_starts_finds_the_lock() {
    let pair = Pair::start(Replication::Asynchronous, 1);
    let lost = pair.lose_a_revocation(&pair.replicas[0]);
    pair.fail_over();
    pair.says_nothing(&pair.replicas[0], &lost);
    let started = pair.replicas[0].run(&["admin-token", "--data-dir", "/nonexistent-data"]);
    let words = String::from_utf8_lossy(&started.stderr);
    assert!(!started.status.success() && words.contains("locked"), "{words}");
    pair.unlock();
    pair.replicas.until_well(&[0]);
    assert!(
        Http::on_port(pair.replicas[0].port()).get("/access/api/v1/system/readiness").send().status == 200
    );
}
