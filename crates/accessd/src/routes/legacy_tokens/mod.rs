//! The older token endpoint, `/artifactory/api/security/token` (access-api.md 1.8).

pub mod create;
pub mod list;
pub mod revoke;

use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(create::handle, list::handle, revoke::handle))]
pub(crate) struct Description;
