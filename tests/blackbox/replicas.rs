//! Two and more `accessd` on one PostgreSQL: what one has acknowledged the others know at once, and races end as they do
//! on one.

use crate::shared_database::{Replicas, decided, wait_for, wait_for_changes};
use crate::{PROJECTS, TOKENS, USERS};
use serde_json::json;
use std::collections::BTreeSet;
use std::sync::Barrier;
use testkit::{Accessd, Answer, Builder, Load, Minted, Postgres, User, header, unique};

const API_KEY: &str = "/artifactory/api/security/apiKey";
const WEB_LOGIN: &str = "/access/api/v2/authentication/jfrog_client_login";
const KEY_HEADER: &str = "X-JFrog-Art-Api";

fn settings(builder: Builder) -> Builder {
    builder
        .env("ACCESSD_SECURITY_DISABLE_API_KEY_CREATION", "false")
        .env("ACCESSD_SECURITY_LOCKOUT_AFTER_FAILURES", "3")
}

fn two() -> Replicas {
    Replicas::on(Postgres::shared().database(), 2, settings)
}

/// Both orders, again and again.
fn directions(replicas: &Replicas) -> impl Iterator<Item = (&Accessd, &Accessd)> {
    [0, 1, 1, 0, 0, 1, 0, 1, 1, 0].into_iter().map(|one| (&replicas[one], &replicas[1 - one]))
}

#[test]
fn a_revocation_counts_everywhere_at_once() {
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    for (one, other) in directions(&replicas) {
        for by_value in [false, true] {
            let body = json!({"refreshable": true, "include_reference_token": true});
            let minted = one.mint(&frog.token, body);
            let refreshed = other.refresh(&minted);
            assert!(!one.accepts(&minted.token) && !one.accepts(&minted.reference_token));
            assert!(one.accepts(&refreshed.token) && other.accepts(&refreshed.token));
            if by_value {
                let body = json!({"token": refreshed.token});
                let revoke = other.http().delete(&format!("{TOKENS}/revoke")).bearer(&frog.token);
                revoke.json(body).send().expect(200);
            } else {
                other.revoke(&frog.token, &refreshed.id).expect(200);
            }
            assert!(!one.accepts(&refreshed.token));
            one.ask_refresh(&frog.token, &refreshed.refresh_token).expect(404);
            assert!(!one.accepts(&minted.token) && !one.accepts(&minted.reference_token));

            let reference = one.mint(&frog.token, json!({"include_reference_token": true}));
            assert!(other.accepts(&reference.reference_token));
            one.revoke(&frog.token, &reference.id).expect(200);
            assert!(!other.accepts(&reference.reference_token) && !other.accepts(&reference.token));
        }
    }
}

#[test]
fn a_user_who_is_disabled_deleted_or_demoted_is_so_everywhere_at_once() {
    let replicas = two();
    for (one, other) in directions(&replicas) {
        let (frog, toad, newt) = (one.new_user("frog"), one.new_user("toad"), one.new_admin("newt"));
        let basic = |user: &User| other.http().get(TOKENS).basic(&user.name, &user.password).send().status;
        let reference = one.mint(&frog.token, json!({"include_reference_token": true, "refreshable": true}));
        assert!(other.accepts(&frog.token) && other.accepts(&reference.reference_token));
        assert_eq!(basic(&frog), 200);
        one.change_user(&frog.name, json!({"status": "disabled"}));
        assert!(!other.accepts(&frog.token) && !other.accepts(&reference.reference_token));
        assert_eq!(other.ask_refresh(&reference.token, &reference.refresh_token).status / 100, 4);
        assert_eq!(basic(&frog), 401);

        assert!(other.accepts(&toad.token));
        one.delete_user(&toad.name);
        assert!(!other.accepts(&toad.token));
        assert_eq!(basic(&toad), 401);

        let lists = || other.http().get(USERS).bearer(&newt.token).send().status;
        assert_eq!(lists(), 200);
        one.change_user(&newt.name, json!({"admin": false}));
        assert!(matches!(lists(), 401 | 403), "no administrator any more");
    }
}

#[test]
fn a_deleted_project_takes_its_tokens_along_everywhere_at_once() {
    let replicas = two();
    for (one, other) in directions(&replicas) {
        let key = unique("web");
        one.project(&key);
        let body = json!({"username": "robot", "scope": format!("applied-permissions/roles:{key}:Viewer")});
        let minted = other.mint(&other.admin_token(), body);
        assert!(one.accepts(&minted.token) && other.accepts(&minted.token));
        let delete = one.http().delete(&format!("{PROJECTS}/{key}")).bearer(&one.admin_token());
        delete.json(json!({})).send().expect(204);
        assert!(!other.accepts(&minted.token));
    }
}

#[test]
fn an_api_key_is_made_changed_and_revoked_for_all() {
    let replicas = two();
    for (one, other) in directions(&replicas).take(4) {
        let frog = one.new_user("frog");
        let as_frog = |accessd: &Accessd, method: &str| {
            accessd.http().request(method, API_KEY).basic(&frog.name, &frog.password).send()
        };
        let accepted = |accessd: &Accessd, key: &str| {
            accessd.http().get(API_KEY).header(KEY_HEADER, key).send().status == 200
        };
        let key_of = |answer: &Answer| answer.json()["apiKey"].as_str().unwrap().to_owned();
        let first = key_of(&as_frog(one, "POST").expect(201));
        assert!(accepted(other, &first));
        let second = key_of(&as_frog(one, "PUT").expect(200));
        assert!(accepted(other, &second) && !accepted(other, &first));
        as_frog(one, "DELETE").expect(200);
        assert!(!accepted(other, &second));
    }
}

/// The client asks the one replica, the browser another one.
#[test]
fn a_log_in_with_the_browser_goes_over_all() {
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    for (number, (one, other)) in directions(&replicas).enumerate() {
        let session = format!("0b2ff2b5-3a0e-4f0e-9d4c-6f6d2f1e{number:04}");
        let open = one.http().post(&format!("{WEB_LOGIN}/request")).json(json!({"session": session}));
        open.send().expect(200);
        let poll = |accessd: &Accessd| accessd.http().get(&format!("{WEB_LOGIN}/token/{session}")).send();
        poll(other).expect(400);
        let form = [
            ("session", session.as_str()),
            ("client", "JFrog-CLI"),
            ("username", &frog.name),
            ("password", &frog.password),
            ("code", &session[32..]),
        ];
        other.http().post("/ui/login").header("Origin", &other.url()).form(&form).send().expect(200);
        let token = poll(one).expect(200).json()["access_token"].as_str().unwrap().to_owned();
        assert!(other.accepts(&token));
        poll(other).expect(404);
    }
}

/// Three guesses are three guesses, not three a replica.
#[test]
fn wrong_passwords_are_counted_over_all() {
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    let guess = |number: usize, password: &str| {
        replicas[number].http().get(TOKENS).basic(&frog.name, password).send()
    };
    let told_to_wait = (0..).map(|number| guess(number % 2, "wrong").status).position(|status| status == 429);
    assert!(told_to_wait.is_some_and(|guesses| guesses <= 4), "{told_to_wait:?}");
    // Until the wait is longer than what the rest of this test takes.
    let mut number = 0;
    loop {
        let answer = guess(number % 2, "wrong");
        match answer.header("retry-after").and_then(|seconds| seconds.parse::<u64>().ok()) {
            Some(seconds) if seconds >= 8 => break,
            Some(seconds) => std::thread::sleep(std::time::Duration::from_secs(seconds)),
            None => drop(answer.expect(401)),
        }
        number += 1;
    }
    guess(0, &frog.password).expect(429);
    guess(1, &frog.password).expect(429);
    replicas[0].change_user(&frog.name, json!({"password": frog.password}));
    guess(1, &frog.password).expect(200);
}

/// Asks the same of all at the same moment, each on a connection of its own.
fn at_once(count: usize, ask: impl Fn(usize) -> Answer + Sync) -> Vec<Answer> {
    let barrier = Barrier::new(count);
    std::thread::scope(|scope| {
        let start = |number| {
            let (ask, barrier) = (&ask, &barrier);
            scope.spawn(move || {
                barrier.wait();
                ask(number)
            })
        };
        let threads: Vec<_> = (0..count).map(start).collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

#[test]
fn a_race_of_refreshes_over_all_leaves_one_live_branch() {
    let replicas = two();
    for _ in 0..6 {
        let frog = replicas[0].new_user("frog");
        let old = replicas[1].mint(&frog.token, json!({"refreshable": true}));
        let answers = at_once(64, |number| replicas[number % 2].ask_refresh(&old.token, &old.refresh_token));
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        // One, and one more who may have lost the first answer.
        assert!((1..=2).contains(&won.len()), "{}", won.len());
        let statuses: BTreeSet<u16> = lost.iter().map(|answer| answer.status).collect();
        assert!(statuses.iter().all(|status| [401, 404, 503].contains(status)), "{statuses:?}");
        let won: Vec<Minted> = won.into_iter().map(Minted::from_answer).collect();
        let live = |accessd: &Accessd| -> Vec<&str> {
            let live = won.iter().filter(|minted| accessd.accepts(&minted.token));
            live.map(|minted| minted.id.as_str()).collect()
        };
        let (one, other) = (live(&replicas[0]), live(&replicas[1]));
        assert_eq!((one.len(), &one), (1, &other), "exactly one branch lives");
        assert!(!replicas[0].accepts(&old.token) && !replicas[1].accepts(&old.token));
        assert_eq!(replicas[0].tokens_of(&frog.name).len(), 2, "the user's own, and the one of the branch");
    }
}

#[test]
fn a_repeated_create_at_another_replica_makes_no_second_token() {
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    for round in 0..8 {
        let key = format!("key-of-round-{round}");
        let answers = at_once(8, |number| {
            let call = replicas[number % 2].http().post(TOKENS).bearer(&frog.token);
            let call = call.header("Idempotency-Key", &key).json(json!({"refreshable": true}));
            decided(|| call.send())
        });
        let tokens: BTreeSet<String> =
            answers.into_iter().map(|answer| Minted::from_answer(answer).token).collect();
        assert_eq!(tokens.len(), 1);
        assert_eq!(replicas[1].tokens_of(&frog.name).len(), 2 + round);
    }
}

/// Each token is used at one and ended at the other, by clients that do so all the time.
#[test]
fn a_long_history_over_all_has_no_contradiction() {
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    let load = Load::new(&replicas.ports(), &frog).clients(6).start();
    wait_for_changes(&load, 600);
    println!("{:?}", replicas.check(load, &frog, replicas.database.cluster()));
}

/// A minute after its start each of them frees what has ended, at the same time, and nobody has said whose task it is.
#[test]
fn two_that_clean_at_once_free_each_row_once() {
    const ENDED: usize = 3000;
    let replicas = two();
    let frog = replicas[0].new_user("frog");
    let kept = replicas[0].mint(&frog.token, json!({"expires_in": 3600}));
    replicas.database.execute(&format!(
        "CREATE TEMPORARY TABLE ended AS SELECT t.* FROM tokens t, generate_series(1, {ENDED}) \
             WHERE token_id = '{}'; \
         UPDATE ended SET token_id = gen_random_uuid(), expires_at = 1; \
         INSERT INTO tokens SELECT * FROM ended",
        kept.id
    ));
    let ended = || replicas.database.execute("SELECT count(*) FROM tokens WHERE expires_at = 1");
    assert_eq!(ended(), ENDED.to_string());
    let freed = |accessd: &Accessd| {
        let log = accessd.log();
        let (_, rest) = log.split_once("freed the space of tokens that had ended freed=")?;
        rest.split_whitespace().next()?.parse::<usize>().ok()
    };
    let freed = || replicas.all().iter().map(|accessd| freed(accessd).unwrap_or(0)).collect::<Vec<_>>();
    // That takes longer than things take that a test waits for otherwise.
    std::thread::sleep(std::time::Duration::from_secs(50));
    wait_for("all that had ended is freed", || ended() == "0");
    wait_for("both have said how much it was", || freed().iter().sum::<usize>() >= ENDED);
    println!("freed by each: {:?}", freed());
    assert_eq!(freed().iter().sum::<usize>(), ENDED, "each row once");
    assert!(replicas.all().iter().all(|accessd| !accessd.log().contains("cleaning was interrupted")));
    assert!(replicas[1].accepts(&kept.token));
}

#[test]
fn of_four_first_starts_one_makes_the_administrator() {
    let database = Postgres::shared().database();
    let services: Vec<Accessd> = std::thread::scope(|scope| {
        let start = |_| scope.spawn(|| Accessd::builder().postgres(&database).start());
        let starting: Vec<_> = (0..4).map(start).collect();
        starting.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    assert_eq!(database.execute("SELECT count(*) FROM users"), "1");
    let file = |accessd: &&Accessd| accessd.data_folder().join("bootstrap/admin.json").exists();
    let first: Vec<&Accessd> = services.iter().filter(file).collect();
    assert_eq!(first.len(), 1, "one file, and the password in it is the one");
    let password = first[0].first_password();
    for accessd in &services {
        accessd.http().get(USERS).basic("admin", &password).send().expect(200);
    }

    // They sign with one key and publish the same ones.
    let ids: BTreeSet<String> =
        services.iter().map(|accessd| header(&accessd.admin_token())["kid"].to_string()).collect();
    assert_eq!(ids.len(), 1, "{ids:?}");
    let published = |accessd: &Accessd| accessd.http().get("/.well-known/jwks.json").send().expect(200).body;
    let keys: BTreeSet<String> = services.iter().map(published).collect();
    assert_eq!(keys.len(), 1, "{keys:?}");
    for accessd in &services {
        assert!(services.iter().all(|other| other.accepts(&accessd.admin_token())));
    }
}
