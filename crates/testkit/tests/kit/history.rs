//! The history checker itself: a true history passes, and each false one is caught by the rule it breaks.

use std::collections::HashMap;
use testkit::{AuditRow, Event, Findings, Listed, Operation, Outcome, Told, check};

/// A history told step by step, and what would be found after it. A token's id is its text, its description the part
/// before the dot: `a.0` is made, `a.1` is what a refresh made of it.
#[derive(Clone, Default)]
struct Story {
    events: Vec<Event>,
    found: Findings,
}

impl Story {
    /// Everything that can happen, told truly.
    fn true_one() -> Self {
        let mut story = Self {
            found: Findings { accepted: vec![HashMap::new(); 2], ..Findings::default() },
            ..Self::default()
        };
        story.created("kept.0").created("revoked.0").created("family.0");
        story.tell(verify("kept.0"), Outcome::Done(None)).tell(verify("revoked.0"), Outcome::Done(None));
        story.revoked("revoked.0").tell(verify("revoked.0"), Outcome::Refused(401));
        story.refreshed("family.0", "family.1").refreshed("family.1", "family.2");
        // Trouble: what is not answered may happen or not.
        story.tell(verify("kept.0"), Outcome::Unavailable { retry_after: true });
        story.tell(create("unheard"), Outcome::NoAnswer).tell(create("nothing"), Outcome::NoAnswer);
        story.row("token.created", "unheard.0", "");
        story.created("cut.0").tell(revoke("cut.0"), Outcome::NoAnswer).row("token.revoked", "cut.0", "");
        story.created("uncut.0").tell(revoke("uncut.0"), Outcome::Unavailable { retry_after: true });
        story.created("lost.0").tell(refresh("lost.0"), Outcome::NoAnswer);
        story.row("token.refreshed", "lost.1", "replaces lost.0");
        story.told(refresh("lost.0"), "lost.2").row(
            "token.refreshed",
            "lost.2",
            "replaces lost.1, whose answer was lost",
        );
        story.alive(&["kept.0", "family.2", "unheard.0", "uncut.0", "lost.2"]);
        story.found.refreshed = ["lost.2", "lost.0", "family.2", "family.1", "family.0"]
            .map(|id| (id.to_owned(), matches!(id, "lost.2" | "family.2")))
            .to_vec();
        story
    }

    fn tell(&mut self, operation: Operation, outcome: Outcome) -> &mut Self {
        let asked = u64::try_from(self.events.len()).unwrap() * 2;
        self.events.push(Event { asked, answered: asked + 1, replica: 0, operation, outcome });
        self
    }

    fn told(&mut self, operation: Operation, id: &str) -> &mut Self {
        let told = Told { id: id.to_owned(), token: id.to_owned(), refresh_token: format!("refresh {id}") };
        self.tell(operation, Outcome::Done(Some(told)))
    }

    fn created(&mut self, id: &str) -> &mut Self {
        let (description, _) = id.split_once('.').unwrap();
        self.told(create(description), id).row("token.created", id, "")
    }

    fn refreshed(&mut self, of: &str, id: &str) -> &mut Self {
        self.told(refresh(of), id).row("token.refreshed", id, &format!("replaces {of}"))
    }

    fn revoked(&mut self, id: &str) -> &mut Self {
        self.tell(revoke(id), Outcome::Done(None)).row("token.revoked", id, "")
    }

    fn row(&mut self, action: &str, target: &str, detail: &str) -> &mut Self {
        let (action, target, detail) = (action.to_owned(), target.to_owned(), detail.to_owned());
        self.found.audit.push(AuditRow { action, target, detail });
        self
    }

    fn alive(&mut self, ids: &[&str]) {
        let mut listed: Vec<Listed> = ids
            .iter()
            .map(|id| Listed { id: (*id).to_owned(), description: id.split_once('.').unwrap().0.to_owned() })
            .collect();
        listed.sort();
        self.found.listed = vec![listed; 2];
        for event in &self.events {
            if let Outcome::Done(Some(told)) = &event.outcome {
                for accepted in &mut self.found.accepted {
                    accepted.insert(told.id.clone(), ids.contains(&told.id.as_str()));
                }
            }
        }
    }

    fn accepted(&mut self, id: &str, yes: bool) {
        for accepted in &mut self.found.accepted {
            accepted.insert(id.to_owned(), yes);
        }
    }

    fn listed(&mut self, id: &str, yes: bool) {
        let description = id.split_once('.').unwrap().0.to_owned();
        for listed in &mut self.found.listed {
            listed.retain(|token| token.id != id);
            if yes {
                listed.push(Listed { id: id.to_owned(), description: description.clone() });
                listed.sort();
            }
        }
    }

    fn without_row(&mut self, action: &str, target: &str) {
        let rows = self.found.audit.len();
        self.found.audit.retain(|row| !(row.action == action && row.target == target));
        assert_eq!(self.found.audit.len(), rows - 1);
    }

    fn refresh_token(&mut self, id: &str, yes: bool) {
        let found = self.found.refreshed.iter_mut().find(|(of, _)| of == id).unwrap();
        assert_ne!(found.1, yes, "this changes nothing");
        found.1 = yes;
    }

    #[track_caller]
    fn breaks(&self, rule: &str) {
        let violations = check(&self.events, &self.found);
        assert!(violations.iter().any(|violation| violation.rule == rule), "not {rule}: {violations:#?}");
    }
}

fn create(description: &str) -> Operation {
    Operation::Create { description: description.to_owned() }
}

fn refresh(of: &str) -> Operation {
    Operation::Refresh { of: of.to_owned() }
}

fn revoke(id: &str) -> Operation {
    Operation::Revoke { id: id.to_owned() }
}

fn verify(id: &str) -> Operation {
    Operation::Verify { id: id.to_owned() }
}

/// The true story, made false.
fn false_one(change: impl FnOnce(&mut Story)) -> Story {
    let mut story = Story::true_one();
    change(&mut story);
    story
}

#[test]
fn a_true_history_passes() {
    let story = Story::true_one();
    assert_eq!(check(&story.events, &story.found), []);
}

#[test]
fn a_lost_create_is_caught() {
    false_one(|story| {
        story.accepted("kept.0", false);
        story.listed("kept.0", false);
    })
    .breaks("I1");
    false_one(|story| story.listed("kept.0", false)).breaks("I1");
    false_one(|story| {
        story.found.accepted[1].insert("kept.0".to_owned(), false);
    })
    .breaks("I1");
    false_one(|story| {
        story.found.listed[1].pop();
    })
    .breaks("I1");
}

#[test]
fn a_revoked_token_that_lives_is_caught() {
    false_one(|story| {
        story.accepted("revoked.0", true);
        story.listed("revoked.0", true);
    })
    .breaks("I2");
    false_one(|story| story.accepted("family.1", true)).breaks("I2");
    false_one(|story| story.listed("revoked.0", true)).breaks("I2");
    // One service remembers what the other one has revoked.
    false_one(|story| {
        story.found.accepted[1].insert("revoked.0".to_owned(), true);
    })
    .breaks("I2");
    // For a moment only.
    false_one(|story| {
        story.tell(verify("revoked.0"), Outcome::Done(None));
    })
    .breaks("I2");
}

#[test]
fn half_an_operation_is_caught() {
    // The row of the trail without the token, and the end without its row, and the row without the end.
    false_one(|story| story.listed("unheard.0", false)).breaks("I3");
    false_one(|story| story.without_row("token.revoked", "cut.0")).breaks("I3");
    false_one(|story| {
        story.row("token.revoked", "uncut.0", "");
    })
    .breaks("I3");
    false_one(|story| {
        story.tell(create("refused"), Outcome::Refused(400));
        story.row("token.created", "refused.0", "");
        story.listed("refused.0", true);
    })
    .breaks("I3");
}

#[test]
fn two_ends_of_a_family_are_caught() {
    false_one(|story| story.refresh_token("lost.0", true)).breaks("I4");
    false_one(|story| story.refresh_token("family.1", true)).breaks("I4");
    false_one(|story| story.listed("lost.1", true)).breaks("I4");
    // A refresh token that is lost, and one that outlives its end.
    false_one(|story| story.refresh_token("family.2", false)).breaks("I1");
    false_one(|story| story.refresh_token("family.0", true)).breaks("I2");
}

#[test]
fn a_false_audit_trail_is_caught() {
    for (action, target) in [
        ("token.created", "kept.0"),
        ("token.created", "unheard.0"),
        ("token.refreshed", "family.1"),
        ("token.revoked", "revoked.0"),
    ] {
        false_one(|story| story.without_row(action, target)).breaks("I5");
        false_one(|story| {
            story.row(action, target, "");
        })
        .breaks("I5");
    }
    false_one(|story| {
        story.row("token.revoked", "kept.0", "");
    })
    .breaks("I5");
    false_one(|story| {
        story.row("refresh_token.reused", "kept.0", "");
    })
    .breaks("I5");
    false_one(|story| {
        story.row("token.refreshed", "kept.1", "replaces kept.0");
    })
    .breaks("I5");
}

#[test]
fn a_token_that_nobody_asked_for_is_caught() {
    false_one(|story| story.listed("stray.0", true)).breaks("I6");
    // One more than there are creates without an answer.
    let story = false_one(|story| {
        for id in ["unheard.8", "unheard.9"] {
            story.row("token.created", id, "").row("token.revoked", id, "");
        }
    });
    story.breaks("I6");
}

#[test]
fn a_token_that_comes_back_is_caught() {
    // Nobody knows whether the revocation happened: either is right, but not one after the other.
    false_one(|story| {
        story.tell(verify("cut.0"), Outcome::Refused(401));
        story.tell(verify("cut.0"), Outcome::Done(None));
    })
    .breaks("I7");
}

#[test]
fn trouble_that_is_not_answered_with_later_is_caught() {
    // To the check of a good token a 401 says that it is lost; to every other request that the credential is.
    false_one(|story| {
        story.tell(verify("kept.0"), Outcome::Refused(401));
    })
    .breaks("I1");
    for operation in [create("more"), refresh("family.2"), revoke("kept.0")] {
        false_one(|story| {
            story.tell(operation.clone(), Outcome::Refused(401));
        })
        .breaks("I9");
        false_one(|story| {
            story.tell(operation.clone(), Outcome::Refused(500));
        })
        .breaks("I9");
        let without = Outcome::Unavailable { retry_after: false };
        false_one(|story| {
            story.tell(operation, without);
        })
        .breaks("I9");
    }
    false_one(|story| {
        story.tell(verify("kept.0"), Outcome::Refused(502));
    })
    .breaks("I9");
    // And other refusals need a reason, too.
    for operation in [create("more"), refresh("family.2"), revoke("kept.0")] {
        false_one(|story| {
            story.tell(operation, Outcome::Refused(404));
        })
        .breaks("I1");
    }
}

#[test]
fn what_was_made_of_a_revoked_token_is_dead() {
    let story = |alive: bool| {
        false_one(|story| {
            story.created("raced.0").refreshed("raced.0", "raced.1").revoked("raced.0");
            story.accepted("raced.0", false);
            story.accepted("raced.1", alive);
            story.listed("raced.1", alive);
        })
    };
    let dead = story(false);
    assert_eq!(check(&dead.events, &dead.found), []);
    story(true).breaks("I2");
}
