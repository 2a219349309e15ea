//! The scopes of the older token endpoint (access-api.md 1.8): another language, which the newer endpoint does not
//! speak, so no scope holds words of both.

use super::{Scope, ScopePart, parse_names};
use crate::limits::{self, FieldError};
use crate::quoting::split_outside_quotes;

const MEMBER_OF: &str = "member-of-groups";

impl Scope {
    /// `member-of-groups:*`, the default of the older endpoint.
    pub fn member_of_all() -> Self {
        Self { text: format!("{MEMBER_OF}:*"), parts: vec![ScopePart::MemberOf(None)] }
    }

    /// Reads a scope of the older endpoint.
    ///
    /// # Errors
    /// A [`FieldError`] on `scope` that quotes the part that is wrong and says why.
    pub fn parse_legacy(text: &str) -> Result<Self, FieldError> {
        limits::check_text("scope", text, limits::SCOPE)?;
        let pieces = split_outside_quotes(text, ' ')
            .ok_or_else(|| FieldError::new("scope", format!("the quote in {text:?} is never closed")))?;
        let part = |piece: &str| {
            parse_part(piece)
                .map_err(|problem| FieldError::new("scope", format!("the part {piece:?} {problem}")))
        };
        let parts = pieces.into_iter().map(part).collect::<Result<_, _>>()?;
        Ok(Self { text: text.to_owned(), parts })
    }

    /// Reads the scope of a token that was made by either endpoint.
    ///
    /// # Errors
    /// As [`Scope::parse`].
    pub fn parse_stored(text: &str) -> Result<Self, FieldError> {
        Self::parse(text).or_else(|error| Self::parse_legacy(text).map_err(|_| error))
    }

    /// Whether `member-of-groups:*` is among the parts.
    pub fn is_member_of_all(&self) -> bool {
        self.parts.contains(&ScopePart::MemberOf(None))
    }

    /// The names of all groups in all `member-of-groups` parts.
    pub fn memberships(&self) -> impl Iterator<Item = &str> {
        self.parts
            .iter()
            .flat_map(|part| match part {
                ScopePart::MemberOf(Some(names)) => names.as_slice(),
                _ => &[],
            })
            .map(String::as_str)
    }

    /// The ids of the services whose administrator the bearer is by a `jfrt@<id>:admin` part.
    pub fn artifactory_admin_of(&self) -> impl Iterator<Item = &str> {
        self.parts.iter().filter_map(|part| match part {
            ScopePart::ArtifactoryAdmin(id) => Some(id.as_str()),
            _ => None,
        })
    }
}

fn parse_part(piece: &str) -> Result<ScopePart, String> {
    if piece.is_empty() {
        return Err("is empty: parts are joined by one space".to_owned());
    }
    if piece == "api:*" {
        return Ok(ScopePart::Api);
    }
    match piece.split_once(':') {
        Some((MEMBER_OF, "*")) => Ok(ScopePart::MemberOf(None)),
        Some((MEMBER_OF, list)) => {
            let names = parse_names(list)?;
            // Among names it would be one, though whoever wrote it meant all.
            if names.iter().any(|name| name == "*") {
                return Err("has * among the names of groups; for all groups it stands alone".to_owned());
            }
            match names.iter().find(|name| name.chars().count() > limits::GROUP_NAME) {
                Some(_) => Err(format!("names a group of more than {} characters", limits::GROUP_NAME)),
                None => Ok(ScopePart::MemberOf(Some(names))),
            }
        }
        Some((service, "admin")) if service.starts_with("jfrt@") && service.len() > 5 => {
            Ok(ScopePart::ArtifactoryAdmin(service.to_owned()))
        }
        _ => Err("is not a scope of this endpoint; known are member-of-groups:*, member-of-groups:<group>,…, api:* \
             and jfrt@<id>:admin; for applied-permissions/… ask /access/api/v1/tokens"
            .to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // Found by the fuzzer: a comma behind it, and the star was the name of a group.
    #[test]
    fn the_star_for_all_groups_stands_alone() {
        assert!(Scope::parse_legacy("member-of-groups:*").unwrap().is_member_of_all());
        for text in
            ["member-of-groups:*,", "member-of-groups:*,a", "member-of-groups:a,*", "member-of-groups:\"*\""]
        {
            assert!(Scope::parse_legacy(text).unwrap_err().problem.contains("stands alone"), "{text}");
        }
        assert!(Scope::parse_legacy("member-of-groups:a*").is_ok());
    }
    use proptest::prelude::*;

    #[test]
    fn the_documented_forms_are_read_and_echoed() {
        let text = r#"member-of-groups:readers,"b c" api:* jfrt@01h:admin"#;
        let scope = Scope::parse_legacy(text).unwrap();
        assert_eq!(scope.as_str(), text);
        assert_eq!(scope.memberships().collect::<Vec<_>>(), ["readers", "b c"]);
        assert_eq!(scope.artifactory_admin_of().collect::<Vec<_>>(), ["jfrt@01h"]);
        assert!(!scope.is_member_of_all() && scope.groups().next().is_none() && !scope.has_admin());
        assert_eq!(Scope::parse_legacy("member-of-groups:*").unwrap(), Scope::member_of_all());
        assert!(Scope::parse_stored(text).is_ok() && Scope::parse_stored("applied-permissions/user").is_ok());
    }

    #[test]
    fn neither_endpoint_speaks_the_others_language() {
        for text in ["applied-permissions/user", "applied-permissions/admin", "system:info:r", "nonsense"] {
            assert!(Scope::parse_legacy(text).is_err(), "{text}");
        }
        for text in ["member-of-groups:*", "member-of-groups:a", "jfrt@01:admin"] {
            assert!(Scope::parse(text).is_err(), "{text}");
        }
        assert!(Scope::parse_stored("applied-permissions/user member-of-groups:*").is_err());
    }

    #[test]
    fn what_is_malformed_is_quoted() {
        for text in [
            "",
            "member-of-groups:",
            "member-of-groups:a,,b",
            "jfrt@:admin",
            "jfac@01:admin",
            "api:r",
            "a  b",
        ] {
            let error = Scope::parse_legacy(text).unwrap_err();
            assert_eq!(error.field, "scope", "{text}");
        }
        assert!(Scope::parse_legacy(&format!("member-of-groups:{}", "g".repeat(65))).is_err());
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_echoes_what_it_accepts(text in "(member-of-groups:|jfrt@)?\\PC{0,80}") {
            if let Ok(scope) = Scope::parse_legacy(&text) {
                prop_assert_eq!(scope.as_str(), text);
            }
        }
    }
}
