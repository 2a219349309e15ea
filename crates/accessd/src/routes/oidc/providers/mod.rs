//! `/access/api/v1/oidc`: the providers.

pub mod change;
pub mod create;
pub mod delete;
pub mod list;
pub mod read;
