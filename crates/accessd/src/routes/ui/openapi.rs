//! The description of the pages.

use utoipa::{OpenApi, ToSchema};

/// All pages.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    super::login::show,
    super::login::approve,
    super::password::show,
    super::password::change,
    super::style::handle,
))]
pub(crate) struct Description;

/// The form of a log-in.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LoginForm {
    /// The session, as it stands in the page's address.
    session: String,
    /// What the client calls itself.
    #[schema(required = false)]
    client: String,
    /// The last 4 characters of the session, as the terminal shows them.
    code: String,
    /// User name.
    username: String,
    /// Password.
    password: String,
    /// A new password, if the old one has expired.
    #[schema(required = false)]
    new_password: String,
    /// The new password again.
    #[schema(required = false)]
    new_password_again: String,
}

/// The form to change a password.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct PasswordForm {
    /// User name.
    username: String,
    /// The old password.
    password: String,
    /// The new password.
    new_password: String,
    /// The new password again.
    new_password_again: String,
}
