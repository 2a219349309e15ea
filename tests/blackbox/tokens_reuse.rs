//! A refresh token that comes a second time: a lost answer, a race, or a thief.

use crate::accessd;
use serde_json::json;
use testkit::{Accessd, Answer, Minted, User};

const NOT_FOUND: &str = "Token matching the provided refresh token was not found.";

#[track_caller]
fn is_not_found(answer: Answer) {
    let answer = answer.expect(404);
    assert_eq!((answer.error_code().as_str(), answer.error_message().as_str()), ("NOT_FOUND", NOT_FOUND));
}

fn refreshable(accessd: &Accessd, user: &User) -> Minted {
    accessd.mint(&user.token, json!({"refreshable": true, "expires_in": 3600}))
}

#[test]
fn a_used_refresh_token_is_not_found_and_takes_its_family_with_it() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    let bystander = refreshable(&accessd, &frog);
    let second = accessd.refresh(&first);
    assert!(accessd.accepts(&second.token), "the successor is used");
    is_not_found(accessd.ask_refresh(&frog.token, &first.refresh_token));
    assert!(!accessd.accepts(&second.token), "every token of the family is dead");
    is_not_found(accessd.ask_refresh(&frog.token, &second.refresh_token));
    assert!(accessd.accepts(&frog.token) && accessd.accepts(&bystander.token), "others are not harmed");
    accessd.refresh(&bystander);
}

#[test]
fn an_older_one_takes_the_family_too() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    let second = accessd.refresh(&first);
    let third = accessd.refresh(&second);
    is_not_found(accessd.ask_refresh(&frog.token, &first.refresh_token));
    assert!(!accessd.accepts(&third.token));
    is_not_found(accessd.ask_refresh(&frog.token, &third.refresh_token));
}

#[test]
fn a_lost_answer_is_made_good_once() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    let lost = accessd.refresh(&first);
    // The client never saw it, so it asks again, with the only bearer it has: the one that is dead now.
    let found = accessd.refresh(&first);
    assert!(found.token != lost.token && found.refresh_token != lost.refresh_token);
    assert!(!accessd.accepts(&lost.token), "one branch lives, and it is the one that was received");
    assert!(accessd.accepts(&found.token));
    let next = accessd.refresh(&found);
    assert!(accessd.accepts(&next.token));
}

#[test]
fn but_not_twice() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    accessd.refresh(&first);
    let found = accessd.refresh(&first);
    is_not_found(accessd.ask_refresh(&frog.token, &first.refresh_token));
    assert!(accessd.accepts(&found.token), "a third try within the window harms nobody");
    accessd.refresh(&found);
}

#[test]
fn and_not_after_the_answer_arrived() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    let second = accessd.refresh(&first);
    let third = accessd.refresh(&second);
    is_not_found(accessd.ask_refresh(&frog.token, &first.refresh_token));
    assert!(!accessd.accepts(&third.token), "the successor was used: somebody else has the first");
}

#[test]
fn the_answer_that_was_lost_is_worth_nothing_to_a_thief() {
    let accessd = accessd();
    let frog = accessd.new_user("frog");
    let first = refreshable(&accessd, &frog);
    let stolen = accessd.refresh(&first);
    let found = accessd.refresh(&first);
    is_not_found(accessd.ask_refresh(&frog.token, &stolen.refresh_token));
    assert!(!accessd.accepts(&stolen.token));
    assert!(accessd.accepts(&found.token), "within the window a race explains it");
    is_not_found(accessd.ask_refresh(&frog.token, &stolen.refresh_token));
    assert!(!accessd.accepts(&found.token), "after a use of the successor, nothing explains it");
}
