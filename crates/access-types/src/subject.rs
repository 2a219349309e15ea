//! Subjects, issuers and user names (access-api.md 2.2 and 4.7).

use crate::limits::{self, FieldError};
use std::fmt;

/// The id of an Access service: `jfac@` and 26 lower-case characters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServiceId(String);

impl ServiceId {
    /// Takes an id as it stands in the database or in a token.
    ///
    /// # Errors
    /// A [`FieldError`] on `service_id` if it is not `jfac@` and 26 lower-case letters or digits.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        let tail = text.strip_prefix("jfac@").unwrap_or_default();
        if tail.len() == 26 && tail.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit()) {
            Ok(Self(text.to_owned()))
        } else {
            Err(FieldError::new("service_id", "must be jfac@ and 26 lower-case letters or digits"))
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ServiceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Whose a token is, in full: `<service id>/users/<user name>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject(String);

impl Subject {
    /// The subject of the user `username` (already normalised) of the service `service`.
    pub fn of_user(service: &ServiceId, username: &str) -> Self {
        Self(format!("{service}/users/{username}"))
    }

    /// The full text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The user name within `service`, or `None` for a subject of another service or form.
    pub fn username<'a>(text: &'a str, service: &ServiceId) -> Option<&'a str> {
        text.strip_prefix(service.as_str())?.strip_prefix("/users/").filter(|name| !name.is_empty())
    }

    /// The user name as stock clients extract it: what follows the last `/` if the subject starts with
    /// `jfrt@` or contains `/users/`, else the whole subject.
    pub fn display_name(text: &str) -> &str {
        if text.starts_with("jfrt@") || text.contains("/users/") {
            text.rsplit('/').next().unwrap_or(text)
        } else {
            text
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Lower-cases a user name and checks its form: 1 to 255 of `a-z 0-9 . - _ @ +` and inner spaces.
///
/// # Errors
/// A [`FieldError`] on `username`, beginning with the words clients match: `Invalid formatted name: `.
pub fn normalise_username(name: &str) -> Result<String, FieldError> {
    limits::check_text("username", name, limits::USERNAME)?;
    let lower = name.to_ascii_lowercase();
    let legal = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-_@+ ".contains(c);
    if lower.is_empty() || lower.trim() != lower || lower == "." || lower == ".." || !lower.chars().all(legal)
    {
        return Err(FieldError::new(
            "username",
            format!(
                "Invalid formatted name: {name:?}; a name is 1 to 255 of a-z 0-9 . - _ @ + and inner spaces"
            ),
        ));
    }
    Ok(lower)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn service() -> ServiceId {
        ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").unwrap()
    }

    #[test]
    fn a_subject_gives_back_its_user() {
        let subject = Subject::of_user(&service(), "frog");
        assert_eq!(subject.as_str(), "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2/users/frog");
        assert_eq!(Subject::username(subject.as_str(), &service()), Some("frog"));
        assert_eq!(Subject::username("jfac@other/users/frog", &service()), None);
    }

    #[test]
    fn clients_take_what_follows_the_last_slash() {
        assert_eq!(Subject::display_name("jfrt@01/users/x"), "x");
        assert_eq!(Subject::display_name("org/repo"), "org/repo");
    }

    #[test]
    fn names_are_lowered_and_checked() {
        assert_eq!(normalise_username("Frog.One@x+y").unwrap(), "frog.one@x+y");
        assert!(normalise_username(&"a".repeat(256)).unwrap_err().problem.contains("255"));
        for bad in ["", " a", "a ", "a/b", "a\"b", "frög", "a\0", "a:b", "..", "K\u{212a}"] {
            assert!(normalise_username(bad).is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn normalising_twice_changes_nothing(name in "\\PC{0,40}") {
            if let Ok(once) = normalise_username(&name) {
                prop_assert_eq!(normalise_username(&once).unwrap(), once.clone());
                let subject = Subject::of_user(&service(), &once);
                prop_assert_eq!(Subject::username(subject.as_str(), &service()), Some(once.as_str()));
                prop_assert_eq!(Subject::display_name(subject.as_str()), once.as_str());
            }
        }
    }
}
