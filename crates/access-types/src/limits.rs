//! Limits of the wire (access-api.md 4.10), and the one error that says which field broke which limit.

use std::fmt;

/// Longest `username`, in characters.
pub const USERNAME: usize = 255;
/// Longest `scope`, in characters.
pub const SCOPE: usize = 500;
/// Longest `audience`, in characters.
pub const AUDIENCE: usize = 255;
/// Longest `description`, in characters.
pub const DESCRIPTION: usize = 1024;
/// Longest e-mail address, in characters.
pub const EMAIL: usize = 254;
/// Longest group name, in characters.
pub const GROUP_NAME: usize = 64;
/// Longest name, address or value of an OIDC provider or identity mapping, in characters.
pub const OIDC_TEXT: usize = 255;
/// Last moment a token can expire, in epoch seconds: reference tokens carry ten digits.
pub const LAST_EXPIRY: u64 = 9_999_999_999;

/// A field of a request that is not acceptable, and why.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct FieldError {
    /// Name of the field on the wire, e.g. `expires_in`.
    pub field: &'static str,
    /// What is wrong with it, to follow the name and a colon.
    pub problem: String,
}

impl FieldError {
    /// The field `field` has the problem `problem`.
    pub fn new(field: &'static str, problem: impl Into<String>) -> Self {
        Self { field, problem: problem.into() }
    }
}

impl fmt::Display for FieldError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.field, self.problem)
    }
}

/// Refuses text of more than `limit` characters and text with control characters (NUL included).
///
/// # Errors
/// A [`FieldError`] naming `field`, and the limit or the place of the control character.
pub fn check_text(field: &'static str, text: &str, limit: usize) -> Result<(), FieldError> {
    let length = text.chars().count();
    if length > limit {
        return Err(FieldError::new(
            field,
            format!("must be at most {limit} characters long, but has {length}"),
        ));
    }
    match text.chars().position(char::is_control) {
        Some(at) => Err(FieldError::new(
            field,
            format!("must not contain control characters, but has one at position {}", at + 1),
        )),
        None => Ok(()),
    }
}

/// Checks the form of a project key: `^[a-z][a-z0-9-]{1,31}$` (access-api.md 5.3).
///
/// # Errors
/// A [`FieldError`] on `project_key` that says what a key looks like.
pub fn check_project_key(key: &str) -> Result<(), FieldError> {
    let tail_is_legal = |tail: &[u8]| {
        (1..=31).contains(&tail.len())
            && tail.iter().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-')
    };
    match key.as_bytes() {
        [b'a'..=b'z', tail @ ..] if tail_is_legal(tail) => Ok(()),
        _ => Err(FieldError::new(
            "project_key",
            "must be 2 to 32 characters: a lower-case letter, then lower-case letters, digits or '-'",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_is_measured_in_characters_not_bytes() {
        assert!(check_text("description", &"ä".repeat(1024), DESCRIPTION).is_ok());
        let error = check_text("description", &"a".repeat(1025), DESCRIPTION).unwrap_err();
        assert_eq!(error.to_string(), "description: must be at most 1024 characters long, but has 1025");
    }

    #[test]
    fn control_characters_are_refused() {
        for text in ["a\0", "\u{1b}[2J", "a\nb", "\u{9b}x"] {
            assert!(check_text("description", text, DESCRIPTION).is_err(), "{text:?}");
        }
    }

    #[test]
    fn project_keys_have_a_form() {
        for good in ["ab", "web", "a1-b", &"a".repeat(32)] {
            assert!(check_project_key(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "1a", "Web", "a b", "a_b", &"a".repeat(33), "é1"] {
            assert!(check_project_key(bad).is_err(), "{bad}");
        }
    }
}
