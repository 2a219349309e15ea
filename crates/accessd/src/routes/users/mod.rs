//! `/access/api/v2/users` (access-api.md 5.1).

pub mod change;
pub mod change_groups;
pub mod create;
pub mod delete;
pub mod expire_password;
pub mod list;
pub(crate) mod openapi;
pub mod read;
pub mod set_password;
pub mod unlock;
