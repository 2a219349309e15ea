//! One token as a server tells of it. Everything it sent is kept; what this version understands has a method.

use crate::json_field;
use crate::output::terminal;
use access_types::Subject;
use serde_json::{Map, Value};

/// A token's description by its server, never its text.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct StoredToken {
    fields: Map<String, Value>,
}

impl From<Map<String, Value>> for StoredToken {
    fn from(fields: Map<String, Value>) -> Self {
        Self { fields }
    }
}

impl StoredToken {
    /// Reads a JSON object with a token id in it.
    pub(crate) fn from_json(body: &[u8]) -> Option<Self> {
        let token = Self::from(serde_json::from_slice::<Map<String, Value>>(body).ok()?);
        (!token.id().is_empty()).then_some(token)
    }

    /// Everything that the server sent, in its order.
    pub(crate) fn to_value(&self) -> Value {
        Value::Object(self.fields.clone())
    }

    /// The same as text.
    pub(crate) fn json(&self) -> String {
        terminal::pretty_json(&self.to_value())
    }

    /// The id; empty if the server sent none.
    pub(crate) fn id(&self) -> &str {
        self.text("token_id").unwrap_or_default()
    }

    /// The subject in full.
    pub(crate) fn subject(&self) -> &str {
        self.text("subject").unwrap_or_default()
    }

    /// The name of the user in the subject, or the whole subject.
    pub(crate) fn user(&self) -> &str {
        Subject::display_name(self.subject())
    }

    /// The scope; older platforms do not tell it.
    pub(crate) fn scope(&self) -> Option<&str> {
        self.text("scope")
    }

    /// The audience; only accessd tells it.
    pub(crate) fn audience(&self) -> Option<&str> {
        self.text("audience")
    }

    /// The description.
    pub(crate) fn description(&self) -> Option<&str> {
        self.text("description")
    }

    /// The project it is bound to.
    pub(crate) fn project(&self) -> Option<&str> {
        self.text("project").or_else(|| self.text("project_key"))
    }

    /// Who made it: a subject.
    pub(crate) fn created_by(&self) -> Option<&str> {
        self.text("created_by")
    }

    /// The token that made it.
    pub(crate) fn parent_id(&self) -> Option<&str> {
        self.text("parent_token_id")
    }

    /// The word for its state; only accessd has one.
    pub(crate) fn state(&self) -> Option<&str> {
        self.text("state")
    }

    /// Why it was revoked, in a word.
    pub(crate) fn revoked_for(&self) -> Option<&str> {
        self.text("revoked_for")
    }

    /// When it was made, epoch seconds.
    pub(crate) fn issued_at(&self) -> Option<u64> {
        self.moment("issued_at")
    }

    /// When it ends, epoch seconds; `None` = never.
    pub(crate) fn expiry(&self) -> Option<u64> {
        self.moment("expiry")
    }

    /// Whether the expiry is a moment, or none: what cannot be read must not pass for "never".
    pub(crate) fn has_readable_expiry(&self) -> bool {
        self.fields.get("expiry").is_none_or(|value| value.is_null() || value.as_u64().is_some())
    }

    /// When it was last used, epoch seconds, as far as the server tells.
    pub(crate) fn last_used(&self) -> Option<u64> {
        self.moment("last_used")
    }

    /// When it was revoked, epoch seconds.
    pub(crate) fn revoked_at(&self) -> Option<u64> {
        self.moment("revoked_at")
    }

    /// When it will be revoked, epoch seconds.
    pub(crate) fn revocation_due(&self) -> Option<u64> {
        self.moment("revocation_due")
    }

    /// Whether it can be refreshed.
    pub(crate) fn refreshable(&self) -> Option<bool> {
        self.flag("refreshable")
    }

    /// Whether it can be revoked.
    pub(crate) fn revocable(&self) -> Option<bool> {
        self.flag("revocable")
    }

    /// Whether it has a reference token.
    pub(crate) fn has_reference(&self) -> Option<bool> {
        self.flag("has_reference_token")
    }

    fn text(&self, name: &str) -> Option<&str> {
        json_field::text(&self.fields, name)
    }

    /// Zero is how some servers write "none".
    fn moment(&self, name: &str) -> Option<u64> {
        self.fields.get(name)?.as_u64().filter(|moment| *moment > 0)
    }

    fn flag(&self, name: &str) -> Option<bool> {
        self.fields.get(name)?.as_bool()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_platform_and_what_accessd_tells_is_read() {
        let token = StoredToken::from_json(
            br#"{"token_id":"1","subject":"jfac@x/users/frog","expiry":20,"issued_at":10,"issuer":"jfac@x","refreshable":false}"#,
        )
        .unwrap();
        assert_eq!((token.id(), token.user(), token.expiry()), ("1", "frog", Some(20)));
        assert_eq!((token.refreshable(), token.scope(), token.state()), (Some(false), None, None));
        assert!(token.json().starts_with("{\n  \"token_id\": \"1\",\n  \"subject\""));
    }

    #[test]
    fn surprising_types_are_no_value() {
        let token = StoredToken::from_json(
            br#"{"token_id":"1","expiry":0,"scope":"","issued_at":"x","refreshable":1}"#,
        );
        let token = token.unwrap();
        assert_eq!(
            (token.expiry(), token.scope(), token.issued_at(), token.refreshable()),
            (None, None, None, None)
        );
        for none in ["", "{}", "[]", r#"{"token_id":""}"#, r#"{"token_id":1}"#, "<html>"] {
            assert_eq!(StoredToken::from_json(none.as_bytes()), None, "{none}");
        }
    }
}
