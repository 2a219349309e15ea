//! The description of the client's side of a log-in with the browser.

use utoipa::{OpenApi, ToSchema};

/// Both routes.
#[derive(Debug, OpenApi)]
#[openapi(paths(super::request::handle, super::token::handle))]
pub(crate) struct Description;

/// A session to open.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct WebLoginBody {
    /// A UUID of version 4 or 7.
    session: String,
}

/// The token of a log-in.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct WebLoginToken {
    /// Token id.
    token_id: String,
    /// The JWT.
    access_token: String,
    /// The refresh token; absent where tokens are not refreshable.
    #[schema(required = false)]
    refresh_token: String,
    /// Lifetime in seconds; absent if the token never expires.
    #[schema(required = false)]
    expires_in: u64,
    /// `applied-permissions/user`.
    scope: String,
    /// `Bearer`.
    token_type: String,
}
