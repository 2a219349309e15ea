//! `/access/api/v1/tokens` (access-api.md 1.2 to 1.6).

pub mod create;
pub mod list;
pub mod revoke;
pub mod revoke_by_value;
pub mod show;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    list::handle,
    create::handle,
    show::me,
    revoke::me,
    revoke_by_value::handle,
    show::by_id,
    revoke::by_id,
))]
pub(crate) struct Description;
