//! The tokens of a history: how each came to be, and what may have ended it.

use super::{Event, Operation, Outcome};
use std::collections::HashMap;

/// A token that a client was told of.
#[derive(Debug)]
pub(super) struct Token<'a> {
    pub(super) id: &'a str,
    /// The description of its create, which is that of its family.
    pub(super) description: &'a str,
    /// The token that a refresh made it of.
    pub(super) parent: Option<&'a str>,
    /// What ended it or may have.
    pub(super) ends: Vec<End>,
}

/// An operation that ends a token.
#[derive(Debug, Clone, Copy)]
pub(super) struct End {
    /// From when on it may be dead.
    pub(super) asked: u64,
    /// From when on it must be dead; none if nobody knows whether it ended.
    pub(super) dead_from: Option<u64>,
}

impl Token<'_> {
    pub(super) fn may_be_dead(&self, at: u64) -> bool {
        self.ends.iter().any(|end| end.asked < at)
    }

    pub(super) fn must_be_dead(&self, at: u64) -> bool {
        self.ends.iter().any(|end| end.dead_from.is_some_and(|dead| dead < at))
    }
}

/// All tokens of a history by id.
pub(super) fn tokens(events: &[Event]) -> HashMap<&str, Token<'_>> {
    let mut born: Vec<(&Event, &super::Told)> = Vec::new();
    for event in events {
        if let Outcome::Done(Some(told)) = &event.outcome {
            born.push((event, told));
        }
    }
    // Parents first.
    born.sort_by_key(|(event, _)| event.answered);
    let mut tokens: HashMap<&str, Token<'_>> = HashMap::new();
    for (event, told) in born {
        let (description, parent) = match &event.operation {
            Operation::Create { description } => (description.as_str(), None),
            Operation::Refresh { of } => {
                (tokens.get(of.as_str()).map_or("", |parent| parent.description), Some(of.as_str()))
            }
            Operation::Revoke { .. } | Operation::Verify { .. } => continue,
        };
        let id = told.id.as_str();
        tokens.insert(id, Token { id, description, parent, ends: Vec::new() });
    }
    let mut families: HashMap<&str, Vec<&str>> = HashMap::new();
    for token in tokens.values() {
        families.entry(token.description).or_default().push(token.id);
    }
    let ends: Vec<_> = events.iter().flat_map(|event| ends_of(event, &tokens, &families)).collect();
    for (id, end) in ends {
        if let Some(token) = tokens.get_mut(id.as_str()) {
            token.ends.push(end);
        }
    }
    tokens
}

/// What an operation ends: the token it is about, and whatever was made of that by other operations. A revocation ends
/// that for certain; a spent refresh token that comes back may end its family.
fn ends_of(
    event: &Event,
    tokens: &HashMap<&str, Token<'_>>,
    families: &HashMap<&str, Vec<&str>>,
) -> Vec<(String, End)> {
    let about = match &event.operation {
        Operation::Refresh { of } => of,
        Operation::Revoke { id } => id,
        Operation::Create { .. } | Operation::Verify { .. } => return Vec::new(),
    };
    let (dead_from, made) = match &event.outcome {
        Outcome::Done(told) => (Some(event.answered), told.as_ref().map(|told| told.id.as_str())),
        // A revocation that is refused has not happened. A refused refresh may have been taken for a theft.
        Outcome::Refused(_) if matches!(event.operation, Operation::Revoke { .. }) => return Vec::new(),
        Outcome::Refused(_) | Outcome::Unavailable { .. } | Outcome::NoAnswer => (None, None),
    };
    let mut ends = vec![(about.clone(), End { asked: event.asked, dead_from })];
    let revoked = dead_from.filter(|_| matches!(event.operation, Operation::Revoke { .. }));
    let of_the_line = End { asked: event.asked, dead_from: revoked };
    let family = tokens.get(about.as_str()).and_then(|token| families.get(token.description));
    for id in family.into_iter().flatten() {
        let line = ancestors(id, tokens);
        if line.contains(&about.as_str()) && made.is_none_or(|made| made != *id && !line.contains(&made)) {
            ends.push(((*id).to_owned(), of_the_line));
        }
    }
    ends
}

/// The tokens it was made of, without itself.
fn ancestors<'a>(id: &str, tokens: &HashMap<&str, Token<'a>>) -> Vec<&'a str> {
    let mut line = Vec::new();
    let mut next = tokens.get(id).and_then(|token| token.parent);
    while let Some(parent) = next {
        line.push(parent);
        next = tokens.get(parent).and_then(|token| token.parent);
    }
    line
}
