//! `/access/api/v1/tokens` (access-api.md 1.2 to 1.6).

pub mod create;
pub mod list;
pub mod revoke;
pub mod revoke_by_value;
pub mod show;
