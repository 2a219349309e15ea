//! The handlers, one file a verb. Each reads: take apart, call core (which authorises), answer.

pub mod accessd_tokens;
pub mod artifactory;
pub mod groups;
pub mod oidc;
pub mod system;
pub mod tokens;
pub mod users;
