//! Black-box tests: the real `jf` and `accessd`, real HTTP, real clients that nobody here wrote. Nothing in
//! here knows how the programs are made; every expectation comes from the wire's description.
//!
//! One module a concern. Tests run at the same time, so each makes its own users and looks at nothing that
//! is not its own. Those that need other settings, or that kill the service, start their own.

mod atc_bad_input;
mod atc_connection;
mod atc_options;
mod atc_outputs;
mod atc_requests;
mod bombs;
mod clients_go;
mod clients_others;
mod clients_terraform;
mod clients_vault;
mod concurrency;
mod config;
mod config_encryption;
mod crash;
mod credentials;
mod deploy;
mod docs_compatibility;
mod docs_tokens;
mod doctor;
mod failover;
mod forged_tokens;
mod forgery;
mod forward_auth;
mod groups;
mod hostile_requests;
mod idempotency;
mod last_used;
mod legacy_tokens;
mod lost_users;
mod moving;
mod network;
mod nul;
mod oauth_standards;
mod oidc;
mod oidc_providers;
mod older_paths;
mod outage;
mod policy;
mod postgres_faults;
mod projects;
mod raw_requests;
mod regressions;
mod renewal;
mod replicas;
mod rolling_restart;
mod schemathesis;
mod secrecy;
mod service;
mod shared_database;
mod smuggling;
mod system_endpoints;
mod third_party;
mod token_commands;
mod token_form;
mod tokens_accessd_list;
mod tokens_accessd_revoke;
mod tokens_create;
mod tokens_list;
mod tokens_refresh;
mod tokens_reuse;
mod tokens_revoke;
mod users;
mod web_login;
mod whoami;
mod witnesses;

use std::sync::Arc;
use testkit::{Accessd, Shared};

/// Path of the token collection.
const TOKENS: &str = "/access/api/v1/tokens";
/// Path of the token collection with what accessd tells beyond the wire.
const ACCESSD_TOKENS: &str = "/access/api/accessd/v1/tokens";
/// Path of the user collection.
const USERS: &str = "/access/api/v2/users";
/// Path of the group collection.
const GROUPS: &str = "/access/api/v2/groups";
/// Path of the project collection.
const PROJECTS: &str = "/access/api/v1/projects";

static SHARED: Shared = Shared::new(&[]);

/// A service with the default settings, shared with the tests that run at the same time.
#[track_caller]
fn accessd() -> Arc<Accessd> {
    SHARED.service()
}
