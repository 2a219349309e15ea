//! The API in process: real router, real core, real SQLite in a folder of the test's own.

#![expect(clippy::unwrap_used, clippy::panic, reason = "clippy knows test functions, not their helpers")]

mod support;

mod accessd_tokens;
mod accessd_tokens_revocation;
mod accessd_tokens_revoke;
mod cleaning;
mod credentials;
mod forged;
mod forward_auth;
mod fuzz_seeds;
mod groups;
mod inventory;
mod kinds;
mod limits;
mod log;
mod oauth;
mod openapi;
mod openapi_answers;
mod project_admins;
mod projects;
mod regressions;
mod storage_trouble;
mod sweep;
mod system;
mod token_create;
mod token_create_hostile;
mod token_list;
mod token_revoke;
mod users;
