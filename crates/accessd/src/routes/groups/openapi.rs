//! The description of the routes about groups.

use utoipa::{OpenApi, ToSchema};

/// All routes about groups.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    super::list::handle,
    super::create::handle,
    super::read::handle,
    super::change::handle,
    super::delete::handle,
    super::change_members::handle,
))]
pub(crate) struct Description;

/// A group to make, or what to change of one. Unknown fields are passed over.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"name": "readers", "members": ["frog"]}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct GroupBody {
    /// Needed to make one; cannot be changed.
    #[schema(required = false, max_length = 64)]
    name: String,
    /// Description; empty or `null` clears it.
    #[schema(required = false, max_length = 1024)]
    description: Option<String>,
    /// Whether every new user becomes a member.
    #[schema(required = false)]
    auto_join: bool,
    /// Whether members are administrators.
    #[schema(required = false)]
    admin_privileges: bool,
    /// Free text for an external realm; empty or `null` clears it.
    #[schema(required = false, max_length = 1024)]
    realm_attributes: Option<String>,
    /// Id in an external realm; empty or `null` clears it.
    #[schema(required = false, max_length = 1024)]
    external_id: Option<String>,
    /// The members, who must exist; replaces all of them.
    #[schema(required = false)]
    members: Vec<String>,
}
