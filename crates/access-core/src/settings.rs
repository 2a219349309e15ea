//! What an operator can choose about tokens. Names as in the wire's `access.config.yml` (access-api.md 6.1).

/// Longest lifetime in seconds that a setting can give tokens: a hundred years. Such a token can be written until the
/// year 2186, so that no default makes every request fail.
pub const LONGEST_LIFETIME: u64 = 100 * 365 * 86_400;

/// Lifetime in seconds of a token that asks for none, as shipped: a year.
pub const SHIPPED_LIFETIME: u64 = 31_536_000;

/// The signature of new tokens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SignatureAlgorithm {
    /// RS256 with a key of 2048 bits, which every client of the wire accepts.
    #[default]
    Rs256With2048,
    /// RS256 with a key of 3072 bits.
    Rs256With3072,
    /// RS256 with a key of 4096 bits.
    Rs256With4096,
    /// ES256: far faster, but some clients of the wire accept RS256 only.
    Es256,
}

/// The token settings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessSettings {
    /// Lifetime in seconds of a token that asks for none; 0 = never expires.
    pub default_expiry: u64,
    /// Longest lifetime in seconds for users who are no administrators; 0 = no limit.
    pub max_expiry: u64,
    /// Whether refreshable tokens are made.
    pub allow_refreshable: bool,
    /// For how many seconds after its expiry a token can still be refreshed.
    pub refresh_expiry: u64,
    /// Whether users who are no administrators may make tokens that never expire.
    pub allow_never_expiring_for_users: bool,
    /// Whether tokens may be made with user name and password.
    pub allow_basic_token_creation: bool,
    /// Whether a log-in in the browser may end in a token (access-api.md 1.7).
    pub allow_web_login: bool,
    /// Fewest characters of a new password.
    pub password_min_length: usize,
    /// For how many seconds a password can be used; 0 = for ever.
    pub password_max_age: u64,
    /// After how many wrong passwords in a row the next try for that name has to wait.
    pub lockout_after: u32,
    /// Longest such wait, in seconds.
    pub lockout_longest_wait: u64,
    /// Whether `/artifactory/api/security/token` makes tokens with user name and password, or with an API key.
    pub allow_legacy_token_creation_by_password: bool,
    /// Whether users cannot make API keys.
    pub disable_api_key_creation: bool,
    /// Whether API keys let nobody in.
    pub disable_api_key_authentication: bool,
    /// Signature of new tokens; counts at the first start, when the signing key is made.
    pub signature: SignatureAlgorithm,
}

impl Default for AccessSettings {
    fn default() -> Self {
        Self {
            default_expiry: SHIPPED_LIFETIME,
            max_expiry: 0,
            allow_refreshable: true,
            refresh_expiry: 86_400,
            allow_never_expiring_for_users: false,
            allow_basic_token_creation: false,
            allow_web_login: true,
            password_min_length: 8,
            password_max_age: 0,
            lockout_after: 5,
            lockout_longest_wait: 300,
            allow_legacy_token_creation_by_password: true,
            disable_api_key_creation: true,
            disable_api_key_authentication: false,
            signature: SignatureAlgorithm::default(),
        }
    }
}
