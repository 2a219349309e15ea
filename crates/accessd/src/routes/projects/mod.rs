//! `/access/api/v1/projects` (access-api.md 5.3).

use utoipa::OpenApi;

mod bodies;
pub mod change;
pub mod change_role;
pub mod create;
pub mod create_role;
pub mod delete;
pub mod delete_role;
pub mod list;
pub mod list_members;
pub mod list_roles;
pub mod read;
pub mod read_member;
pub mod read_role;
pub mod remove_member;
pub mod repositories;
pub mod set_member;

/// The description of these routes.
#[derive(Debug, OpenApi)]
#[openapi(paths(
    create::handle,
    list::handle,
    read::handle,
    change::handle,
    delete::handle,
    list_members::users,
    list_members::groups,
    read_member::user,
    read_member::group,
    set_member::user,
    set_member::group,
    remove_member::user,
    remove_member::group,
    create_role::handle,
    list_roles::handle,
    read_role::handle,
    change_role::handle,
    delete_role::handle,
    repositories::attach,
    repositories::detach,
    repositories::share_with_all,
    repositories::unshare_from_all,
    repositories::share,
    repositories::unshare,
    repositories::status,
))]
pub(crate) struct Description;
