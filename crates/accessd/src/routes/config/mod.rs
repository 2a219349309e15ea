//! What administrators set while the service runs (access-api.md 1.1).

pub mod basic_authentication;
pub mod default_expiry;

use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(
    default_expiry::show,
    default_expiry::set,
    basic_authentication::show,
    basic_authentication::set
))]
pub(crate) struct Description;
