//! PostgreSQL in trouble, with two replicas under load: clients are told "later" and nothing else, nothing that was
//! acknowledged is undone, and all is well again by itself. How long that took is printed (`--nocapture`).

use crate::TOKENS;
use crate::shared_database::{Replicas, decided, wait_for, wait_for_changes};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testkit::{Answer, Http, Load, Outcomes, Postgres, RunningLoad, TcpSwitch, User};

const BOTH: [usize; 2] = [0, 1];

/// Two replicas on a cluster of their own, and a user.
fn two() -> (Arc<Postgres>, Replicas, User) {
    let cluster = Postgres::builder().durable().start();
    let replicas = Replicas::on(cluster.database(), 2, |builder| builder);
    let frog = replicas[0].new_user("frog");
    (cluster, replicas, frog)
}

fn load(replicas: &Replicas, user: &User) -> Load {
    Load::new(&replicas.ports(), user).clients(6)
}

/// Lets the load go on until it has enough of each kind of change to show anything, and then checks all that it did.
#[track_caller]
fn check(load: RunningLoad, replicas: &Replicas, user: &User, cluster: &Postgres) {
    wait_for("enough changes of each kind", || {
        let Outcomes { created, refreshed, revoked, .. } = load.history().outcomes();
        created.min(refreshed).min(revoked) >= 5
    });
    println!("{:?}", replicas.check(load, user, cluster));
}

#[track_caller]
fn is_later(answer: &Answer) {
    assert_eq!(answer.status, 503, "{}", answer.body);
    assert!(answer.header("retry-after").is_some_and(|seconds| seconds.parse::<u64>().is_ok()));
}

/// Asks a replica for a check and a create, and how long the answers took, in milliseconds.
fn both_are_later(port: u16, user: &User) -> [u128; 2] {
    let http = Http::on_port(port);
    let calls = [
        http.get(&format!("{TOKENS}/me")).bearer(&user.token),
        http.post(TOKENS).bearer(&user.token).json(json!({})),
    ];
    calls.map(|call| {
        let began = Instant::now();
        is_later(&call.send());
        began.elapsed().as_millis()
    })
}

#[track_caller]
fn ends_and_restarts(end: fn(&Postgres)) {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    for _ in 0..4 {
        wait_for_changes(&load, 20);
        end(&cluster);
        // While it is away, too, there are answers.
        for accessd in replicas.all() {
            both_are_later(accessd.port(), &replicas.toad);
        }
        cluster.restart();
        println!("well again {:?} after the database", replicas.until_well(&BOTH));
    }
    wait_for_changes(&load, 20);
    check(load, &replicas, &frog, &cluster);
}

#[test]
fn a_fast_restart() {
    ends_and_restarts(Postgres::stop_fast);
}

#[test]
fn an_immediate_stop() {
    ends_and_restarts(Postgres::stop_immediate);
}

#[test]
fn a_kill() {
    ends_and_restarts(Postgres::kill);
}

/// The server closes and accepts so fast that a client may see no trouble at all.
#[test]
fn sessions_that_the_server_ends() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    for _ in 0..10 {
        wait_for_changes(&load, 5);
        let name = replicas.database.name();
        let end = format!("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{name}'");
        cluster.execute("postgres", &end);
    }
    println!("well again after {:?}", replicas.until_well(&BOTH));
    check(load, &replicas, &frog, &cluster);
}

#[test]
fn connections_that_are_cut() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    for round in 0..12 {
        wait_for_changes(&load, 5);
        // One, the other, both.
        for (number, link) in replicas.links.iter().enumerate() {
            if round % 3 != 1 - number {
                link.cut();
            }
        }
    }
    println!("well again after {:?}", replicas.until_well(&BOTH));
    check(load, &replicas, &frog, &cluster);
}

/// What the one revokes while the other is cut off is dead there, too, when it is back; meanwhile it says nothing.
#[test]
fn a_replica_that_is_cut_off() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    let ways: [fn(&TcpSwitch); 2] = [
        |link| {
            link.refuse();
            link.cut();
        },
        TcpSwitch::stall,
    ];
    for switch_off in ways {
        for number in BOTH {
            wait_for_changes(&load, 10);
            let minted = replicas[number].mint(&replicas.toad.token, json!({}));
            let link = &replicas.links[number];
            switch_off(link);
            let took: Vec<_> =
                (0..4).map(|_| both_are_later(replicas[number].port(), &replicas.toad)).collect();
            println!("cut off: 503 of a check and of a create after {took:?} ms");
            let other = &replicas[1 - number];
            wait_for("the other one goes on", || replicas.is_well(1 - number));
            other.revoke(&replicas.toad.token, &minted.id).expect(200);
            link.pass();
            println!("well again after {:?}", replicas.until_well(&[number]));
            assert!(!replicas[number].accepts(&minted.token));
        }
    }
    check(load, &replicas, &frog, &cluster);
}

/// As slow as another continent: all goes on. Slower than anybody waits: "later", and then all goes on.
#[test]
fn a_slow_database() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    let delay = |milliseconds| {
        replicas.links.iter().for_each(|link| link.delay(Duration::from_millis(milliseconds)));
    };
    wait_for_changes(&load, 10);
    delay(100);
    wait_for_changes(&load, 10);
    let began = Instant::now();
    decided(|| replicas[0].whoami(&frog.token)).expect(200);
    println!("200 ms slower: a check took {:?}", began.elapsed());
    delay(1000);
    std::thread::sleep(Duration::from_secs(2));
    println!("2 s slower: 503 after {:?} ms", both_are_later(replicas[0].port(), &replicas.toad));
    replicas.links.iter().for_each(TcpSwitch::pass);
    println!("well again after {:?}", replicas.until_well(&BOTH));
    wait_for_changes(&load, 10);
    check(load, &replicas, &frog, &cluster);
}

/// Others take every place the server has, down to those of its administrators.
#[test]
fn a_server_without_a_free_place() {
    let cluster = Postgres::builder().durable().max_connections(30).start();
    let replicas = Replicas::on(cluster.database(), 2, |builder| builder);
    let frog = replicas[0].new_user("frog");
    let load = load(&replicas, &frog).start();
    for _ in 0..2 {
        wait_for_changes(&load, 20);
        replicas.links.iter().for_each(|link| {
            link.refuse();
            link.cut();
        });
        let crowd = crowd(&cluster, &replicas);
        replicas.links.iter().for_each(TcpSwitch::pass);
        for accessd in replicas.all() {
            // At first it may still be told of the network that was away.
            wait_for("the replica is told that the server is full", || {
                println!("full: 503 after {:?} ms", both_are_later(accessd.port(), &replicas.toad));
                accessd.log().contains("takes no more sessions now")
            });
        }
        drop(crowd);
        println!("well again {:?} after the places were free", replicas.until_well(&BOTH));
    }
    wait_for_changes(&load, 10);
    check(load, &replicas, &frog, &cluster);
}

/// Clients who have begun to log in, and take their time: each holds a place.
/// As many of them as the server takes.
fn crowd(cluster: &Postgres, replicas: &Replicas) -> Vec<TcpStream> {
    let name = replicas.database.name();
    let words = format!("user\0{name}\0database\0{name}\0\0");
    let length = u32::try_from(8 + words.len()).unwrap();
    let hello = [&length.to_be_bytes()[..], &[0, 3, 0, 0], words.as_bytes()].concat();
    let (mut crowd, mut refused) = (Vec::new(), 0);
    // The server needs a moment to see that the replicas are gone.
    while refused < 20 {
        let mut one = TcpStream::connect(("127.0.0.1", cluster.port())).unwrap();
        one.write_all(&hello).unwrap();
        let mut first = [0];
        if one.read_exact(&mut first).is_ok() && first == *b"R" {
            crowd.push(one);
        } else {
            refused += 1;
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    assert!(crowd.len() > 20, "{}", crowd.len());
    crowd
}

/// A replica whose machine stands still has the turn to write in its hand: the server takes it away.
#[test]
fn a_replica_that_stands_still_inside_a_transaction() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    for _ in 0..3 {
        wait_for_changes(&load, 20);
        // Where each answer takes its time, a replica is always inside a transaction.
        replicas.links[1].delay(Duration::from_millis(25));
        let held = "SELECT count(*) FROM pg_stat_activity a JOIN pg_locks l USING (pid) \
             WHERE a.state = 'idle in transaction' AND l.relation = 'write_turn'::regclass \
             AND l.mode = 'RowExclusiveLock'";
        wait_for("it stands still at the right moment", || {
            replicas[1].freeze();
            let it_is = (0..4).all(|_| {
                std::thread::sleep(Duration::from_millis(60));
                replicas.database.execute(held) == "1"
            });
            if !it_is {
                replicas[1].thaw();
                std::thread::sleep(Duration::from_millis(37));
            }
            it_is
        });
        let began = Instant::now();
        wait_for("the other one goes on", || replicas.is_well(0));
        println!("the other one goes on {:?} after it was seen to stand still", began.elapsed());
        replicas[1].thaw();
        replicas.links[1].pass();
        println!("well again after {:?}", replicas.until_well(&BOTH));
    }
    check(load, &replicas, &frog, &cluster);
}

#[test]
fn a_replica_that_is_killed() {
    let (cluster, replicas, frog) = two();
    let load = load(&replicas, &frog).start();
    for round in 0..6 {
        let number = round % 2;
        wait_for_changes(&load, 10);
        replicas[number].kill();
        let began = Instant::now();
        wait_for("the other one goes on", || replicas.is_well(1 - number));
        println!("the other one goes on after {:?}", began.elapsed());
        replicas[number].restart();
    }
    println!("well again after {:?}", replicas.until_well(&BOTH));
    check(load, &replicas, &frog, &cluster);
}
