//! The way to PostgreSQL: where it is ([`PostgresSettings`]) and a session on it ([`Connector`]).

mod connect;
mod refusal;
mod settings;
mod tls;
mod url;

pub use connect::{Connection, Connector, SessionLimits};
pub use refusal::ConnectError;
pub use settings::{PostgresOptions, PostgresSettings, PostgresSettingsError};
