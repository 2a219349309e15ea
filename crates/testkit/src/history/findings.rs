//! What the services and the database say when the trouble is over.

use super::audit::{AuditRow, AuditTrail};
use super::tokens::tokens;
use super::{Event, Outcome};
use crate::actors::{TOKENS, User};
use crate::http::Http;
use serde_json::json;
use std::collections::HashMap;

/// A token in a list.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Listed {
    /// Token id.
    pub id: String,
    /// Its description.
    pub description: String,
}

/// What was found.
#[derive(Debug, Clone, Default)]
pub struct Findings {
    /// By service: whether it accepts each token that a client was told of, by id.
    pub accepted: Vec<HashMap<String, bool>>,
    /// By service: the tokens it lists that the clients made, in the order of their ids.
    pub listed: Vec<Vec<Listed>>,
    /// The audit trail.
    pub audit: Vec<AuditRow>,
    /// Whether each refresh token was accepted, by the id of the token it came with. They were presented last, and the
    /// newest of a family first, so that no lost answer explains a second yes.
    pub refreshed: Vec<(String, bool)>,
}

impl Findings {
    /// Asks the services on these ports about every token of the history, and the database about every change. All
    /// have to be well again. The clients' own credential is `user`'s.
    ///
    /// # Panics
    /// If a service or the database does not answer, or the database does not come to rest.
    #[track_caller]
    pub fn gather(events: &[Event], ports: &[u16], user: &User, trail: &AuditTrail<'_>) -> Self {
        let mut findings = Self::default();
        // What a client no longer waited for may still be on its way.
        for _ in 0..100 {
            let before = trail.rows(&user.name);
            findings.listed = ports.iter().map(|port| listed(*port, user)).collect();
            findings.accepted = ports.iter().map(|port| accepted(*port, events)).collect();
            findings.audit = trail.rows(&user.name);
            if before == findings.audit {
                findings.refreshed = refreshed(ports, events, user);
                return findings;
            }
            std::thread::sleep(std::time::Duration::from_millis(200));
        }
        panic!("the database does not come to rest: something still writes");
    }
}

fn listed(port: u16, user: &User) -> Vec<Listed> {
    let answer = Http::on_port(port).get(TOKENS).bearer(&user.token).send().expect(200).json();
    let tokens = answer["tokens"].as_array().expect("an array of tokens");
    // The user's own token has none.
    let made = tokens.iter().filter(|token| token["description"].is_string());
    let text = |value: &serde_json::Value| value.as_str().expect("text").to_owned();
    let mut made: Vec<Listed> = made
        .map(|token| Listed { id: text(&token["token_id"]), description: text(&token["description"]) })
        .collect();
    made.sort();
    made
}

fn accepted(port: u16, events: &[Event]) -> HashMap<String, bool> {
    let http = Http::on_port(port);
    let told = events.iter().filter_map(|event| match &event.outcome {
        Outcome::Done(Some(told)) => Some(told),
        _ => None,
    });
    told.map(|told| {
        let answer = http.get(&format!("{TOKENS}/me")).bearer(&told.token).send();
        assert!(matches!(answer.status, 200 | 401), "neither yes nor no: {} {}", answer.status, answer.body);
        (told.id.clone(), answer.status == 200)
    })
    .collect()
}

fn refreshed(ports: &[u16], events: &[Event], user: &User) -> Vec<(String, bool)> {
    let tokens = tokens(events);
    let mut newest_first: Vec<&Event> = events.iter().collect();
    newest_first.sort_by_key(|event| std::cmp::Reverse(event.answered));
    let told = newest_first.into_iter().filter_map(|event| match &event.outcome {
        Outcome::Done(Some(told)) if !told.refresh_token.is_empty() => Some(told),
        _ => None,
    });
    // Of those whose end nobody knows the one that lives comes first: what came later is dead, if it is.
    let mut told: Vec<_> = told.collect();
    let http = Http::on_port(ports[0]);
    told.sort_by_cached_key(|told| {
        let certain = tokens.get(told.id.as_str()).is_some_and(|token| token.ends.is_empty());
        !certain && http.get(&format!("{TOKENS}/me")).bearer(&told.token).send().status != 200
    });
    let ask = |(number, told): (usize, &super::Told)| {
        let body = json!({"grant_type": "refresh_token", "refresh_token": told.refresh_token});
        let http = Http::on_port(ports[number % ports.len()]);
        let answer = http.post(TOKENS).bearer(&user.token).json(body).send();
        assert!(matches!(answer.status, 200 | 404), "neither yes nor no: {} {}", answer.status, answer.body);
        (told.id.clone(), answer.status == 200)
    };
    told.into_iter().enumerate().map(ask).collect()
}
