//! Users and groups of the older API, `/artifactory/api/security/users` and `/groups` (access-api.md 1.1): the same
//! things under other names.

use crate::fields::{Fields, RequestError};
use crate::group::{GroupDetails, GroupInput};
use crate::limits::{self, FieldError};
use crate::user::{UserDetails, UserInput};
use serde::{Deserialize, Serialize};

/// A user in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LegacyUser {
    /// Name, lower case.
    pub name: String,
    /// E-mail address, may be empty.
    pub email: String,
    /// Administrator by itself.
    pub admin: bool,
    /// Whether the user may change the own profile.
    pub profile_updatable: bool,
    /// Whether the web pages are closed to the user.
    #[serde(rename = "disableUIAccess")]
    pub disable_ui_access: bool,
    /// Whether log-in by password is off.
    pub internal_password_disabled: bool,
    /// Last log-in by password, RFC 3339; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last_logged_in: Option<String>,
    /// Where the user comes from.
    pub realm: String,
    /// Names of the user's groups, sorted.
    pub groups: Vec<String>,
}

impl From<UserDetails> for LegacyUser {
    fn from(user: UserDetails) -> Self {
        Self {
            name: user.username,
            email: user.email,
            admin: user.admin,
            profile_updatable: user.profile_updatable,
            disable_ui_access: user.disable_ui_access,
            internal_password_disabled: user.internal_password_disabled,
            last_logged_in: user.last_logged_in,
            realm: user.realm,
            groups: user.groups,
        }
    }
}

/// A line of the list of users.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegacyUserListItem {
    /// Name.
    pub name: String,
    /// Where to read the rest.
    pub uri: String,
    /// Where the user comes from.
    pub realm: String,
}

/// A group in full.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct LegacyGroup {
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Whether every new user becomes a member.
    pub auto_join: bool,
    /// Whether members are administrators.
    pub admin_privileges: bool,
    /// Where the group comes from.
    pub realm: String,
    /// Free text for an external realm.
    pub realm_attributes: Option<String>,
    /// Names of the members, sorted; only if they were asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub user_names: Option<Vec<String>>,
}

impl LegacyGroup {
    /// The group, with its members or without.
    pub fn new(group: GroupDetails, with_users: bool) -> Self {
        Self {
            name: group.name,
            description: group.description,
            auto_join: group.auto_join,
            admin_privileges: group.admin_privileges,
            realm: group.realm,
            realm_attributes: group.realm_attributes,
            user_names: with_users.then_some(group.members),
        }
    }
}

/// A line of the list of groups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegacyGroupListItem {
    /// Name.
    pub name: String,
    /// Where to read the rest.
    pub uri: String,
}

/// Reads the JSON body of create and change, for the user that the path names. Unknown fields are ignored, `null` is
/// absent; what is absent stays as it is.
///
/// # Errors
/// [`RequestError`] naming the field that has a wrong type, breaks a limit or contradicts the path.
pub fn read_user(body: &[u8], name: &str) -> Result<UserInput, RequestError> {
    let mut fields = Fields::from_json(body)?;
    check_same(&mut fields, name, |said| said.eq_ignore_ascii_case(name))?;
    let input = UserInput {
        username: Some(name.to_owned()),
        email: fields.text("email")?,
        password: fields.secret("password")?,
        admin: fields.flag("admin")?,
        profile_updatable: fields.flag("profileUpdatable")?,
        disable_ui_access: fields.flag("disableUIAccess")?,
        internal_password_disabled: fields.flag("internalPasswordDisabled")?,
        status: None,
        groups: fields.names("groups")?,
    };
    if let Some(email) = &input.email {
        limits::check_text("email", email, limits::EMAIL)?;
    }
    Ok(input)
}

/// Reads the JSON body of create and change, for the group that the path names. Unknown fields are ignored; `null` and
/// the empty text clear a description and realm attributes; what is absent stays as it is.
///
/// # Errors
/// As [`read_user`].
pub fn read_group(body: &[u8], name: &str) -> Result<GroupInput, RequestError> {
    let mut fields = Fields::from_json(body)?;
    check_same(&mut fields, name, |said| said == name)?;
    let input = GroupInput {
        name: Some(name.to_owned()),
        description: fields.clearable_text("description")?,
        auto_join: fields.flag("autoJoin")?,
        admin_privileges: fields.flag("adminPrivileges")?,
        realm_attributes: fields.clearable_text("realmAttributes")?,
        external_id: None,
        members: fields.names("userNames")?,
    };
    for (field, value) in [("description", &input.description), ("realmAttributes", &input.realm_attributes)]
    {
        if let Some(Some(text)) = value {
            limits::check_text(field, text, limits::DESCRIPTION)?;
        }
    }
    Ok(input)
}

fn check_same(fields: &mut Fields, name: &str, is_same: impl Fn(&str) -> bool) -> Result<(), FieldError> {
    match fields.text("name")? {
        Some(said) if !is_same(&said) => {
            Err(FieldError::new("name", format!("is {said:?}, but the path says {name:?}")))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::user::UserStatus;

    #[test]
    fn a_user_is_read_under_the_older_names() {
        let body = br#"{"name":"Frog","email":"a@b","password":null,"admin":true,"profileUpdatable":false,
            "disableUIAccess":true,"internalPasswordDisabled":true,"groups":["a"],"lastLoggedIn":"x","realm":"ldap"}"#;
        let input = read_user(body, "frog").unwrap();
        assert_eq!((input.admin, input.profile_updatable), (Some(true), Some(false)));
        assert_eq!((input.disable_ui_access, input.internal_password_disabled), (Some(true), Some(true)));
        assert_eq!((input.groups, input.email.as_deref()), (Some(vec!["a".to_owned()]), Some("a@b")));
        assert!(input.password.is_none() && input.status.is_none());
    }

    #[test]
    fn what_is_left_out_is_left_alone() {
        let input = read_user(b"{}", "frog").unwrap();
        assert!(input.admin.is_none() && input.email.is_none() && input.internal_password_disabled.is_none());
        let group = read_group(br#"{"userNames":null}"#, "readers").unwrap();
        assert_eq!((group.admin_privileges, group.members, group.description), (None, None, None));
        assert_eq!(read_group(br#"{"description":null}"#, "readers").unwrap().description, Some(None));
    }

    #[test]
    fn the_path_and_the_body_speak_of_one() {
        assert!(read_user(br#"{"name":"toad"}"#, "frog").is_err());
        assert!(read_group(br#"{"name":"Readers"}"#, "readers").is_err());
        for (body, field) in [
            (r#"{"admin":"yes"}"#, "admin"),
            (r#"{"groups":"a"}"#, "groups"),
            (r#"{"disableUIAccess":1}"#, "disableUIAccess"),
            (r#"{"email":"a\nb"}"#, "email"),
        ] {
            assert!(read_user(body.as_bytes(), "frog").unwrap_err().to_string().starts_with(field), "{body}");
        }
        assert!(read_user(br#"{"admin":true,"admin":false}"#, "frog").is_err());
    }

    #[test]
    fn the_wire_names_are_written() {
        let user = UserDetails {
            username: "frog".to_owned(),
            email: String::new(),
            admin: false,
            effective_admin: true,
            profile_updatable: true,
            disable_ui_access: false,
            internal_password_disabled: false,
            last_logged_in: None,
            realm: "internal".to_owned(),
            groups: vec![],
            status: UserStatus::Enabled,
        };
        assert_eq!(
            serde_json::to_string(&LegacyUser::from(user)).unwrap(),
            r#"{"name":"frog","email":"","admin":false,"profileUpdatable":true,"disableUIAccess":false,"internalPasswordDisabled":false,"realm":"internal","groups":[]}"#
        );
    }
}
