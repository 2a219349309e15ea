//! What cannot have been right.

use super::audit::{AuditRow, has_end_of};
use super::findings::Findings;
use super::tokens::{Token, tokens};
use super::{Event, Operation, Outcome};
use std::collections::{HashMap, HashSet};
use std::fmt;

/// Something that must never happen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Which rule was broken: `I1` an acknowledged token is lost, `I2` a revoked one lives, `I3` half of an
    /// operation happened, `I4` a family has two ends, `I5` the audit trail is not what happened, `I6` there is a token
    /// that nobody asked for, `I7` a dead token lives again, `I9` trouble was answered with something else than
    /// "later".
    pub rule: &'static str,
    /// What was seen.
    pub text: String,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

/// Compares what clients were told with what was found. An empty list means that nothing contradicts the rules.
pub fn check(events: &[Event], findings: &Findings) -> Vec<Violation> {
    let mut check = Check { events, findings, tokens: tokens(events), violations: Vec::new() };
    check.answers();
    check.verdicts();
    check.agreement();
    check.lists();
    check.audit_of_what_was_told();
    check.audit_without_a_cause();
    check.refresh_tokens();
    check.violations
}

struct Check<'a> {
    events: &'a [Event],
    findings: &'a Findings,
    tokens: HashMap<&'a str, Token<'a>>,
    violations: Vec<Violation>,
}

impl<'a> Check<'a> {
    fn report(&mut self, rule: &'static str, text: String) {
        self.violations.push(Violation { rule, text });
    }

    /// Every refusal needs a reason in the history, and trouble is 503 with `Retry-After`.
    fn answers(&mut self) {
        for event in self.events {
            match event.outcome {
                Outcome::Unavailable { retry_after: false } => {
                    self.report("I9", format!("503 without Retry-After: {event:?}"));
                }
                Outcome::Refused(status) if status >= 500 => {
                    self.report("I9", format!("trouble that is not 503: {event:?}"));
                }
                Outcome::Refused(401) if !matches!(event.operation, Operation::Verify { .. }) => {
                    self.report("I9", format!("a good credential was refused: {event:?}"));
                }
                Outcome::Refused(_) if !self.has_a_reason(event) => {
                    self.report("I1", format!("refused for no reason: {event:?}"));
                }
                _ => {}
            }
        }
    }

    fn has_a_reason(&self, refused: &Event) -> bool {
        let token = match &refused.operation {
            Operation::Create { .. } => return false,
            // Looked at with the verdicts.
            Operation::Verify { .. } => return true,
            Operation::Refresh { of } => self.tokens.get(of.as_str()),
            Operation::Revoke { id } => self.tokens.get(id.as_str()),
        };
        // The refused operation counts among the ends itself.
        token.is_some_and(|token| {
            token.ends.iter().any(|end| end.asked < refused.answered && end.asked != refused.asked)
        })
    }

    /// Whether each token was accepted when it had to be, and only then: during the trouble and after it.
    fn verdicts(&mut self) {
        let mut verdicts: HashMap<&str, Vec<(u64, u64, bool)>> = HashMap::new();
        for event in self.events {
            if let Operation::Verify { id } = &event.operation {
                let yes = match event.outcome {
                    Outcome::Done(_) => true,
                    Outcome::Refused(401) => false,
                    _ => continue,
                };
                verdicts.entry(id).or_default().push((event.asked, event.answered, yes));
            }
        }
        for accepted in &self.findings.accepted {
            for (id, yes) in accepted {
                verdicts.entry(id).or_default().push((u64::MAX - 1, u64::MAX, *yes));
            }
        }
        for (id, verdicts) in verdicts {
            self.verdicts_of(id, &verdicts);
        }
    }

    fn verdicts_of(&mut self, id: &str, verdicts: &[(u64, u64, bool)]) {
        let Some(token) = self.tokens.get(id) else { return };
        let lost = verdicts.iter().any(|(_, answered, yes)| !yes && !token.may_be_dead(*answered));
        let revived = verdicts.iter().any(|(asked, _, yes)| *yes && token.must_be_dead(*asked));
        let first_no = verdicts.iter().filter(|(_, _, yes)| !yes).map(|(_, answered, _)| *answered).min();
        let back = first_no.is_some_and(|no| verdicts.iter().any(|(asked, _, yes)| *yes && *asked > no));
        if lost {
            self.report("I1", format!("the token {id} was refused, and nobody had ended it"));
        }
        if revived {
            self.report("I2", format!("the token {id} was accepted after its end was acknowledged"));
        }
        if back {
            self.report("I7", format!("the token {id} was accepted after it had been refused"));
        }
    }

    /// All services say the same, and the list says what the check of a token says.
    fn agreement(&mut self) {
        let findings = self.findings;
        let Some((accepted, listed)) = findings.accepted.first().zip(findings.listed.first()) else { return };
        if findings.accepted.iter().any(|other| other != accepted) {
            self.report("I2", "two services differ in which tokens they accept".to_owned());
        }
        if findings.listed.iter().any(|other| other != listed) {
            self.report("I1", "two services differ in which tokens they list".to_owned());
        }
        let ids: HashSet<&str> = listed.iter().map(|listed| listed.id.as_str()).collect();
        for (id, yes) in accepted {
            match (yes, ids.contains(id.as_str())) {
                (true, false) => self.report("I1", format!("the token {id} is accepted and not listed")),
                (false, true) => self.report("I2", format!("the token {id} is dead and listed")),
                _ => {}
            }
        }
    }

    /// Whatever is listed was asked for, and once.
    fn lists(&mut self) {
        let Some(listed) = self.findings.listed.first() else { return };
        let asked: HashMap<&str, &Outcome> = self
            .events
            .iter()
            .filter_map(|event| match &event.operation {
                Operation::Create { description } => Some((description.as_str(), &event.outcome)),
                _ => None,
            })
            .collect();
        let mut seen = HashSet::new();
        for token in listed {
            match asked.get(token.description.as_str()) {
                None => self.report("I6", format!("nobody asked for the token {}", token.id)),
                Some(Outcome::Refused(_)) => {
                    self.report("I3", format!("the token {} was refused and made", token.id));
                }
                Some(_) => {}
            }
            if !seen.insert(&token.description) {
                self.report("I4", format!("two live tokens came of {:?}", token.description));
            }
        }
    }

    /// One row for each acknowledged change, and for the end of each token that is dead.
    fn audit_of_what_was_told(&mut self) {
        let audit = &self.findings.audit;
        let rows = |action: &str, target: &str| audit.iter().filter(|row| row.is(action, target)).count();
        let mut wrong = Vec::new();
        for event in self.events {
            let (action, target) = match (&event.operation, &event.outcome) {
                (Operation::Create { .. }, Outcome::Done(Some(told))) => ("token.created", &told.id),
                (Operation::Refresh { .. }, Outcome::Done(Some(told))) => ("token.refreshed", &told.id),
                (Operation::Revoke { id }, Outcome::Done(_)) => ("token.revoked", id),
                _ => continue,
            };
            let found = rows(action, target);
            if found != 1 {
                wrong.push(("I5", format!("{found} rows {action} for the acknowledged {target}")));
            }
        }
        let accepted = self.findings.accepted.first().into_iter().flatten();
        for (id, yes) in accepted {
            match (yes, has_end_of(audit, id)) {
                (true, true) => wrong.push(("I3", format!("the trail has the end of {id}, which lives"))),
                (false, false) => wrong.push(("I3", format!("{id} is dead and the trail has no end of it"))),
                _ => {}
            }
        }
        for (rule, text) in wrong {
            self.report(rule, text);
        }
    }

    /// No row without an operation that may have caused it, and no row of a create without its token.
    fn audit_without_a_cause(&mut self) {
        let audit = &self.findings.audit;
        let listed: HashSet<&str> =
            self.findings.listed.iter().flatten().map(|token| token.id.as_str()).collect();
        let unheard: HashSet<&str> = audit
            .iter()
            .filter(|row| matches!(row.action.as_str(), "token.created" | "token.refreshed"))
            .map(|row| row.target.as_str())
            .filter(|id| !self.tokens.contains_key(id))
            .collect();
        let mut wrong = Vec::new();
        for row in audit {
            if !self.has_a_cause(row, &unheard) {
                wrong.push(("I5", format!("a row that nobody caused: {row:?}")));
            }
        }
        for id in &unheard {
            if !listed.contains(id) && !has_end_of(audit, id) {
                wrong.push(("I3", format!("the trail has the making of {id}, which is not there")));
            }
        }
        for id in listed {
            if !self.tokens.contains_key(id) && !unheard.contains(id) {
                wrong.push(("I5", format!("the trail does not have the making of {id}")));
            }
        }
        let mut seen = HashSet::new();
        for row in audit.iter().filter(|row| !seen.insert((&row.action, &row.target))) {
            wrong.push(("I5", format!("a second row of one change: {row:?}")));
        }
        let created =
            |row: &&AuditRow| row.action == "token.created" && unheard.contains(row.target.as_str());
        let (made, asked) = (audit.iter().filter(created).count(), self.unacknowledged_creates());
        if made > asked {
            wrong.push((
                "I6",
                format!("{made} tokens nobody was told of, and only {asked} creates unanswered"),
            ));
        }
        for (rule, text) in wrong {
            self.report(rule, text);
        }
    }

    fn unacknowledged_creates(&self) -> usize {
        let open = |event: &&Event| {
            matches!(event.operation, Operation::Create { .. })
                && matches!(event.outcome, Outcome::Unavailable { .. } | Outcome::NoAnswer)
        };
        self.events.iter().filter(open).count()
    }

    fn has_a_cause(&self, row: &AuditRow, unheard: &HashSet<&str>) -> bool {
        let target = row.target.as_str();
        let told = self.tokens.get(target);
        match row.action.as_str() {
            // Those that nobody was told of are counted.
            "token.created" => told.is_none_or(|token| token.parent.is_none()),
            "token.refreshed" => {
                // By a refresh of that token, or by the repetition of one whose answer was lost.
                let replaced = row.replaced().unwrap_or_default();
                unheard.contains(replaced)
                    || self.was_asked(|operation| {
                        matches!(operation, Operation::Refresh { of } if of == replaced)
                            || matches!(operation, Operation::Refresh { of } if self.is_sibling(of, replaced))
                    })
            }
            "token.revoked" => {
                self.was_asked(|operation| matches!(operation, Operation::Revoke { id } if id == target))
            }
            "refresh_token.reused" => {
                unheard.contains(target) || told.is_some_and(|token| !token.ends.is_empty())
            }
            _ => true,
        }
    }

    /// Whether a refresh of `of` made `other`: a second one with the same refresh token replaces what the first made.
    fn is_sibling(&self, of: &str, other: &str) -> bool {
        self.tokens.get(other).is_some_and(|token| token.parent == Some(of))
    }

    fn was_asked(&self, is_it: impl Fn(&Operation) -> bool) -> bool {
        self.events.iter().any(|event| is_it(&event.operation))
    }

    /// At most one refresh token of a family is good: the newest one, if nothing has ended it.
    fn refresh_tokens(&mut self) {
        let mut good: HashMap<&str, usize> = HashMap::new();
        let mut wrong = Vec::new();
        for (id, yes) in &self.findings.refreshed {
            let Some(token) = self.tokens.get(id.as_str()) else { continue };
            *good.entry(token.description).or_default() += usize::from(*yes);
            if *yes && token.must_be_dead(u64::MAX) {
                wrong.push(("I2", format!("the refresh token of {id} was accepted after its end")));
            }
            if !*yes && token.ends.is_empty() {
                wrong.push(("I1", format!("the refresh token of {id} was refused, and nobody had ended it")));
            }
        }
        for (description, count) in good.into_iter().filter(|(_, count)| *count > 1) {
            wrong.push(("I4", format!("{count} live refresh tokens came of {description:?}")));
        }
        for (rule, text) in wrong {
            self.report(rule, text);
        }
    }
}
