//! What the service tells of a token after its creation (access-api.md 1.5): never its text.

use serde::{Deserialize, Serialize};

/// One token, as in `GET /access/api/v1/tokens` and `/tokens/{id}`. Times are epoch seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenInfo {
    /// Token id.
    pub token_id: String,
    /// Subject in full form.
    pub subject: String,
    /// Expiry; absent if the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<u64>,
    /// When it was made.
    pub issued_at: u64,
    /// Issuer: a service id.
    pub issuer: String,
    /// Description, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Whether it has a refresh token.
    pub refreshable: bool,
    /// The scope, exactly as asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// The project it is bound to.
    #[serde(default, rename = "project", skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
}

/// The body of `GET /access/api/v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenList {
    /// The tokens; an empty array when there are none.
    pub tokens: Vec<TokenInfo>,
}
