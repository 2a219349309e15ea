//! The API in process: real router, real core, real SQLite in a folder of the test's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy knows test functions, not their helpers")]

mod support;

mod accessd_tokens;
mod accessd_tokens_revocation;
mod accessd_tokens_revoke;
mod api_keys;
mod cleaning;
mod client_forms;
mod credentials;
mod forged;
mod forward_auth;
mod fuzz_seeds;
mod groups;
mod inventory;
mod kinds;
mod kinds_places;
mod legacy_identities;
mod legacy_refresh;
mod legacy_rights;
mod legacy_tokens;
mod limits;
mod log;
mod oauth;
mod oidc_attacks;
mod oidc_exchange;
mod oidc_keys;
mod oidc_mappings;
mod oidc_providers;
mod oidc_rights;
mod oidc_world;
mod older_system;
mod openapi;
mod openapi_answers;
mod passwords;
mod project_admins;
mod projects;
mod regressions;
mod rights_matrix;
mod runtime_settings;
mod settings_page;
mod storage_trouble;
mod sweep;
mod sweep_lists;
mod system;
mod token_create;
mod token_create_hostile;
mod token_list;
mod token_revoke;
mod users;
mod web_login;
