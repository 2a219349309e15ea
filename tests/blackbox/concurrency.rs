//! Many at once: refreshes of one token leave one live branch, and revoking races with everything.

use crate::accessd;
use serde_json::json;
use std::sync::{Arc, Barrier};
use testkit::{Accessd, Answer, Minted};

/// Sends the same refresh `n` times at the same moment, each on a connection of its own.
fn refresh_at_once(accessd: &Arc<Accessd>, old: &Minted, n: usize) -> Vec<Answer> {
    let start = Arc::new(Barrier::new(n));
    let threads: Vec<_> = (0..n)
        .map(|_| {
            let (accessd, old, start) = (Arc::clone(accessd), old.clone(), Arc::clone(&start));
            std::thread::spawn(move || {
                start.wait();
                accessd.ask_refresh(&old.token, &old.refresh_token)
            })
        })
        .collect();
    threads.into_iter().map(|thread| thread.join().unwrap()).collect()
}

#[test]
fn sixty_four_refreshes_of_one_token_leave_one_live_branch() {
    let accessd = accessd();
    for _ in 0..3 {
        let frog = accessd.new_user("frog");
        let old = accessd.mint(&frog.token, json!({"refreshable": true, "expires_in": 3600}));
        let answers = refresh_at_once(&accessd, &old, 64);
        let (won, lost): (Vec<_>, Vec<_>) = answers.into_iter().partition(|answer| answer.status == 200);
        assert!(
            (1..=2).contains(&won.len()),
            "one, and one more who may have lost the first answer: {}",
            won.len()
        );
        for answer in lost {
            assert!(matches!(answer.status, 401 | 404), "{} {}", answer.status, answer.body);
        }
        let won: Vec<Minted> = won.into_iter().map(Minted::from_answer).collect();
        let live: Vec<&Minted> = won.iter().filter(|minted| accessd.accepts(&minted.token)).collect();
        assert_eq!(live.len(), 1, "exactly one branch lives");
        assert!(!accessd.accepts(&old.token));
        assert_eq!(accessd.tokens_of(&frog.name).len(), 2, "the user's own, and the one of the branch");
        let next = accessd.refresh(live[0]);
        assert!(accessd.accepts(&next.token) && !accessd.accepts(&live[0].token));
    }
}

#[test]
fn a_chain_of_racing_refreshes_never_forks() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let mut current = accessd.mint(&frog.token, json!({"refreshable": true}));
    for generation in 0..10 {
        let won: Vec<Minted> = refresh_at_once(&accessd, &current, 4)
            .into_iter()
            .filter(|answer| answer.status == 200)
            .map(Minted::from_answer)
            .collect();
        let mut live: Vec<Minted> = won.into_iter().filter(|minted| accessd.accepts(&minted.token)).collect();
        assert_eq!(live.len(), 1, "in generation {generation}");
        current = live.remove(0);
    }
}

#[test]
fn a_revocation_wins_against_refreshes() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    for _ in 0..8 {
        let old = accessd.mint(&frog.token, json!({"refreshable": true}));
        let revoking = {
            let (accessd, frog, id) = (Arc::clone(&accessd), frog.clone(), old.id.clone());
            std::thread::spawn(move || accessd.revoke(&frog.token, &id).status)
        };
        let refreshed: Vec<Answer> = refresh_at_once(&accessd, &old, 3);
        let status = revoking.join().unwrap();
        assert!(matches!(status, 200 | 204), "{status}");
        assert!(!accessd.accepts(&old.token));
        let live = refreshed
            .into_iter()
            .filter(|answer| answer.status == 200)
            .filter(|answer| accessd.accepts(answer.json()["access_token"].as_str().unwrap()))
            .count();
        // Revoked first: nothing lives. Refreshed first: the revocation was of a token already dead (204).
        assert!(live == 0 || (status == 204 && live == 1), "{status} {live}");
    }
}

#[test]
fn many_creates_at_once_are_all_usable_and_all_different() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let minted: Vec<Minted> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..32)
            .map(|_| scope.spawn(|| accessd.mint(&frog.token, json!({"include_reference_token": true}))))
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    let mut ids: Vec<&str> = minted.iter().map(|minted| minted.id.as_str()).collect();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), 32);
    assert!(
        minted
            .iter()
            .all(|minted| accessd.accepts(&minted.token) && accessd.accepts(&minted.reference_token))
    );
    assert_eq!(accessd.tokens_of(&frog.name).len(), 33);
}

#[test]
fn of_many_who_create_one_user_one_succeeds() {
    let accessd = accessd();
    let admin = accessd.admin_token();
    let body =
        json!({"username": testkit::unique("race"), "password": "Pass-word-1234", "email": "r@example.com"});
    let mut statuses: Vec<u16> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|_| {
                scope.spawn(|| accessd.http().post(crate::USERS).bearer(&admin).json(&body).send().status)
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409]);
}

#[test]
fn a_disabled_user_gets_no_token_through_a_race() {
    let accessd = accessd();
    for _ in 0..4 {
        let frog = accessd.new_user("frog");
        let answers: Vec<Answer> = std::thread::scope(|scope| {
            let asking: Vec<_> =
                (0..8).map(|_| scope.spawn(|| accessd.ask_token(&frog.token, json!({})))).collect();
            accessd.change_user(&frog.name, json!({"status": "disabled"}));
            asking.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        for answer in answers.into_iter().filter(|answer| answer.status == 200) {
            assert!(!accessd.accepts(answer.json()["access_token"].as_str().unwrap()));
        }
    }
}
