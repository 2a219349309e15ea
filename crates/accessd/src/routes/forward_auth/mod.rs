//! `/access/api/accessd/v1/forward-auth`: what reverse proxies ask (docs/forward-auth.md).

pub mod check;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(check::handle))]
pub(crate) struct Description;
