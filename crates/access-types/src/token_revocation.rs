//! What a revocation of many tokens tells while it goes on, line by line (docs/api.md).

use serde::{Deserialize, Serialize};

/// One line for each token, in `POST /access/api/accessd/v1/tokens/revoke`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenRevocation {
    /// Token id, as it was sent.
    pub token_id: String,
    /// What became of it.
    pub outcome: RevocationOutcome,
}

/// What became of a token that was to be revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum RevocationOutcome {
    /// It is revoked, durably.
    Revoked,
    /// There was nothing left to revoke, or there is no such token.
    AlreadyGone,
    /// It is somebody else's.
    Forbidden,
}

/// The last line. If there is none, the answer was cut off.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct RevocationSummary {
    /// Whether every token was looked at.
    pub complete: bool,
    /// Why not, in words.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// How many were revoked.
    pub revoked: u64,
    /// How many were gone already.
    pub already_gone: u64,
    /// How many are somebody else's.
    pub forbidden: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lines_are_as_documented() {
        let line = TokenRevocation { token_id: "1".to_owned(), outcome: RevocationOutcome::AlreadyGone };
        assert_eq!(serde_json::to_string(&line).unwrap(), r#"{"token_id":"1","outcome":"already_gone"}"#);
        let whole =
            RevocationSummary { complete: true, error: None, revoked: 2, already_gone: 1, forbidden: 0 };
        let text = r#"{"complete":true,"revoked":2,"already_gone":1,"forbidden":0}"#;
        assert_eq!(serde_json::to_string(&whole).unwrap(), text);
        assert_eq!(serde_json::from_str::<RevocationSummary>(text).unwrap(), whole);
        let cut = RevocationSummary { complete: false, error: Some("why".to_owned()), ..whole };
        assert!(serde_json::to_string(&cut).unwrap().starts_with(r#"{"complete":false,"error":"why","#));
    }
}
