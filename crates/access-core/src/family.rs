//! The refresh-token family as a state machine: what a refresh token presented at some moment may do.
//! Pure, so that every store decides alike and a model can check it.

use crate::clock::EpochSeconds;
use crate::model::{FamilyRecord, SecretHash};
use subtle::ConstantTimeEq;

/// For how many seconds after a rotation its answer may have been lost.
pub const LOST_ANSWER_WINDOW: u64 = 30;

/// What a presented refresh token may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// It is the current one: the family moves to the next generation.
    Rotate,
    /// It is the immediate predecessor, its successor is unused and may have been lost: the successor
    /// is replaced within its generation. Once.
    Retry,
    /// It is spent, but a race or a lost answer explains it: refused, and nothing changes.
    Refuse,
    /// It is spent and somebody else must have it: refused, and the family is revoked.
    RevokeFamily,
}

/// Decides what the refresh token with `hash` and `generation` may do to `family` at `now`.
pub fn decide(family: &FamilyRecord, generation: u32, hash: SecretHash, now: EpochSeconds) -> Decision {
    if family.revoked_at.is_some() {
        return Decision::Refuse;
    }
    if same(hash, family.current_hash) {
        return Decision::Rotate;
    }
    // Set back to before the rotation, the clock says nothing about the window: nothing is given or taken.
    let Some(since) = now.checked_sub(family.rotated_at) else { return Decision::Refuse };
    let in_window = since <= LOST_ANSWER_WINDOW;
    let recent = generation.saturating_add(1) >= family.generation && generation <= family.generation;
    if !(in_window && recent) || family.successor_used {
        return Decision::RevokeFamily;
    }
    match family.previous_hash {
        Some(previous) if same(hash, previous) && !family.retried => Decision::Retry,
        _ => Decision::Refuse,
    }
}

/// The generation of the refresh token that a decision gives out: a retry replaces its own generation.
pub fn next_generation(family: &FamilyRecord, decision: Decision) -> u32 {
    match decision {
        Decision::Rotate => family.generation.saturating_add(1),
        Decision::Retry | Decision::Refuse | Decision::RevokeFamily => family.generation,
    }
}

/// The family after a [`Decision::Rotate`] or [`Decision::Retry`]; unchanged after the others.
pub fn advance(
    family: &FamilyRecord,
    decision: Decision,
    successor: (uuid::Uuid, SecretHash),
    now: EpochSeconds,
) -> FamilyRecord {
    let (token_id, current_hash) = successor;
    let mut next = family.clone();
    match decision {
        Decision::Rotate => {
            next.generation = next_generation(family, decision);
            next.previous_hash = Some(family.current_hash);
            next.rotated_at = now;
            next.retried = false;
            next.successor_used = false;
        }
        Decision::Retry => next.retried = true,
        Decision::Refuse | Decision::RevokeFamily => return next,
    }
    next.token_id = token_id;
    next.current_hash = current_hash;
    next
}

fn same(a: SecretHash, b: SecretHash) -> bool {
    a.0.ct_eq(&b.0).into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use uuid::Uuid;

    fn hash(n: u8) -> SecretHash {
        SecretHash([n; 32])
    }

    fn family() -> FamilyRecord {
        FamilyRecord {
            family_id: Uuid::nil(),
            token_id: Uuid::nil(),
            generation: 0,
            current_hash: hash(0),
            previous_hash: None,
            rotated_at: 1000,
            retried: false,
            successor_used: false,
            lifetime: Some(60),
            revoked_at: None,
        }
    }

    fn moved(family: &FamilyRecord, decision: Decision, to: u8, now: u64) -> FamilyRecord {
        advance(family, decision, (Uuid::from_u128(to.into()), hash(to)), now)
    }

    #[test]
    fn the_current_token_rotates_and_a_spent_one_ends_the_family() {
        let first = family();
        assert_eq!(decide(&first, 0, hash(0), 2000), Decision::Rotate);
        let second = moved(&first, Decision::Rotate, 1, 2000);
        let third = moved(&second, Decision::Rotate, 2, 2001);
        assert_eq!(decide(&third, 2, hash(2), 2002), Decision::Rotate);
        assert_eq!(decide(&third, 0, hash(0), 2002), Decision::RevokeFamily, "a grandparent");
        assert_eq!(
            decide(&FamilyRecord { revoked_at: Some(1), ..third }, 2, hash(2), 2002),
            Decision::Refuse
        );
    }

    #[test]
    fn a_lost_answer_is_repeated_once_within_the_window_while_its_successor_is_unused() {
        let second = moved(&family(), Decision::Rotate, 1, 2000);
        assert_eq!(decide(&second, 0, hash(0), 2000), Decision::Retry);
        assert_eq!(decide(&second, 0, hash(0), 2030), Decision::Retry);
        assert_eq!(decide(&second, 0, hash(0), 2031), Decision::RevokeFamily);
        assert_eq!(decide(&second, 0, hash(0), 1999), Decision::Refuse, "the clock was set back");
        assert_eq!(decide(&second, 1, hash(1), 1999), Decision::Rotate, "the clock was set back");
        let used = FamilyRecord { successor_used: true, ..second.clone() };
        assert_eq!(decide(&used, 0, hash(0), 2001), Decision::RevokeFamily);
        let retried = moved(&second, Decision::Retry, 2, 2001);
        assert_eq!(retried.generation, 1);
        assert_eq!(decide(&retried, 0, hash(0), 2002), Decision::Refuse, "once");
        assert_eq!(decide(&retried, 1, hash(1), 2002), Decision::Refuse, "the sibling that was lost");
        assert_eq!(decide(&retried, 1, hash(1), 2040), Decision::RevokeFamily, "the sibling was not lost");
        assert_eq!(decide(&retried, 1, hash(2), 2040), Decision::Rotate);
    }

    #[test]
    fn a_made_up_generation_gains_nothing() {
        let second = moved(&family(), Decision::Rotate, 1, 2000);
        for generation in [2, 7, u32::MAX] {
            assert_eq!(decide(&second, generation, hash(9), 2001), Decision::RevokeFamily);
        }
        assert_eq!(decide(&second, u32::MAX, hash(1), 2001), Decision::Rotate);
    }

    /// A plain model: the tokens handed out, in order, and which of them is live.
    #[derive(Debug, Default)]
    struct Model {
        handed_out: Vec<(u32, u8, u64)>,
        live: Option<usize>,
        revoked: bool,
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn there_is_one_live_branch_whatever_happens(steps in prop::collection::vec((any::<prop::sample::Index>(), 0u64..45, any::<bool>()), 1..60)) {
            let mut state = family();
            let mut now = 1000;
            let mut model = Model { handed_out: vec![(0, 0, now)], live: Some(0), revoked: false };
            for (pick, wait, use_successor) in steps {
                now += wait;
                if use_successor && state.generation > 0 {
                    state.successor_used = true;
                }
                let at = pick.index(model.handed_out.len());
                let (generation, secret, _) = model.handed_out[at];
                let decision = decide(&state, generation, hash(secret), now);
                let is_live = model.live == Some(at) && !model.revoked;
                prop_assert_eq!(decision == Decision::Rotate, is_live, "only the live token rotates");
                match decision {
                    Decision::Rotate | Decision::Retry => {
                        if decision == Decision::Retry {
                            let live = model.handed_out[model.live.unwrap()];
                            prop_assert_eq!(live.0, generation + 1, "only the immediate predecessor is accepted again");
                            prop_assert!(!state.successor_used && now - state.rotated_at <= LOST_ANSWER_WINDOW && !state.retried);
                        }
                        let next = u8::try_from(model.handed_out.len()).unwrap();
                        state = moved(&state, decision, next, now);
                        model.handed_out.push((state.generation, next, now));
                        model.live = Some(model.handed_out.len() - 1);
                    }
                    Decision::RevokeFamily => {
                        state.revoked_at = Some(now);
                        model.revoked = true;
                        model.live = None;
                    }
                    Decision::Refuse => {}
                }
                let accepted = model.handed_out.iter().filter(|(generation, secret, _)| {
                    decide(&state, *generation, hash(*secret), now) == Decision::Rotate
                }).count();
                prop_assert_eq!(accepted, usize::from(!model.revoked));
            }
        }
    }
}
