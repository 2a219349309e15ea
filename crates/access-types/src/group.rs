//! Groups on the wire (access-api.md 5.2).

use serde::{Deserialize, Serialize};

/// A group in full: the answer to create, read and change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
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
pub struct GroupListItem {
    /// Name.
    pub group_name: String,
    /// Where to read the rest.
    pub uri: String,
}

/// A page of the group list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupList {
    /// The groups of this page.
    pub groups: Vec<GroupListItem>,
    /// Where the next page begins; absent on the last one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
