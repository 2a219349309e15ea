//! `kill -9` at the worst moments: nothing acknowledged is lost, nothing revoked lives, and the database is
//! whole.

use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use testkit::{Accessd, Answer, python};

fn killed_and_restarted(accessd: &Accessd) {
    accessd.kill();
    accessd.restart();
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

/// What the clients of the crash loop were told, in the order they were told it.
#[derive(Default)]
struct History {
    /// Tokens whose creation was acknowledged, and that nobody asked to revoke.
    live: HashMap<String, String>,
    /// Tokens whose revocation was acknowledged.
    dead: HashMap<String, String>,
    /// By family: every access token that an answer brought, the newest last.
    families: HashMap<u64, Vec<String>>,
}

/// Whoever works against the service while it is killed: creates, revokes every second token, and refreshes
/// a family of its own, as fast as it can.
struct Client<'a> {
    accessd: &'a Accessd,
    bearer: &'a str,
    history: &'a Mutex<History>,
    families: &'a AtomicU64,
}

impl Client<'_> {
    fn work(&self, over: &AtomicBool) {
        let mut family: Option<(u64, String)> = None;
        for round in 0_u64.. {
            if over.load(Ordering::SeqCst) {
                return;
            }
            self.create_and_perhaps_revoke(round.is_multiple_of(2));
            family = self.refresh(family);
        }
    }

    /// A request that gets no answer proves nothing and is not written down.
    fn create_and_perhaps_revoke(&self, keep: bool) {
        let Some(made) = self.ask(json!({"expires_in": 3600})).filter(|answer| answer.status == 200) else {
            return std::thread::sleep(Duration::from_millis(5));
        };
        let (id, token) = (text(&made, "token_id"), text(&made, "access_token"));
        if keep {
            self.history.lock().unwrap().live.insert(id, token);
            return;
        }
        let path = format!("{}/{id}", crate::TOKENS);
        let revoked = self.accessd.http().delete(&path).bearer(self.bearer).try_send();
        if revoked.is_ok_and(|answer| matches!(answer.status, 200 | 204)) {
            self.history.lock().unwrap().dead.insert(id, token);
        }
    }

    /// The next pair of the family, or the first one of a new family if this one is refused.
    fn refresh(&self, family: Option<(u64, String)>) -> Option<(u64, String)> {
        let (number, body) = match &family {
            None => (self.families.fetch_add(1, Ordering::SeqCst), json!({"refreshable": true})),
            Some((number, refresh_token)) => {
                (*number, json!({"grant_type": "refresh_token", "refresh_token": refresh_token}))
            }
        };
        let Some(answer) = self.ask(body) else { return family };
        if answer.status != 200 {
            assert!(matches!(answer.status, 404 | 503), "{} {}", answer.status, answer.body);
            return family.filter(|_| answer.status == 503);
        }
        let told = (text(&answer, "access_token"), text(&answer, "refresh_token"));
        self.history.lock().unwrap().families.entry(number).or_default().push(told.0);
        Some((number, told.1))
    }

    fn ask(&self, body: Value) -> Option<Answer> {
        self.accessd.http().post(crate::TOKENS).bearer(self.bearer).json(body).try_send().ok()
    }
}

fn text(answer: &Answer, key: &str) -> String {
    answer.json()[key].as_str().unwrap().to_owned()
}

#[test]
fn twenty_kills_under_load_lose_nothing_that_was_acknowledged() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let history = Mutex::new(History::default());
    let (over, families) = (AtomicBool::new(false), AtomicU64::new(0));
    let began = Instant::now();
    let mut kills = 0_u64;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            let client =
                Client { accessd: &accessd, bearer: &frog.token, history: &history, families: &families };
            let over = &over;
            scope.spawn(move || client.work(over));
        }
        // The bound is for slow machines only: twenty kills are the aim.
        while kills < 20 && began.elapsed() < Duration::from_secs(25) {
            kills += 1;
            std::thread::sleep(Duration::from_millis(30 + (kills * 7919) % 270));
            killed_and_restarted(&accessd);
        }
        over.store(true, Ordering::SeqCst);
    });
    let history = history.into_inner().unwrap();
    let rotations: usize = history.families.values().map(|told| told.len() - 1).sum();
    let load = (history.live.len(), history.dead.len(), rotations);
    println!("{kills} kills; kept, revoked, rotated: {load:?}; {} families", history.families.len());
    assert!(
        kills >= 3 && load.0 >= 10 && load.1 >= 10 && load.2 >= 10,
        "too light to show anything: {load:?}"
    );

    // A kill between a rotation and its answer may leave a family's last word unheard, never two live ends.
    for told in history.families.values() {
        let (_, replaced) = told.split_last().unwrap();
        assert!(
            replaced.iter().all(|token| !accessd.accepts(token)),
            "a token lives that a refresh replaced"
        );
    }
    let sample = |tokens: &HashMap<String, String>| tokens.values().take(200).cloned().collect::<Vec<_>>();
    for token in sample(&history.live) {
        assert!(accessd.accepts(&token), "an acknowledged token is lost");
    }
    for token in sample(&history.dead) {
        assert!(!accessd.accepts(&token), "a revoked token lives");
    }
    let listed: Vec<String> = accessd
        .tokens_of(&frog.name)
        .iter()
        .map(|token| token["token_id"].as_str().unwrap().to_owned())
        .collect();
    assert!(history.live.keys().all(|id| listed.contains(id)), "an acknowledged token is not listed");
    assert!(!history.dead.keys().any(|id| listed.contains(id)), "a revoked token is listed");

    accessd.kill();
    let database = accessd.data_folder().join("accessd.db");
    assert_eq!(python("integrity.py", &[&database.to_string_lossy()]), "ok\n0\n", "the database is whole");
    accessd.restart();
    assert!(accessd.accepts(&frog.token));
}
