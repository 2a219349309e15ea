//! Every setting there is, with its default. The names are those of the wire's `access.config.yml` where
//! it has them (access-api.md 6.1).

use crate::environment::PREFIX;

/// How a value is written in the settings file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A whole number, 0 or more.
    Number,
    /// `true` or `false`.
    Flag,
    /// Text in quotes.
    Text,
}

/// One setting.
#[derive(Debug, PartialEq, Eq)]
pub struct Key {
    /// Section and name in the settings file, e.g. `token.default-expiry`.
    pub name: &'static str,
    /// How its value is written.
    pub kind: Kind,
    /// Its value if nobody sets it.
    pub default: &'static str,
}

impl Key {
    const fn new(name: &'static str, kind: Kind, default: &'static str) -> Self {
        Self { name, kind, default }
    }

    /// The variable that sets it, e.g. `ACCESSD_TOKEN_DEFAULT_EXPIRY`.
    pub fn variable(&self) -> String {
        format!("{PREFIX}{}", self.name.to_ascii_uppercase().replace(['.', '-'], "_"))
    }
}

/// Lifetime in seconds of a token that asks for none; 0 = never expires.
pub const DEFAULT_EXPIRY: Key = Key::new("token.default-expiry", Kind::Number, "31536000");
/// Longest lifetime in seconds for users who are no administrators; 0 = no limit.
pub const MAX_EXPIRY: Key = Key::new("token.max-expiry", Kind::Number, "0");
/// Whether refreshable tokens are made.
pub const ALLOW_REFRESHABLE: Key = Key::new("token.allow-refreshable", Kind::Flag, "true");
/// For how many seconds after its expiry a token can still be refreshed.
pub const REFRESH_EXPIRY: Key = Key::new("token.refresh-expiry", Kind::Number, "86400");
/// Whether users who are no administrators may make tokens that never expire.
pub const ALLOW_NEVER_EXPIRING: Key = Key::new("token.allow-never-expiring-for-users", Kind::Flag, "false");
/// `RS256` or `ES256`; counts at the first start.
pub const SIGNATURE: Key = Key::new("token.signature", Kind::Text, "RS256");
/// Bits of an RS256 key: 2048, 3072 or 4096; counts at the first start.
pub const KEY_SIZE: Key = Key::new("token.key-size", Kind::Number, "2048");
/// Whether tokens may be made with user name and password.
pub const ALLOW_BASIC_CREATION: Key = Key::new("security.allow-basic-token-creation", Kind::Flag, "false");
/// Whether a log-in in the browser may end in a token.
pub const ALLOW_WEB_LOGIN: Key = Key::new("security.allow-web-login", Kind::Flag, "true");
/// Fewest characters of a new password.
pub const PASSWORD_MIN_LENGTH: Key = Key::new("security.password-policy.min-length", Kind::Number, "8");
/// For how many days a password can be used; 0 = for ever.
pub const PASSWORD_MAX_AGE: Key = Key::new("security.password-policy.max-age-days", Kind::Number, "0");
/// After how many wrong passwords in a row the next try for that user name has to wait.
pub const LOCKOUT_AFTER: Key = Key::new("security.lockout.after-failures", Kind::Number, "5");
/// Longest such wait, in seconds.
pub const LOCKOUT_LONGEST: Key = Key::new("security.lockout.longest-wait", Kind::Number, "300");
/// Whether the older token endpoint makes tokens with user name and password, or with an API key.
pub const ALLOW_LEGACY_CREATION: Key =
    Key::new("security.allow-legacy-token-creation-by-password", Kind::Flag, "true");
/// Whether users cannot make API keys.
pub const DISABLE_API_KEY_CREATION: Key = Key::new("security.disable-api-key-creation", Kind::Flag, "true");
/// Whether API keys let nobody in.
pub const DISABLE_API_KEY_AUTHENTICATION: Key =
    Key::new("security.disable-api-key-authentication", Kind::Flag, "false");
/// Address to listen on.
pub const LISTEN: Key = Key::new("server.listen", Kind::Text, "127.0.0.1:8082");
/// What the outside calls this service, e.g. `https://tokens.example.org`; empty = answers have paths only.
pub const BASE_URL: Key = Key::new("server.base-url", Kind::Text, "");
/// Whether plain HTTP may be spoken on addresses that other machines reach.
pub const ALLOW_PLAIN_HTTP: Key = Key::new("server.allow-plain-http", Kind::Flag, "false");
/// Most connections at one time. The default stays below the 1,024 open files that many systems allow.
pub const MAX_CONNECTIONS: Key = Key::new("server.max-connections", Kind::Number, "900");
/// The database, `sqlite:PATH` or `postgres://…`; empty = `accessd.db` in the data folder.
pub const DATABASE_URL: Key = Key::new("database.url", Kind::Text, "");
/// File with the password of the role on PostgreSQL; empty = none.
pub const DATABASE_PASSWORD_FILE: Key = Key::new("database.password-file", Kind::Text, "");
/// The only root certificates in PEM by which PostgreSQL is known; empty = the system's.
pub const DATABASE_CA_FILE: Key = Key::new("database.ca-file", Kind::Text, "");
/// Most connections to PostgreSQL at one time.
pub const DATABASE_MAX_CONNECTIONS: Key = Key::new("database.max-connections", Kind::Number, "10");
/// Whether PostgreSQL on another machine may be spoken to without TLS, or without knowing who it is.
pub const DATABASE_ALLOW_INSECURE: Key = Key::new("database.allow-insecure", Kind::Flag, "false");
/// Hosts of identity providers that may be asked, comma separated; empty = every public host.
pub const OIDC_ALLOWED_HOSTS: Key = Key::new("oidc.allowed-hosts", Kind::Text, "");
/// Whether identity providers may have addresses of this machine or of private networks.
pub const OIDC_ALLOW_PRIVATE: Key = Key::new("oidc.allow-private-addresses", Kind::Flag, "false");
/// Root certificates in PEM by which identity providers are known, besides the system's; empty = none.
pub const OIDC_CA_FILE: Key = Key::new("oidc.ca-file", Kind::Text, "");
/// `text` or `json`.
pub const LOG_FORMAT: Key = Key::new("log.format", Kind::Text, "text");
/// `error`, `warn`, `info`, `debug` or `trace`.
pub const LOG_LEVEL: Key = Key::new("log.level", Kind::Text, "info");

/// All of them, in the order they are printed.
pub static ALL: [&Key; 30] = [
    &DEFAULT_EXPIRY,
    &MAX_EXPIRY,
    &ALLOW_REFRESHABLE,
    &REFRESH_EXPIRY,
    &ALLOW_NEVER_EXPIRING,
    &SIGNATURE,
    &KEY_SIZE,
    &ALLOW_BASIC_CREATION,
    &ALLOW_WEB_LOGIN,
    &PASSWORD_MIN_LENGTH,
    &PASSWORD_MAX_AGE,
    &LOCKOUT_AFTER,
    &LOCKOUT_LONGEST,
    &ALLOW_LEGACY_CREATION,
    &DISABLE_API_KEY_CREATION,
    &DISABLE_API_KEY_AUTHENTICATION,
    &LISTEN,
    &BASE_URL,
    &ALLOW_PLAIN_HTTP,
    &MAX_CONNECTIONS,
    &DATABASE_URL,
    &DATABASE_PASSWORD_FILE,
    &DATABASE_CA_FILE,
    &DATABASE_MAX_CONNECTIONS,
    &DATABASE_ALLOW_INSECURE,
    &OIDC_ALLOWED_HOSTS,
    &OIDC_ALLOW_PRIVATE,
    &OIDC_CA_FILE,
    &LOG_FORMAT,
    &LOG_LEVEL,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_has_a_variable_of_its_own() {
        assert_eq!(DEFAULT_EXPIRY.variable(), "ACCESSD_TOKEN_DEFAULT_EXPIRY");
        let variables: std::collections::HashSet<String> = ALL.iter().map(|key| key.variable()).collect();
        assert_eq!(variables.len(), ALL.len());
    }
}
