//! The service itself: is it there, what is it, how are its tokens verified.

pub mod jwks;
pub mod liveness;
pub mod openapi;
pub mod ping;
pub mod readiness;
pub mod root_certificate;
pub mod version;

/// The release of the wire that this service speaks. Clients read it as the platform's version, and
/// switch features on by it: users v2 and project tokens from 7.84.3, basic authentication from 7.63.2.
pub const WIRE_VERSION: &str = "7.111.4";

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    jwks::handle,
    ping::handle,
    version::handle,
    liveness::handle,
    readiness::handle,
    root_certificate::handle,
    root_certificate::authority,
))]
pub(crate) struct Description;
