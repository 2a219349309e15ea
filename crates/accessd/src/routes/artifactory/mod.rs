//! The few paths of `/artifactory` that clients of tokens ask; their errors have a shape of their own.

pub mod change_password;
pub mod encrypted_password;
pub mod license;
pub mod ping;
pub mod service_id;
pub mod usage;
pub mod version;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    ping::handle,
    version::handle,
    change_password::handle,
    encrypted_password::handle,
    license::handle,
    service_id::handle,
    usage::handle,
))]
pub(crate) struct Description;
