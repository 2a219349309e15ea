//! The description of the routes about users: what they have in common, and their bodies.

use access_types::user::UserStatus;
use utoipa::{OpenApi, ToSchema};

/// All routes about users.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    super::list::handle,
    super::create::handle,
    super::read::handle,
    super::change::handle,
    super::delete::handle,
    super::change_groups::handle,
    super::set_password::handle,
    super::expire_password::handle,
    super::unlock::handle,
    crate::routes::artifactory::change_password::handle,
))]
pub(crate) struct Description;

/// A user to make, or what to change of one. Unknown fields are passed over, `null` is absent.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"username": "frog", "password": "a long password", "email": "frog@example.org"}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct UserBody {
    /// Needed to make one; cannot be changed.
    #[schema(required = false, max_length = 255)]
    username: String,
    /// Needed to make one, unless `internal_password_disabled`.
    #[schema(required = false, max_length = 256)]
    password: String,
    /// E-mail address.
    #[schema(required = false, max_length = 254)]
    email: String,
    /// Administrator by itself.
    #[schema(required = false)]
    admin: bool,
    /// Whether the user may change the own password.
    #[schema(required = false)]
    profile_updatable: bool,
    /// Whether the web pages are closed to the user.
    #[schema(required = false)]
    disable_ui_access: bool,
    /// Whether log-in by password is off.
    #[schema(required = false)]
    internal_password_disabled: bool,
    /// State.
    #[schema(required = false)]
    status: UserStatus,
    /// The user's groups, which must exist; replaces all of them.
    #[schema(required = false)]
    groups: Vec<String>,
}

/// Names to add, names to remove, or both.
#[derive(Debug, ToSchema)]
#[schema(example = json!({"add": ["readers"]}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct MembershipBody {
    /// Names to add, which must exist.
    #[schema(required = false)]
    add: Vec<String>,
    /// Names to remove; one that is no member is passed over.
    #[schema(required = false)]
    remove: Vec<String>,
}

/// A new password.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct PasswordBody {
    /// The new password.
    #[schema(max_length = 256)]
    password: String,
}

/// A password changed with the old one.
#[derive(Debug, ToSchema)]
#[schema(rename_all = "camelCase")]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct PasswordChangeBody {
    /// User name.
    user_name: String,
    /// The old password.
    old_password: String,
    /// The new password.
    #[schema(rename = "newPassword1", max_length = 256)]
    new_password: String,
    /// The new password again.
    #[schema(rename = "newPassword2", max_length = 256)]
    new_password_again: String,
}
