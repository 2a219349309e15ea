//! What clients send about projects, for the description alone: `access_types::project` reads it.

use access_types::project::AdminPrivileges;
use utoipa::ToSchema;

/// A project to be made or changed. Other fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"project_key": "web", "display_name": "Web shop", "admin_privileges": {"manage_members": true}}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct ProjectBody {
    /// The key; needed to make one, and it never changes.
    #[schema(required = false, pattern = "^[a-z][a-z0-9-]{1,31}$")]
    project_key: String,
    /// Name for people.
    #[schema(required = false, max_length = 64)]
    display_name: String,
    /// Description; the empty one clears it.
    #[schema(required = false, max_length = 1024)]
    description: String,
    /// What its administrators may do; each may be left out.
    #[schema(required = false)]
    admin_privileges: AdminPrivileges,
    /// Storage quota in bytes, -1 = none.
    #[schema(required = false, minimum = -1)]
    storage_quota_bytes: i64,
    /// Whether the quota only warns.
    #[schema(required = false)]
    soft_limit: bool,
    /// Whether mail is sent when the quota is near.
    #[schema(required = false)]
    storage_quota_email_notification: bool,
}

/// The roles of a member, in place of those it has. Other fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"name": "frog", "roles": ["Developer"]}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct MemberBody {
    /// The name, as in the path.
    #[schema(required = false)]
    name: String,
    /// Roles of the project.
    #[schema(min_items = 1, max_items = 100)]
    roles: Vec<String>,
}

/// A role to be made or changed. Other fields are ignored.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"name": "QA", "type": "CUSTOM", "environments": ["DEV"], "actions": ["READ_REPOSITORY"]}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct RoleBody {
    /// The name; needed to make one, and it never changes.
    #[schema(required = false, min_length = 1, max_length = 64)]
    name: String,
    /// Description; the empty one clears it.
    #[schema(required = false, max_length = 1024)]
    description: String,
    /// `CUSTOM`.
    #[schema(required = false, pattern = "^CUSTOM$")]
    r#type: String,
    /// The environments it counts in.
    #[schema(required = false, max_items = 100)]
    environments: Vec<String>,
    /// What it allows.
    #[schema(required = false, max_items = 100)]
    actions: Vec<String>,
}
