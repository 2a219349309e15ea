//! Audiences (access-api.md 2.2): the services that shall accept a token.

use crate::limits::{self, FieldError};
use serde::{Serialize, Serializer, ser::SerializeSeq};
use std::fmt;

const KINDS: [&str; 10] = ["jfrt", "jfxr", "jfpip", "jfds", "jfmc", "jfac", "jfevt", "jfmd", "jfcon", "*"];

/// One or more service ids such as `*@*`, `jfrt@*`, `jfac@01h…`, in the order asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Audience(Vec<String>);

impl Audience {
    /// Every service: `*@*`, the default.
    pub fn all() -> Self {
        Self(vec!["*@*".to_owned()])
    }

    /// Reads space-separated service ids.
    ///
    /// # Errors
    /// A [`FieldError`] on `audience`: longer than 255 characters, control characters, none at all, or
    /// an id that is not `<kind>@<id>` with a known kind.
    pub fn parse(text: &str) -> Result<Self, FieldError> {
        limits::check_text("audience", text, limits::AUDIENCE)?;
        let ids: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
        if ids.is_empty() {
            return Err(FieldError::new("audience", "names no service"));
        }
        match ids.iter().find(|id| !is_service(id)) {
            Some(id) => Err(FieldError::new(
                "audience",
                format!(
                    "{id:?} is not a service id; a service id is <kind>@<id>, with a kind of {}",
                    KINDS.join(", ")
                ),
            )),
            None => Ok(Self(ids)),
        }
    }

    /// The service ids, at least one.
    pub fn ids(&self) -> &[String] {
        &self.0
    }

    /// Whether the service `service`, e.g. `jfac@01h…`, is meant.
    pub fn includes(&self, service: &str) -> bool {
        self.0.iter().any(|id| covers(id, service))
    }

    /// Whether everything that `other` includes is included here too.
    pub fn covers(&self, other: &Audience) -> bool {
        other.0.iter().all(|wanted| self.0.iter().any(|id| covers(id, wanted)))
    }
}

impl fmt::Display for Audience {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join(" "))
    }
}

/// As the claim `aud`: a string for one service, an array for several (RFC 7519 section 4.1.3).
impl Serialize for Audience {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if let [only] = self.0.as_slice() {
            return serializer.serialize_str(only);
        }
        let mut sequence = serializer.serialize_seq(Some(self.0.len()))?;
        for id in &self.0 {
            sequence.serialize_element(id)?;
        }
        sequence.end()
    }
}

fn is_service(id: &str) -> bool {
    id.split_once('@').is_some_and(|(kind, id)| {
        KINDS.contains(&kind)
            && (id == "*"
                || (!id.is_empty()
                    && id.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')))
    })
}

fn covers(pattern: &str, service: &str) -> bool {
    match (pattern.split_once('@'), service.split_once('@')) {
        (Some((kind, id)), Some((wanted_kind, wanted_id))) => {
            (kind == "*" || kind == wanted_kind) && (id == "*" || id == wanted_id)
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_a_string_and_several_are_an_array() {
        let json = |text: &str| serde_json::to_string(&Audience::parse(text).unwrap()).unwrap();
        assert_eq!(json("*@*"), r#""*@*""#);
        assert_eq!(json("jfrt@*  jfac@*"), r#"["jfrt@*","jfac@*"]"#);
    }

    #[test]
    fn patterns_cover_what_they_name() {
        let audience = Audience::parse("jfrt@* jfac@01abc").unwrap();
        assert!(audience.includes("jfrt@anything") && audience.includes("jfac@01abc"));
        assert!(!audience.includes("jfac@02") && !audience.includes("jfxr@01abc"));
        assert!(Audience::all().covers(&audience) && !audience.covers(&Audience::all()));
    }

    #[test]
    fn nonsense_is_refused() {
        for bad in ["", " ", "jfrt", "jfrt@", "@x", "foo@*", "jfrt@a/b", "jfrt@a@b", &"jfrt@* ".repeat(40)] {
            assert!(Audience::parse(bad).is_err(), "{bad:?}");
        }
    }
}
