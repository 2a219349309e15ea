//! The handlers, one file a verb. Each reads: take apart, call core (which authorises), answer.

pub mod accessd_tokens;
pub mod api_keys;
pub mod artifactory;
pub mod config;
pub mod forward_auth;
pub mod groups;
pub mod legacy_groups;
pub mod legacy_tokens;
pub mod legacy_users;
pub mod not_there;
pub mod oauth;
pub mod oidc;
pub mod projects;
pub mod system;
pub mod tokens;
pub mod ui;
pub mod users;
pub mod web_login;
