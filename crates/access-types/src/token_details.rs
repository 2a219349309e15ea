//! What accessd tells of a token beyond the wire, on its own paths (docs/api.md): never its text.

use serde::{Deserialize, Serialize};

/// One token with everything that is known of it, as in `GET /access/api/accessd/v1/tokens` and
/// `/tokens/{id}`. Times are epoch seconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "token_id": "01a20ae1-9670-7eca-a943-25208021a34f",
    "subject": "jfac@01m8abcdefghjkmnpqrstvwxyz/users/robot",
    "scope": "applied-permissions/groups:readers",
    "audience": "*@*",
    "issuer": "jfac@01m8abcdefghjkmnpqrstvwxyz",
    "issued_at": 1_795_478_400,
    "expiry": 1_795_482_000,
    "last_used": 1_795_478_460,
    "description": "nightly build",
    "refreshable": true,
    "has_reference_token": false,
    "revocable": true,
    "created_by": "jfac@01m8abcdefghjkmnpqrstvwxyz/users/admin",
    "parent_token_id": "01a20ae0-11c2-7d5f-8a3b-0f5d1c2b3a49",
    "state": "live",
    "revocation_due": 1_795_480_000,
})))]
pub struct TokenDetails {
    /// Token id.
    pub token_id: String,
    /// Subject in full form.
    pub subject: String,
    /// The scope, exactly as asked for.
    pub scope: String,
    /// The audience, space separated.
    pub audience: String,
    /// Issuer: a service id.
    pub issuer: String,
    /// When it was made.
    pub issued_at: u64,
    /// Expiry; absent if the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<u64>,
    /// When it was last used, exact to a minute; absent if never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_used: Option<u64>,
    /// Description, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The project it is bound to.
    #[serde(rename = "project", skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
    /// Whether it has a refresh token.
    pub refreshable: bool,
    /// Whether it has a reference token.
    pub has_reference_token: bool,
    /// Whether it can be revoked: always true.
    pub revocable: bool,
    /// Subject of the credential that made it.
    pub created_by: String,
    /// The token that made it; absent if it was a password or the command line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_token_id: Option<String>,
    /// Whether it can be used now, and if not, why.
    pub state: TokenLiveness,
    /// When it was revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revoked_at: Option<u64>,
    /// Why it was revoked: `requested`, `refreshed` or `family`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = RevokedFor, required = false))]
    pub revoked_for: Option<String>,
    /// When it will be revoked, or was by the passing of time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revocation_due: Option<u64>,
}

/// Why a token was revoked.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "its description is all of it that is used; others than these are read as text")]
enum RevokedFor {
    /// Somebody asked for it, now or for the moment that has come.
    Requested,
    /// A refresh replaced it.
    Refreshed,
    /// Its refresh-token family was revoked.
    Family,
}

/// Whether a token can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenLiveness {
    /// It can.
    Live,
    /// It was revoked, or its refresh-token family was.
    Revoked,
    /// It has expired.
    Expired,
    /// Its user is gone, disabled, or was since.
    UserUnavailable,
}

/// The body of `GET /access/api/accessd/v1/tokens`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenDetailsPage {
    /// The tokens; an empty array when there are none.
    pub tokens: Vec<TokenDetails>,
    /// What to send as `cursor` for the next page; absent on the last one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
}
