//! `/access/api/v1/oidc`: log-in by the ID tokens of other services (access-api.md 1.7, docs/oidc.md).

mod bodies;
pub mod exchange;
pub mod mappings;
pub mod providers;

use utoipa::OpenApi;

/// The description of these paths.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    exchange::handle,
    providers::list::handle,
    providers::create::handle,
    providers::read::handle,
    providers::change::handle,
    providers::delete::handle,
    mappings::list::handle,
    mappings::create::handle,
    mappings::read::handle,
    mappings::change::handle,
    mappings::delete::handle,
))]
pub(crate) struct Description;

/// The query parameter that narrows to a project.
const PROJECT: &str = "project_key";
