//! `/access/api/v2/groups` (access-api.md 5.2).

pub mod change;
pub mod change_members;
pub mod create;
pub mod delete;
pub mod list;
pub(crate) mod openapi;
pub mod read;
