//! Revoking many tokens, one after the other or in batches: at a pace, with an account of each, and in such an order
//! that who asks loses its own token last.

use crate::error::{Failure, Reason};
use crate::interrupt;
use crate::session::Session;
use crate::tokens::revocation::{self, OneOfMany, Revoked};
use crate::tokens::{Dialect, words};
use serde_json::{Value, json};
use std::collections::HashSet;
use std::thread;
use std::time::{Duration, Instant};

/// Tokens in one request to accessd.
const BATCH: usize = 500;
/// Tokens a second on a platform, where nothing else is asked for.
const USUAL_RATE: u32 = 50;
/// Failures of the server, one after the other, until it is taken for broken.
const PATIENCE: u32 = 5;
/// Failures that are kept to be told; the rest is counted.
const MOST_TOLD: usize = 100;

/// The account of a bulk revocation.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub(crate) struct Account {
    /// Were live and are revoked.
    pub revoked: u64,
    /// Were gone already.
    pub already_gone: u64,
    /// Could not be revoked.
    pub failed: u64,
    /// Were not tried, because it ended before.
    pub left: u64,
    /// The ids of the first that failed, and why.
    pub failures: Vec<(String, Failure)>,
    /// What ended it, if it was not the end.
    pub stopped_by: Option<Failure>,
    /// The signal that ended it.
    pub signal: Option<i32>,
}

impl Account {
    /// Whether every token is dead.
    pub(crate) fn is_clean(&self) -> bool {
        self.failed == 0 && self.left == 0
    }

    /// The account as a sentence.
    pub(crate) fn words(&self) -> String {
        let mut words = format!("revoked {}", words::tokens(self.revoked));
        for (count, what) in
            [(self.already_gone, "gone already"), (self.failed, "not revoked"), (self.left, "not tried")]
        {
            if count > 0 {
                words.push_str(&format!(", {count} {what}"));
            }
        }
        words
    }

    /// The account as an object.
    pub(crate) fn json(&self) -> Value {
        let failures: Vec<Value> = self
            .failures
            .iter()
            .map(|(id, failure)| json!({"token_id": id, "code": failure.reason.code(), "message": failure.message}))
            .collect();
        json!({
            "revoked": self.revoked,
            "already_gone": self.already_gone,
            "failed": self.failed,
            "left": self.left,
            "failures": failures,
        })
    }

    fn note(&mut self, id: &str, outcome: OneOfMany) {
        match outcome {
            OneOfMany::Done(Revoked::Now) => self.revoked += 1,
            OneOfMany::Done(Revoked::AlreadyGone | Revoked::NotKnown) => self.already_gone += 1,
            OneOfMany::Failed(failure) => {
                self.failed += 1;
                if self.failures.len() < MOST_TOLD {
                    self.failures.push((id.to_owned(), failure));
                }
            }
        }
    }

    fn done(&self) -> u64 {
        self.revoked + self.already_gone + self.failed
    }
}

/// Revokes the tokens with these ids. `own` is that of the token that asks: it comes last, because nothing can be
/// asked after it. `rate` is how many a second. A signal ends it between two requests.
pub(crate) fn revoke_all(
    session: &mut Session<'_>,
    dialect: Dialect,
    ids: &[String],
    own: Option<&str>,
    rate: Option<u32>,
    at_work: &dyn Fn(&Account),
) -> Account {
    let mut ids: Vec<&String> = ids.iter().collect();
    ids.sort_by_key(|id| own == Some(id.as_str()));
    let batch = match dialect {
        Dialect::Accessd => rate.map_or(BATCH, |rate| BATCH.min(rate as usize)),
        Dialect::Platform => 1,
    };
    let rate = match dialect {
        Dialect::Accessd => rate,
        Dialect::Platform => rate.or(Some(USUAL_RATE)),
    };
    let mut account = Account::default();
    let began = Instant::now();
    let mut failures_in_a_row = 0;
    interrupt::note();
    for batch in ids.chunks(batch) {
        account.signal = interrupt::noted();
        if account.signal.is_some() {
            break;
        }
        session.restart_clock();
        match dialect {
            Dialect::Accessd => revoke_batch(session, batch, &mut account),
            Dialect::Platform => {
                failures_in_a_row = revoke_one(session, batch[0], &mut account, failures_in_a_row)
            }
        }
        at_work(&account);
        if account.stopped_by.is_some() {
            break;
        }
        if let Some(rate) = rate {
            wait_for_turn(began, account.done(), rate);
        }
    }
    account.left = (ids.len() as u64).saturating_sub(account.done());
    account
}

/// Revokes one, and counts how many the server has failed at by now, one after the other.
fn revoke_one(session: &mut Session<'_>, id: &str, account: &mut Account, failures_in_a_row: u32) -> u32 {
    let failure = match revocation::by_id(session, id) {
        Ok(revoked) => {
            account.note(id, OneOfMany::Done(revoked));
            return 0;
        }
        Err(failure) => failure,
    };
    match failure.reason {
        // What the others would meet as well.
        Reason::Credentials | Reason::Network => account.stopped_by = Some(failure),
        // One token that the server cannot deal with must not keep the others alive.
        Reason::Server if failures_in_a_row < PATIENCE => {
            account.note(id, OneOfMany::Failed(failure));
            return failures_in_a_row + 1;
        }
        Reason::Server => account.stopped_by = Some(failure),
        _ => account.note(id, OneOfMany::Failed(failure)),
    }
    0
}

fn revoke_batch(session: &mut Session<'_>, batch: &[&String], account: &mut Account) {
    let ids: Vec<String> = batch.iter().map(|id| (*id).clone()).collect();
    // Each counts once, whatever the server says how often.
    let mut open: HashSet<&str> = ids.iter().map(String::as_str).collect();
    let result = revocation::many_on_accessd(session, &ids, &mut |id, outcome| {
        if open.remove(id) {
            account.note(id, outcome);
        }
    });
    if let Err(failure) = result {
        account.stopped_by = Some(failure);
    }
}

/// Sleeps as long as `done` so far is more than the rate allows.
fn wait_for_turn(began: Instant, done: u64, rate: u32) {
    let due = Duration::from_secs_f64(done as f64 / f64::from(rate));
    thread::sleep(due.saturating_sub(began.elapsed()));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_told_in_words_and_as_json() {
        let mut account = Account::default();
        account.note("a", OneOfMany::Done(Revoked::Now));
        assert!(account.is_clean());
        assert_eq!(account.words(), "revoked 1 token");
        account.note("b", OneOfMany::Done(Revoked::AlreadyGone));
        account.note("c", OneOfMany::Failed(Failure::new(Reason::Forbidden, "no")));
        account.left = 4;
        assert!(!account.is_clean());
        assert_eq!(account.words(), "revoked 1 token, 1 gone already, 1 not revoked, 4 not tried");
        assert_eq!(
            account.json().to_string(),
            r#"{"revoked":1,"already_gone":1,"failed":1,"left":4,"failures":[{"token_id":"c","code":"forbidden","message":"no"}]}"#
        );
    }
}
