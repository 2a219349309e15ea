//! The few paths of `/artifactory` that clients of tokens ask; their errors have a shape of their own.

pub mod encrypted_password;
pub mod license;
pub mod ping;
pub(crate) mod refusals;
pub mod service_id;
pub mod usage;
pub mod version;

use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(encrypted_password::handle, license::handle, service_id::handle, usage::handle))]
pub(crate) struct Description;
