//! Users on the wire (access-api.md 5.1).

use crate::Secret;
use crate::fields::{Fields, RequestError};
use crate::limits::{self, FieldError};
use serde::{Deserialize, Serialize};

/// The state of a user. Only `enabled` users can be anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "lowercase")]
pub enum UserStatus {
    /// Has not accepted an invitation yet.
    Invited,
    /// May log in and use tokens.
    Enabled,
    /// May do nothing.
    Disabled,
    /// Password log-in is locked; tokens go on, but none can be created.
    Locked,
}

impl UserStatus {
    /// The word on the wire and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Enabled => "enabled",
            Self::Disabled => "disabled",
            Self::Locked => "locked",
        }
    }

    /// Reads the word on the wire; `None` if it is not one of the four.
    pub fn parse(text: &str) -> Option<Self> {
        [Self::Invited, Self::Enabled, Self::Disabled, Self::Locked].into_iter().find(|s| s.as_str() == text)
    }
}

/// A user in full: the answer to create, read and change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserDetails {
    /// Name, lower case.
    pub username: String,
    /// E-mail address, may be empty.
    pub email: String,
    /// Administrator by itself.
    pub admin: bool,
    /// Administrator by itself or through a group.
    pub effective_admin: bool,
    /// Whether the user may change the own profile.
    pub profile_updatable: bool,
    /// Whether the web pages are closed to the user.
    pub disable_ui_access: bool,
    /// Whether log-in by password is off.
    pub internal_password_disabled: bool,
    /// Last log-in by password, RFC 3339; absent if never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(required = false))]
    pub last_logged_in: Option<String>,
    /// Where the user comes from; `internal` here.
    pub realm: String,
    /// Names of the user's groups, sorted.
    pub groups: Vec<String>,
    /// State.
    pub status: UserStatus,
}

/// One line of the user list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserListItem {
    /// Name.
    pub username: String,
    /// Where to read the rest.
    pub uri: String,
    /// Where the user comes from.
    pub realm: String,
    /// State.
    pub status: UserStatus,
}

/// A page of the user list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct UserList {
    /// The users of this page.
    pub users: Vec<UserListItem>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}

/// The body of create and change: what is `None` gets its default, or stays as it is.
#[derive(Debug, Clone, Default)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"username": "frog", "email": "frog@example.org", "password": "Correct-horse-7-battery"})))]
#[cfg_attr(
    feature = "openapi",
    schema(
        description = "The body of create and change: what is absent or null gets its default, or stays as it is."
    )
)]
pub struct UserInput {
    /// Name; needed to create, and the path says it when changing.
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub username: Option<String>,
    /// E-mail address.
    #[cfg_attr(feature = "openapi", schema(max_length = 254))]
    pub email: Option<String>,
    /// Password.
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, write_only, min_length = 8, max_length = 256))]
    pub password: Option<Secret>,
    /// Administrator by itself.
    pub admin: Option<bool>,
    /// Whether the user may change the own profile.
    pub profile_updatable: Option<bool>,
    /// Whether the web pages are closed to the user.
    pub disable_ui_access: Option<bool>,
    /// Whether log-in by password is off.
    pub internal_password_disabled: Option<bool>,
    /// State.
    pub status: Option<UserStatus>,
    /// Names of the user's groups.
    pub groups: Option<Vec<String>>,
}

impl UserInput {
    /// Reads a JSON body. Unknown fields are ignored, `null` is absent.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let input = Self {
            username: fields.text("username")?,
            email: fields.clearable_text("email")?.map(Option::unwrap_or_default),
            password: fields.secret("password")?,
            admin: fields.flag("admin")?,
            profile_updatable: fields.flag("profile_updatable")?,
            disable_ui_access: fields.flag("disable_ui_access")?,
            internal_password_disabled: fields.flag("internal_password_disabled")?,
            status: status(&mut fields)?,
            groups: fields.names("groups")?,
        };
        if let Some(email) = &input.email {
            limits::check_text("email", email, limits::EMAIL)?;
        }
        Ok(input)
    }
}

/// The body of `PUT …/users/{u}/password`.
#[derive(Debug, Clone)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"password": "Correct-horse-8-battery"})))]
pub struct PasswordInput {
    /// The new password.
    #[cfg_attr(feature = "openapi", schema(value_type = String, write_only, min_length = 8, max_length = 256))]
    pub password: Secret,
}

impl PasswordInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] if `password` is missing, empty or no string.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        match Fields::from_json(body)?.secret("password")? {
            Some(password) => Ok(Self { password }),
            None => Err(FieldError::new("password", "is required").into()),
        }
    }
}

fn status(fields: &mut Fields) -> Result<Option<UserStatus>, FieldError> {
    match fields.text("status")? {
        None => Ok(None),
        Some(word) => UserStatus::parse(&word)
            .map(Some)
            .ok_or_else(|| FieldError::new("status", "must be invited, enabled, disabled or locked")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_user_is_read_from_json_and_its_password_stays_hidden() {
        let body = br#"{"username":"frog","password":"s3cret-word","admin":true,"groups":["a"],"status":"locked","x":1}"#;
        let input = UserInput::from_json(body).unwrap();
        assert_eq!((input.username.as_deref(), input.admin), (Some("frog"), Some(true)));
        assert_eq!((input.status, input.email.as_ref()), (Some(UserStatus::Locked), None));
        assert_eq!(input.password.as_ref().unwrap().expose_secret(), "s3cret-word");
        assert!(!format!("{input:?}").contains("s3cret"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (body, field) in [
            (r#"{"admin":"true"}"#, "admin"),
            (r#"{"groups":"readers"}"#, "groups"),
            (r#"{"status":"gone"}"#, "status"),
            (r#"{"email":1}"#, "email"),
            (r#"{"email":"a\nb"}"#, "email"),
            (r#"{"password":{}}"#, "password"),
        ] {
            let error = UserInput::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
        assert!(PasswordInput::from_json(br#"{"password":""}"#).is_err());
        assert!(PasswordInput::from_json(b"{}").is_err());
    }
}
