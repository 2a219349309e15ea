//! `/access/api/v2/groups` (access-api.md 5.2).

pub mod change;
pub mod change_members;
pub mod create;
pub mod delete;
pub mod list;
pub mod read;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    list::handle,
    create::handle,
    read::handle,
    change::handle,
    delete::handle,
    change_members::handle,
))]
pub(crate) struct Description;
