//! Users of the older API, `/artifactory/api/security/users`: the same users as those of `/access/api/v2/users`, by the
//! same rules, under other names.

pub mod delete;
pub mod list;
pub mod locked;
pub mod read;
pub mod write;

use utoipa::OpenApi;

#[derive(Debug, OpenApi)]
#[openapi(paths(
    list::handle,
    read::handle,
    write::put,
    write::change,
    delete::handle,
    locked::list,
    locked::unlock
))]
pub(crate) struct Description;
