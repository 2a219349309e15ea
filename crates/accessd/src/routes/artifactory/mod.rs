//! The few paths of `/artifactory` that clients of tokens ask; their errors have a shape of their own.

pub mod ping;
pub mod version;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(ping::handle, version::handle,))]
pub(crate) struct Description;
