//! The store in SQL, for both databases: who may be asked what, in statements that SQLite and PostgreSQL understand
//! alike, and no feature that CockroachDB or YugabyteDB lack.

pub(crate) mod api_keys;
pub(crate) mod audit;
pub(crate) mod cells;
pub(crate) mod db;
pub(crate) mod engine;
pub(crate) mod error;
pub(crate) mod families;
pub(crate) mod groups;
pub(crate) mod idempotency;
pub(crate) mod last_used;
pub(crate) mod list;
pub(crate) mod list_statement;
pub(crate) mod logins;
pub(crate) mod membership;
pub(crate) mod oidc;
pub(crate) mod oidc_exchange;
pub(crate) mod project_members;
pub(crate) mod project_roles;
pub(crate) mod projects;
pub(crate) mod revocation;
pub(crate) mod rights;
pub(crate) mod service;
pub(crate) mod service_settings;
pub(crate) mod store;
pub(crate) mod tokens;
pub(crate) mod users;
pub(crate) mod work;
