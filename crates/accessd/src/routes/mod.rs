//! The handlers, one file a verb. Each reads: take apart, call core (which authorises), answer.

pub mod accessd_tokens;
pub mod artifactory;
pub mod forward_auth;
pub mod groups;
pub mod oauth;
pub mod oidc;
pub mod system;
pub mod tokens;
pub mod ui;
pub mod users;
pub mod web_login;
