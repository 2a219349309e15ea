//! `/access/api/accessd/v1/tokens`: what accessd tells and does beyond the wire, on paths of its own (docs/api.md).

pub mod list;
pub mod revoke;
pub mod schedule_revocation;
pub mod show;
