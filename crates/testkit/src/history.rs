//! Clients that write down what they asked and were told while the service is hurt, and a checker that says afterwards
//! what of it cannot have been right.
//!
//! [`Load`] runs the clients, [`Findings::gather`] asks the services and the audit trail when the trouble is over, and
//! [`check`] compares the two. It is a pure function, so that false histories can be shown to it, too.

mod audit;
mod checker;
mod findings;
mod load;
mod tokens;

pub use audit::{AuditRow, AuditTrail};
pub use checker::{Violation, check};
pub use findings::{Findings, Listed};
pub use load::{Load, RunningLoad};

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// What a client asked for. Tokens are named by their ids.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operation {
    /// A token with this description, which no other one has but those that refreshes make of it.
    Create {
        /// The description.
        description: String,
    },
    /// A refresh with the refresh token that came with this token.
    Refresh {
        /// The id of that token.
        of: String,
    },
    /// A revocation.
    Revoke {
        /// The token's id.
        id: String,
    },
    /// Whether a token counts.
    Verify {
        /// The token's id.
        id: String,
    },
}

/// What a client was told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Yes. To a create or refresh with the tokens made.
    Done(Option<Told>),
    /// No, by another status than 503.
    Refused(u16),
    /// 503: it cannot be decided now, and perhaps when to ask again.
    Unavailable {
        /// Whether there was a `Retry-After`.
        retry_after: bool,
    },
    /// Nothing: the connection broke, or the client's patience ended.
    NoAnswer,
}

/// The tokens of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// Token id.
    pub id: String,
    /// The JWT.
    pub token: String,
    /// The refresh token, empty if there is none.
    pub refresh_token: String,
}

/// One operation of one client. The moments count what happened in the whole history.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// When it was asked.
    pub asked: u64,
    /// When it was answered, or given up.
    pub answered: u64,
    /// Which service was asked, as a place in the list of them.
    pub replica: usize,
    /// What was asked.
    pub operation: Operation,
    /// What was told.
    pub outcome: Outcome,
}

/// What clients asked and were told, in no order: the events have moments.
#[derive(Debug, Default)]
pub struct History {
    clock: AtomicU64,
    events: Mutex<Vec<Event>>,
}

impl History {
    /// The next moment.
    pub fn moment(&self) -> u64 {
        self.clock.fetch_add(1, Ordering::SeqCst)
    }

    /// Writes down what was asked at the moment `asked` and is answered now.
    pub fn record(&self, asked: u64, replica: usize, operation: Operation, outcome: Outcome) {
        let event = Event { asked, answered: self.moment(), replica, operation, outcome };
        self.events.lock().unwrap_or_else(PoisonError::into_inner).push(event);
    }

    /// What was written down so far.
    pub fn events(&self) -> Vec<Event> {
        self.events.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// How many of the operations so far were answered with yes, with no, with 503, and not at all: for a test that
    /// has to show that there was something to check.
    pub fn outcomes(&self) -> Outcomes {
        let mut counted = Outcomes::default();
        for event in self.events.lock().unwrap_or_else(PoisonError::into_inner).iter() {
            match (&event.outcome, &event.operation) {
                (Outcome::Done(_), Operation::Create { .. }) => counted.created += 1,
                (Outcome::Done(_), Operation::Refresh { .. }) => counted.refreshed += 1,
                (Outcome::Done(_), Operation::Revoke { .. }) => counted.revoked += 1,
                (Outcome::Done(_) | Outcome::Refused(_), Operation::Verify { .. }) => counted.verified += 1,
                (Outcome::Refused(_), _) => counted.refused += 1,
                (Outcome::Unavailable { .. }, _) => counted.unavailable += 1,
                (Outcome::NoAnswer, _) => counted.unanswered += 1,
            }
        }
        counted
    }
}

/// How many operations of each kind were acknowledged, and how many were not.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcomes {
    /// Acknowledged creates.
    pub created: usize,
    /// Acknowledged refreshes.
    pub refreshed: usize,
    /// Acknowledged revocations.
    pub revoked: usize,
    /// Tokens of which it was said whether they count.
    pub verified: usize,
    /// Other operations that were refused.
    pub refused: usize,
    /// Operations answered with 503.
    pub unavailable: usize,
    /// Operations without an answer.
    pub unanswered: usize,
}

impl Outcomes {
    /// How many changes were acknowledged.
    pub fn acknowledged(&self) -> usize {
        self.created + self.refreshed + self.revoked
    }
}
