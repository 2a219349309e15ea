//! Groups on the wire (access-api.md 5.2).

use crate::fields::{Fields, RequestError};
use crate::limits;
use serde::{Deserialize, Serialize};

/// A group in full: the answer to create, read and change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupDetails {
    /// Name, at most 64 characters.
    pub name: String,
    /// Description; empty becomes `null`.
    pub description: Option<String>,
    /// Whether every new user becomes a member.
    pub auto_join: bool,
    /// Whether members are administrators.
    pub admin_privileges: bool,
    /// Where the group comes from; `internal` here.
    pub realm: String,
    /// Free text for an external realm.
    pub realm_attributes: Option<String>,
    /// Id in an external realm.
    pub external_id: Option<String>,
    /// Names of the members, sorted.
    pub members: Vec<String>,
}

/// One line of the group list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupListItem {
    /// Name.
    pub group_name: String,
    /// Where to read the rest.
    pub uri: String,
}

/// A page of the group list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct GroupList {
    /// The groups of this page.
    pub groups: Vec<GroupListItem>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The body of create and change: what is `None` gets its default, or stays as it is; `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"name": "readers", "description": "may read", "members": []})))]
#[cfg_attr(
    feature = "openapi",
    schema(
        description = "The body of create and change: what is absent gets its default, or stays as it is; an empty text and null clear."
    )
)]
pub struct GroupInput {
    /// Name; needed to create, and the path says it when changing.
    #[cfg_attr(feature = "openapi", schema(max_length = 64))]
    pub name: Option<String>,
    /// Description.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1024))]
    pub description: Option<Option<String>>,
    /// Whether every new user becomes a member.
    pub auto_join: Option<bool>,
    /// Whether members are administrators.
    pub admin_privileges: Option<bool>,
    /// Free text for an external realm.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1024))]
    pub realm_attributes: Option<Option<String>>,
    /// Id in an external realm.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, max_length = 1024))]
    pub external_id: Option<Option<String>>,
    /// Names of the members.
    pub members: Option<Vec<String>>,
}

impl GroupInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let input = Self {
            name: fields.text("name")?,
            description: fields.clearable_text("description")?,
            auto_join: fields.flag("auto_join")?,
            admin_privileges: fields.flag("admin_privileges")?,
            realm_attributes: fields.clearable_text("realm_attributes")?,
            external_id: fields.clearable_text("external_id")?,
            members: fields.names("members")?,
        };
        if let Some(name) = &input.name {
            limits::check_text("name", name, limits::GROUP_NAME)?;
        }
        for (field, value) in [
            ("description", &input.description),
            ("realm_attributes", &input.realm_attributes),
            ("external_id", &input.external_id),
        ] {
            if let Some(Some(text)) = value {
                limits::check_text(field, text, limits::DESCRIPTION)?;
            }
        }
        Ok(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_description_clears() {
        let input = GroupInput::from_json(br#"{"name":"readers","description":"","members":[]}"#).unwrap();
        assert_eq!(input.name.as_deref(), Some("readers"));
        assert_eq!(input.description, Some(None));
        assert_eq!((input.external_id, input.members), (None, Some(Vec::new())));
    }

    #[test]
    fn each_wrong_field_is_named() {
        let long = format!(r#"{{"name":"{}"}}"#, "a".repeat(65));
        for (body, field) in [
            (r#"{"auto_join":"yes"}"#, "auto_join"),
            (r#"{"members":{"a":1}}"#, "members"),
            (r#"{"description":"\u0000"}"#, "description"),
            (long.as_str(), "name"),
        ] {
            let error = GroupInput::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
    }
}
