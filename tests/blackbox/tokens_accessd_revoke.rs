//! What accessd revokes beyond the wire: after a while, and many at once.

use crate::{ACCESSD_TOKENS, accessd};
use serde_json::{Value, json};
use std::io::BufRead as _;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::sleep;
use std::time::Duration;
use testkit::{Accessd, Answer, Minted};

fn schedule(accessd: &Accessd, credential: &str, id: &str, seconds: u64) -> Answer {
    let path = format!("{ACCESSD_TOKENS}/{id}/revocation");
    accessd.http().post(&path).bearer(credential).json(json!({"after": seconds})).send()
}

fn details(accessd: &Accessd, credential: &str, id: &str) -> Value {
    accessd.http().get(&format!("{ACCESSD_TOKENS}/{id}")).bearer(credential).send().expect(200).json()
}

/// The lines of an answer, the last one by itself.
#[track_caller]
fn revoke_many(accessd: &Accessd, credential: &str, body: Value) -> (Vec<Value>, Value) {
    let path = format!("{ACCESSD_TOKENS}/revoke");
    let answer = accessd.http().post(&path).bearer(credential).json(body).send().expect(200);
    assert_eq!(answer.header("content-type"), Some("application/x-ndjson"));
    let mut lines: Vec<Value> =
        answer.body.lines().map(|line| serde_json::from_str(line).expect("each line is JSON")).collect();
    let last = lines.pop().unwrap();
    (lines, last)
}

#[track_caller]
fn until_refused(accessd: &Accessd, token: &str) {
    for _ in 0..600 {
        if !accessd.accepts(token) {
            return;
        }
        sleep(Duration::from_millis(50));
    }
    panic!("it was never refused");
}

#[test]
fn after_the_grace_a_token_its_reference_and_its_refresh_token_are_dead() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let body = json!({"refreshable": true, "include_reference_token": true});
    let minted = accessd.mint(&frog.token, body);
    let told = schedule(&accessd, &frog.token, &minted.id, 10).expect(200).json();
    assert_eq!(told["state"], "live");
    assert!(accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token));
    let later = schedule(&accessd, &frog.token, &minted.id, 3600).expect(200).json();
    assert_eq!(later["revocation_due"], told["revocation_due"], "never postponed");
    let successor = accessd.refresh(&minted);
    assert!(accessd.accepts(&successor.token), "the grace is for this");
    until_refused(&accessd, &successor.token);
    assert_eq!(
        accessd.whoami(&successor.reference_token).expect(401).error_message(),
        "Invalid token, revoked"
    );
    accessd.ask_refresh(&frog.token, &successor.refresh_token).expect(404);
    let dead = details(&accessd, &frog.token, &successor.id);
    assert_eq!((&dead["state"], &dead["revocation_due"]), (&json!("revoked"), &told["revocation_due"]));
    let listed = accessd.tokens_of(&frog.name);
    assert_eq!(listed.len(), 1, "{listed:?}");
    schedule(&accessd, &frog.token, &successor.id, 5).expect(404);
    accessd.revoke(&frog.token, &successor.id).expect(204);
}

#[test]
fn a_crash_does_not_save_what_is_to_be_revoked() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let minted = accessd.mint(&frog.token, json!({}));
    schedule(&accessd, &frog.token, &minted.id, 2).expect(200);
    accessd.kill();
    accessd.restart();
    until_refused(&accessd, &minted.token);
    assert!(accessd.accepts(&frog.token));
}

#[test]
fn ids_are_answered_one_by_one_whosever_they_are() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let (mine, other) = (accessd.mint(&frog.token, json!({})), accessd.mint(&toad.token, json!({})));
    let ids = json!([mine.id, other.id, "no-such", "00000000-0000-7000-8000-000000000000"]);
    let (lines, last) = revoke_many(&accessd, &frog.token, json!({"token_ids": ids}));
    let outcomes: Vec<&str> = lines.iter().map(|line| line["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["revoked", "forbidden", "already_gone", "already_gone"]);
    assert_eq!(last, json!({"complete": true, "revoked": 1, "already_gone": 2, "forbidden": 1}));
    assert!(!accessd.accepts(&mine.token) && accessd.accepts(&other.token));
}

#[test]
fn a_filter_ends_what_it_names_and_the_callers_own_token_last() {
    let accessd = accessd();
    let (frog, toad) = (accessd.new_user("frog"), accessd.new_user("toad"));
    let mut made: Vec<Minted> =
        (0..120).map(|_| accessd.mint(&frog.token, json!({"description": "nightly"}))).collect();
    let kept = accessd.mint(&frog.token, json!({"description": "other"}));
    let caller = made.swap_remove(60);
    let (lines, last) = revoke_many(&accessd, &caller.token, json!({"description": "night*"}));
    assert_eq!((lines.len(), &last["revoked"], &last["complete"]), (120, &json!(120), &json!(true)));
    assert_eq!(lines.last().unwrap()["token_id"], caller.id.as_str());
    assert!(made.iter().chain([&caller]).all(|minted| !accessd.accepts(&minted.token)));
    assert!(accessd.accepts(&kept.token));
    let (lines, _) = revoke_many(&accessd, &frog.token, json!({"all": true}));
    assert_eq!(lines.len(), 2, "the two that are left");
    assert!(!accessd.accepts(&frog.token) && accessd.accepts(&toad.token));
    let (lines, last) = revoke_many(&accessd, &accessd.admin_token(), json!({"username": toad.name}));
    assert_eq!((lines.len(), &last["revoked"]), (1, &json!(1)));
}

#[test]
fn what_chooses_nothing_or_is_misspelt_revokes_nothing() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for body in ["{}", r#"{"usrname":"x"}"#, r#"{"username":""}"#, r#"{"all":false}"#, r#"{"token_ids":[]}"#]
    {
        let path = format!("{ACCESSD_TOKENS}/revoke");
        let answer = accessd.http().post(&path).bearer(&frog.token).json(body).send().expect(400);
        assert_eq!(answer.error_code(), "BAD_REQUEST");
    }
    assert!(accessd.accepts(&frog.token));
}

/// Makes so many tokens of one user, by several clients at once.
fn make_many(accessd: &Accessd, bearer: &str, count: usize) -> Vec<Minted> {
    const CLIENTS: usize = 4;
    std::thread::scope(|scope| {
        let make = || (0..count / CLIENTS).map(|_| accessd.mint(bearer, json!({}))).collect::<Vec<_>>();
        let clients: Vec<_> = (0..CLIENTS).map(|_| scope.spawn(make)).collect();
        clients.into_iter().flat_map(|client| client.join().unwrap()).collect()
    })
}

#[test]
fn a_kill_in_the_middle_takes_nothing_back_that_was_answered() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let made = make_many(&accessd, &frog.token, 1200);
    let path = format!("{ACCESSD_TOKENS}/revoke");
    let call = accessd.http().post(&path).bearer(&accessd.admin_token()).json(json!({"username": frog.name}));
    let mut told: Vec<String> = Vec::new();
    let mut killed = false;
    // Whatever has reached this side before the connection breaks was answered.
    for line in call.open().unwrap().lines() {
        let Ok(line) = line else { break };
        let Ok(line) = serde_json::from_str::<Value>(&line) else { continue };
        if line["outcome"] == "revoked" {
            told.push(line["token_id"].as_str().unwrap().to_owned());
        }
        if told.len() == 150 && !killed {
            accessd.kill();
            killed = true;
        }
    }
    assert!(killed, "it was over before it could be killed");
    accessd.restart();
    let dead = |minted: &&Minted| !accessd.accepts(&minted.token);
    let answered = made.iter().filter(|minted| told.contains(&minted.id));
    assert!(answered.clone().count() >= 100);
    assert!(answered.clone().all(|minted| dead(&minted)), "a token lives that was answered as revoked");
    // And the rest can still be ended.
    let (_, last) = revoke_many(&accessd, &accessd.admin_token(), json!({"username": frog.name}));
    assert_eq!(last["complete"], true);
    assert!(made.iter().all(|minted| dead(&minted)));
}

#[test]
fn many_at_once_do_not_keep_others_from_making_tokens() {
    let accessd = Accessd::start();
    let frog = accessd.new_user("frog");
    let made = make_many(&accessd, &frog.token, 1200);
    let toad = accessd.new_user("toad");
    let path = format!("{ACCESSD_TOKENS}/revoke");
    let call = accessd.http().post(&path).bearer(&accessd.admin_token()).json(json!({"username": frog.name}));
    let (count, over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (lines, meanwhile, minted) = std::thread::scope(|scope| {
        let minting = scope.spawn(|| {
            let mut minted = Vec::new();
            while !over.load(Ordering::SeqCst) {
                minted.push(accessd.mint(&toad.token, json!({})));
                count.store(minted.len(), Ordering::SeqCst);
            }
            minted
        });
        // Between the head, which comes after the first batch, and the last line: if all were one transaction,
        // nothing would fit in there.
        let mut lines = call.open().unwrap().lines();
        let first = lines.next().unwrap().unwrap();
        let before = count.load(Ordering::SeqCst);
        let rest: Vec<String> = lines.map(Result::unwrap).collect();
        let meanwhile = count.load(Ordering::SeqCst) - before;
        over.store(true, Ordering::SeqCst);
        let lines: Vec<String> = std::iter::once(first).chain(rest).collect();
        (lines, meanwhile, minting.join().unwrap())
    });
    // Sizes of chunks stand between.
    let last = lines.iter().rfind(|line| line.starts_with('{')).unwrap();
    let last: Value = serde_json::from_str(last).unwrap();
    assert_eq!((&last["complete"], &last["revoked"]), (&json!(true), &json!(made.len() + 1)));
    assert!(meanwhile >= 2, "only {meanwhile} tokens were made meanwhile");
    assert!(minted.iter().all(|minted| accessd.accepts(&minted.token)));
}
