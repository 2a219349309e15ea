//! Users on the wire (access-api.md 5.1).

use serde::{Deserialize, Serialize};

/// The state of a user. Only `enabled` users can be anybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct UserList {
    /// The users of this page.
    pub users: Vec<UserListItem>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
