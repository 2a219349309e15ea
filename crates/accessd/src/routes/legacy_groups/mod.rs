//! Groups of the older API, `/artifactory/api/security/groups`: the same groups as those of `/access/api/v2/groups`, by
//! the same rules, under other names.

pub mod delete;
pub mod list;
pub mod read;
pub mod write;

use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(list::handle, read::handle, write::put, write::change, delete::handle))]
pub(crate) struct Description;
