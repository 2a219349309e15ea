//! The token that an identity mapping gives.

use crate::fields::Fields;
use crate::limits::{self, FieldError, check_text};
use crate::oidc::Pattern;
use crate::quoting::parse_names;
use crate::{Audience, Scope, subject};
use serde::Serialize;

/// Longest lifetime of a token from a mapping, in seconds: a year.
pub const LONGEST_EXPIRY: u64 = 31_536_000;
/// Lifetime where none is said, in seconds.
pub const DEFAULT_EXPIRY: u64 = 60;

/// The token that a mapping gives. At most one of the first three is there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenSpec {
    /// The user it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// The user it is for, made of claims: `{{claim}}`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username_pattern: Option<String>,
    /// The groups whose rights it has, made of claims, comma separated.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups_pattern: Option<String>,
    /// Its scope; `applied-permissions/user` if there is a user and no scope.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Its audience.
    pub audience: String,
    /// Its lifetime in seconds.
    pub expires_in: u64,
}

/// A `token_spec` as it is sent. It replaces the one before; but audience and lifetime, if they are not named, stay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenSpecInput {
    pub(super) spec: TokenSpec,
    names_audience: bool,
    names_expiry: bool,
}

impl TokenSpecInput {
    pub(super) fn from_fields(mut fields: Fields) -> Result<Self, FieldError> {
        let audience = fields.text("audience")?;
        let expires_in = fields.whole_number("expires_in");
        let (names_audience, names_expiry) = (audience.is_some(), expires_in.is_some());
        let spec = TokenSpec {
            username: fields.text("username")?.map(|name| subject::normalise_username(&name)).transpose()?,
            username_pattern: fields.text("username_pattern")?,
            groups_pattern: fields.text("groups_pattern")?,
            scope: fields.text("scope")?,
            audience: audience.unwrap_or_else(|| Audience::all().to_string()),
            expires_in: match expires_in {
                None => DEFAULT_EXPIRY,
                Some(Some(seconds)) if (1..=LONGEST_EXPIRY).contains(&seconds) => seconds,
                Some(_) => {
                    return Err(FieldError::new(
                        "expires_in",
                        format!(
                            "Invalid expiry: must be a whole number of seconds from 1 to {LONGEST_EXPIRY}"
                        ),
                    ));
                }
            },
        };
        spec.check()?;
        Ok(Self { spec, names_audience, names_expiry })
    }

    pub(super) fn apply(self, now: TokenSpec) -> TokenSpec {
        TokenSpec {
            audience: if self.names_audience { self.spec.audience } else { now.audience },
            expires_in: if self.names_expiry { self.spec.expires_in } else { now.expires_in },
            ..self.spec
        }
    }
}

impl TokenSpec {
    /// Whether its scope is that of administrators, whoever the user is.
    pub fn is_for_administrators(&self) -> bool {
        let scope = self.scope.as_deref().and_then(|scope| Scope::parse(scope).ok());
        scope.is_some_and(|scope| scope.has_admin() || scope.artifactory_admin_of().next().is_some())
    }

    fn check(&self) -> Result<(), FieldError> {
        Audience::parse(&self.audience)?;
        let scope = self.scope.as_deref().map(Scope::parse).transpose()?;
        let wrong = |problem: &str| Err(FieldError::new("token_spec", problem));
        let names = [&self.username, &self.username_pattern, &self.groups_pattern];
        match (names.iter().filter(|name| name.is_some()).count(), &scope) {
            (0, None) => return wrong("needs one of username, username_pattern, groups_pattern, or a scope"),
            (0, Some(scope)) if scope.has_user() => {
                return wrong("needs username or username_pattern for the scope applied-permissions/user");
            }
            (2.., _) => {
                return wrong("can have only one of username, username_pattern and groups_pattern");
            }
            _ if self.username_pattern.is_some() && self.is_for_administrators() => {
                return wrong(
                    "can have no scope of administrators beside username_pattern; name the username",
                );
            }
            (_, Some(_)) if self.groups_pattern.is_some() => {
                return wrong("can have no scope beside groups_pattern, which makes one");
            }
            _ => {}
        }
        if let Some(text) = &self.username_pattern {
            check_text("username_pattern", text, limits::OIDC_TEXT)?;
            Pattern::parse(text).map_err(|problem| FieldError::new("username_pattern", problem))?;
        }
        if let Some(text) = &self.groups_pattern {
            group_patterns(text)?;
        }
        Ok(())
    }
}

/// Takes a pattern of groups apart.
///
/// # Errors
/// A [`FieldError`] on `groups_pattern`.
pub fn group_patterns(text: &str) -> Result<Vec<GroupName>, FieldError> {
    check_text("groups_pattern", text, limits::SCOPE)?;
    let wrong = |problem| FieldError::new("groups_pattern", problem);
    let names = parse_names(text).map_err(wrong)?;
    let names: Vec<GroupName> = names
        .into_iter()
        .map(|name| match name.contains(['{', '}']) {
            true => Pattern::parse(&name).map(GroupName::OfClaims),
            false => Ok(GroupName::Fixed(name)),
        })
        .collect::<Result<_, _>>()
        .map_err(wrong)?;
    if names.iter().any(|name| matches!(name, GroupName::OfClaims(_))) {
        return Ok(names);
    }
    Err(wrong("names no claim; write it as {{claim}}, or use scope for fixed groups".to_owned()))
}

/// A group of a `groups_pattern`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupName {
    /// The same for everybody.
    Fixed(String),
    /// Made of claims.
    OfClaims(Pattern),
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value, json};

    fn with_spec(spec: Value) -> Result<TokenSpec, FieldError> {
        let fields = Fields::from_json(spec.to_string().as_bytes()).unwrap();
        TokenSpecInput::from_fields(fields).map(|input| input.spec)
    }

    #[test]
    fn defaults_are_those_of_the_wire() {
        let spec = with_spec(json!({"username": "Frog", "scope": "", "audience": ""})).unwrap();
        assert_eq!(spec.username.as_deref(), Some("frog"));
        assert_eq!((spec.audience.as_str(), spec.expires_in, spec.scope), ("*@*", 60, None));
    }

    #[test]
    fn a_token_is_for_one_thing() {
        let groups = r#"applied-permissions/groups:"readers","#;
        for good in [
            json!({"username": "frog"}),
            json!({"username": "frog", "scope": "applied-permissions/admin"}),
            json!({"username_pattern": "{{actor}}", "scope": "applied-permissions/user"}),
            json!({"groups_pattern": "{{groups}}"}),
            json!({"groups_pattern": "readers,team-{{team}}"}),
            json!({"scope": groups}),
        ] {
            assert!(with_spec(good.clone()).is_ok(), "{good}");
        }
        for (bad, field) in [
            (json!({}), "token_spec"),
            (json!({"username": "a", "username_pattern": "{{b}}"}), "token_spec"),
            (json!({"username": "a", "groups_pattern": "{{b}}"}), "token_spec"),
            (json!({"scope": "applied-permissions/user"}), "token_spec"),
            (json!({"groups_pattern": "{{b}}", "scope": groups}), "token_spec"),
            (json!({"username": "a/b"}), "username"),
            (json!({"username_pattern": "frog"}), "username_pattern"),
            (json!({"groups_pattern": "readers"}), "groups_pattern"),
            (json!({"groups_pattern": "{{a}},"}), ""),
            (json!({"groups_pattern": "{{a},b"}), "groups_pattern"),
            (json!({"username_pattern": "{{a}}", "scope": "applied-permissions/admin"}), "token_spec"),
            (json!({"scope": "nonsense"}), "scope"),
            (json!({"username": "a", "audience": "nonsense"}), "audience"),
        ] {
            match with_spec(bad.clone()) {
                Ok(_) => assert!(field.is_empty(), "{bad}"),
                Err(error) => {
                    assert!(!field.is_empty() && error.to_string().contains(field), "{bad}: {error}")
                }
            }
        }
    }

    #[test]
    fn a_wrong_expiry_has_the_words_that_clients_match() {
        for expiry in [json!(0), json!(-1), json!(31_536_001), json!("60"), json!(1.5), json!(1e30)] {
            let error = with_spec(json!({"username": "a", "expires_in": expiry})).unwrap_err().to_string();
            assert!(error.contains("Invalid expiry"), "{error}");
        }
        assert!(with_spec(json!({"username": "a", "expires_in": 31_536_000})).is_ok());
    }
}
