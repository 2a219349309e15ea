//! Projects, their members and their roles on the wire (access-api.md 5.3).

use crate::fields::{Fields, RequestError};
use crate::limits::{self, FieldError};
use serde::{Deserialize, Serialize};

/// Longest display name of a project, in characters.
pub const DISPLAY_NAME: usize = 64;
/// Longest name of a role, of an environment and of an action, in characters.
pub const ROLE_NAME: usize = 64;
/// Most environments of a role, most actions of a role, and most roles of a member.
pub const MOST_NAMES: usize = 100;
/// [`ProjectDetails::storage_quota_bytes`] of a project without a quota.
pub const NO_QUOTA: i64 = -1;

/// A project in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectDetails {
    /// Key: `^[a-z][a-z0-9-]{1,31}$`; it never changes.
    pub project_key: String,
    /// Name for people, at most 64 characters.
    pub display_name: String,
    /// Description; may be empty.
    pub description: String,
    /// What the project's administrators may do.
    pub admin_privileges: AdminPrivileges,
    /// Storage quota in bytes, -1 = none. Kept for others: accessd stores nothing that it could limit.
    pub storage_quota_bytes: i64,
    /// Whether the quota only warns. Kept for others too.
    pub soft_limit: bool,
    /// Whether mail is sent when the quota is near. Kept for others too.
    pub storage_quota_email_notification: bool,
}

/// What the administrators of a project may do.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct AdminPrivileges {
    /// Whether they add, change and remove members and roles.
    pub manage_members: bool,
    /// Whether they manage repositories. Kept for others.
    pub manage_resources: bool,
    /// Whether they have resources indexed. Kept for others.
    pub index_resources: bool,
    /// Whether they manage remote repositories. Kept for others.
    pub manage_remote_repository: bool,
    /// Whether they manage security assets. Kept for others.
    pub manage_security_assets: bool,
    /// Whether they ignore findings by rules of their own. Kept for others.
    pub allow_ignore_rules: bool,
}

/// The body of create and change: what is `None` gets its default, or stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProjectInput {
    /// Key; needed to create, and the path says it when changing.
    pub project_key: Option<String>,
    /// Name for people.
    pub display_name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// See [`AdminPrivileges::manage_members`].
    pub manage_members: Option<bool>,
    /// See [`AdminPrivileges::manage_resources`].
    pub manage_resources: Option<bool>,
    /// See [`AdminPrivileges::index_resources`].
    pub index_resources: Option<bool>,
    /// See [`AdminPrivileges::manage_remote_repository`].
    pub manage_remote_repository: Option<bool>,
    /// See [`AdminPrivileges::manage_security_assets`].
    pub manage_security_assets: Option<bool>,
    /// See [`AdminPrivileges::allow_ignore_rules`].
    pub allow_ignore_rules: Option<bool>,
    /// Storage quota in bytes, [`NO_QUOTA`] = none.
    pub storage_quota_bytes: Option<i64>,
    /// Whether the quota only warns.
    pub soft_limit: Option<bool>,
    /// Whether mail is sent when the quota is near.
    pub storage_quota_email_notification: Option<bool>,
}

impl ProjectInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let mut privileges = fields.object("admin_privileges")?;
        let mut privilege = |name| privileges.as_mut().map_or(Ok(None), |fields| fields.flag(name));
        let input = Self {
            manage_members: privilege("manage_members")?,
            manage_resources: privilege("manage_resources")?,
            index_resources: privilege("index_resources")?,
            manage_remote_repository: privilege("manage_remote_repository")?,
            manage_security_assets: privilege("manage_security_assets")?,
            allow_ignore_rules: privilege("allow_ignore_rules")?,
            project_key: fields.text("project_key")?,
            display_name: fields.text("display_name")?,
            description: fields.clearable_text("description")?.map(Option::unwrap_or_default),
            storage_quota_bytes: fields.integer("storage_quota_bytes", NO_QUOTA)?,
            soft_limit: fields.flag("soft_limit")?,
            storage_quota_email_notification: fields.flag("storage_quota_email_notification")?,
        };
        if let Some(key) = &input.project_key {
            limits::check_project_key(key)?;
        }
        if let Some(name) = &input.display_name {
            limits::check_text("display_name", name, DISPLAY_NAME)?;
        }
        if let Some(text) = &input.description {
            limits::check_text("description", text, limits::DESCRIPTION)?;
        }
        Ok(input)
    }
}

/// A user or a group in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectMember {
    /// Name of the user or the group.
    pub name: String,
    /// Its roles in the project, sorted, at least one.
    pub roles: Vec<String>,
}

/// The users or the groups of a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectMembers {
    /// By name.
    pub members: Vec<ProjectMember>,
}

/// The body that makes a member, or gives it other roles.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MemberInput {
    /// Name, which the path says too.
    pub name: Option<String>,
    /// The roles, in place of those it has.
    pub roles: Vec<String>,
}

impl MemberInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type, is missing or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let name = fields.text("name")?;
        let roles = fields.names("roles")?.unwrap_or_default();
        if roles.is_empty() {
            return Err(FieldError::new("roles", "must name at least one role of the project").into());
        }
        check_names("roles", &roles)?;
        Ok(Self { name, roles })
    }
}

/// What kind of role it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "UPPERCASE")]
pub enum RoleType {
    /// In every project; it cannot be changed or deleted.
    Predefined,
    /// In every project: that of its administrators.
    Admin,
    /// Made in this project.
    Custom,
}

/// A role in a project.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ProjectRole {
    /// Name, at most 64 characters.
    pub name: String,
    /// Description; may be empty.
    pub description: String,
    /// What kind of role it is.
    #[serde(rename = "type")]
    pub kind: RoleType,
    /// The environments it counts in, e.g. `DEV`. Kept for others.
    pub environments: Vec<String>,
    /// What it allows, e.g. `READ_REPOSITORY`. Kept for others.
    pub actions: Vec<String>,
}

/// The body that makes or changes a role: what is `None` gets its default, or stays as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RoleInput {
    /// Name; needed to create, and the path says it when changing.
    pub name: Option<String>,
    /// Description.
    pub description: Option<String>,
    /// The environments it counts in.
    pub environments: Option<Vec<String>>,
    /// What it allows.
    pub actions: Option<Vec<String>>,
}

impl RoleInput {
    /// Reads a JSON body. Unknown fields are ignored. The only type that can be made is `CUSTOM`.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        if fields.text("type")?.is_some_and(|kind| kind != "CUSTOM") {
            return Err(FieldError::new("type", "must be CUSTOM; the others are in every project").into());
        }
        let input = Self {
            name: fields.text("name")?,
            description: fields.clearable_text("description")?.map(Option::unwrap_or_default),
            environments: fields.names("environments")?,
            actions: fields.names("actions")?,
        };
        if let Some(name) = &input.name {
            check_role_name(name)?;
        }
        if let Some(text) = &input.description {
            limits::check_text("description", text, limits::DESCRIPTION)?;
        }
        check_names("environments", input.environments.as_deref().unwrap_or_default())?;
        check_names("actions", input.actions.as_deref().unwrap_or_default())?;
        Ok(input)
    }
}

/// A role's name stands in scopes, between quotes, and in paths.
fn check_role_name(name: &str) -> Result<(), FieldError> {
    limits::check_text("name", name, ROLE_NAME)?;
    if name.trim() != name || name.contains(['"', '/', '\\']) || name == "." || name == ".." {
        return Err(FieldError::new("name", "must not begin or end with a space, or contain \" / or \\"));
    }
    Ok(())
}

fn check_names(field: &'static str, names: &[String]) -> Result<(), FieldError> {
    if names.len() > MOST_NAMES {
        return Err(FieldError::new(
            field,
            format!("holds {} names; {MOST_NAMES} is the limit", names.len()),
        ));
    }
    names.iter().try_for_each(|name| limits::check_text(field, name, ROLE_NAME))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_terraform_sends_is_read() {
        let input = ProjectInput::from_json(
            br#"{"project_key":"web","display_name":"Web","description":"","admin_privileges":{"manage_members":true,
            "manage_resources":false,"index_resources":true},"storage_quota_bytes":10737418240,"soft_limit":false,
            "storage_quota_email_notification":true}"#,
        )
        .unwrap();
        let wanted = ProjectInput {
            project_key: Some("web".into()),
            display_name: Some("Web".into()),
            description: Some(String::new()),
            manage_members: Some(true),
            manage_resources: Some(false),
            index_resources: Some(true),
            manage_remote_repository: None,
            manage_security_assets: None,
            allow_ignore_rules: None,
            storage_quota_bytes: Some(10_737_418_240),
            soft_limit: Some(false),
            storage_quota_email_notification: Some(true),
        };
        assert_eq!(input, wanted);
        let nothing = ProjectInput::from_json(br#"{"admin_privileges":null,"description":null}"#).unwrap();
        assert_eq!(nothing, ProjectInput { description: Some(String::new()), ..ProjectInput::default() });
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (body, field) in [
            (r#"{"project_key":"NO"}"#, "project_key"),
            (r#"{"display_name":7}"#, "display_name"),
            (r#"{"display_name":"\u0000"}"#, "display_name"),
            (r#"{"admin_privileges":[]}"#, "admin_privileges"),
            (r#"{"admin_privileges":{"manage_members":"yes"}}"#, "manage_members"),
            (r#"{"storage_quota_bytes":-2}"#, "storage_quota_bytes"),
            (r#"{"storage_quota_bytes":1.5}"#, "storage_quota_bytes"),
            (r#"{"storage_quota_bytes":1e30}"#, "storage_quota_bytes"),
            (r#"{"soft_limit":1}"#, "soft_limit"),
        ] {
            let error = ProjectInput::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
        for (body, field) in [
            (r#"{"name":"a/b"}"#, "name"),
            (r#"{"name":"x","type":"ADMIN"}"#, "type"),
            (r#"{"name":"x","type":"PREDEFINED"}"#, "type"),
            (r#"{"name":"x","actions":[1]}"#, "actions"),
            (r#"{"name":"x","environments":["\u001b"]}"#, "environments"),
        ] {
            let error = RoleInput::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
        for body in [r#"{"name":"x"}"#, r#"{"roles":[]}"#, r#"{"roles":[""]}"#, r#"{"roles":"Viewer"}"#] {
            let error = MemberInput::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with("roles"), "{body}: {error}");
        }
        assert!(ProjectInput::from_json(br#"{"admin_privileges":{"a":1,"a":2}}"#).is_err());
    }

    proptest! {
        #[test]
        fn no_body_makes_a_parser_panic(body in "\\PC{0,60}", name in "\\PC{0,20}", quota in any::<f64>()) {
            let _ = ProjectInput::from_json(body.as_bytes());
            let _ = MemberInput::from_json(body.as_bytes());
            let _ = RoleInput::from_json(body.as_bytes());
            let text = serde_json::json!({"name": name, "roles": [name], "storage_quota_bytes": quota}).to_string();
            if let Ok(input) = ProjectInput::from_json(text.as_bytes()) {
                prop_assert!(input.storage_quota_bytes.is_none_or(|bytes| bytes >= NO_QUOTA));
            }
            if let Ok(input) = RoleInput::from_json(text.as_bytes()) {
                prop_assert!(input.name.is_none_or(|name| !name.contains('/') && name.chars().count() <= ROLE_NAME));
            }
        }
    }
}
