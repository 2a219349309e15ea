//! From when to when a token is good, by what it says itself.

use crate::json_field::seconds;
use access_types::{Secret, jwt, opaque};
use secrecy::ExposeSecret as _;

/// From when to when a token is good, in epoch seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Validity {
    /// When it was made, if that is known.
    pub issued_at: Option<u64>,
    /// When it ends.
    pub expiry: u64,
}

impl Validity {
    /// What a JWT says; `None` for reference tokens and for tokens without an end.
    pub(crate) fn of_jwt(token: &Secret) -> Option<Self> {
        let claims = jwt::decode_unverified(token.expose_secret()).ok()?.claims;
        Some(Self { issued_at: seconds(&claims, "iat"), expiry: seconds(&claims, "exp")? })
    }

    /// What a JWT or a reference token says; the latter does not tell when it was made. `None` for tokens without an
    /// end, and for texts that say nothing.
    pub(crate) fn of(token: &Secret) -> Option<Self> {
        Self::of_jwt(token).or_else(|| {
            let expiry = opaque::parse_reference_token(token.expose_secret())??;
            Some(Self { issued_at: None, expiry })
        })
    }

    /// How long it is good in all, in seconds.
    pub(crate) fn lifetime(self) -> Option<u64> {
        self.issued_at.map(|issued_at| self.expiry.saturating_sub(issued_at))
    }

    /// Whether it is over.
    pub(crate) fn has_ended(self, now: u64) -> bool {
        self.expiry <= now
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_token_says_its_end_and_nothing_else() {
        let random = "aZ9".repeat(9);
        let ending = opaque::reference_token(Some(1_800_000_000), &random);
        assert_eq!(Validity::of(&ending), Some(Validity { issued_at: None, expiry: 1_800_000_000 }));
        for none in [opaque::reference_token(None, &random), "text".into(), "".into()] {
            assert_eq!(Validity::of(&none), None);
        }
    }

    #[test]
    fn a_lifetime_needs_a_beginning() {
        assert_eq!(Validity { issued_at: Some(10), expiry: 30 }.lifetime(), Some(20));
        assert_eq!(Validity { issued_at: Some(40), expiry: 30 }.lifetime(), Some(0));
        assert_eq!(Validity { issued_at: None, expiry: 30 }.lifetime(), None);
    }
}
