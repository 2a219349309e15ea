//! `/access/api/v2/users` (access-api.md 5.1).

pub mod change;
pub mod change_groups;
pub mod create;
pub mod delete;
pub mod expire_password;
pub mod list;
pub mod read;
pub mod set_password;
pub mod unlock;

use utoipa::OpenApi;

/// The description of this area.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    list::handle,
    create::handle,
    read::handle,
    change::handle,
    delete::handle,
    change_groups::handle,
    set_password::handle,
    expire_password::handle,
    unlock::handle,
))]
pub(crate) struct Description;
