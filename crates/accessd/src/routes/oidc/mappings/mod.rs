//! `/access/api/v1/oidc/{name}/identity_mappings`: what the ID tokens of a provider are worth.

pub mod change;
pub mod create;
pub mod delete;
pub mod list;
pub mod read;
