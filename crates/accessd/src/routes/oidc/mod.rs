//! `/access/api/v1/oidc`: log-in by the ID tokens of other services (access-api.md 1.7, docs/oidc.md).

pub mod exchange;
pub mod mappings;
pub mod providers;

use utoipa::OpenApi;

/// The description of these paths.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    exchange::handle,
    providers::list,
    providers::create,
    providers::read,
    providers::change,
    providers::delete,
    mappings::list,
    mappings::create,
    mappings::read,
    mappings::change,
    mappings::delete,
))]
pub(crate) struct Description;
