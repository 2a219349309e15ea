//! What is told of a token to whoever was handed its text (RFC 7662 section 2.2).

use crate::Audience;
use serde::Serialize;

/// The answer to an introspection. Of a token that is not active, nothing but that is told. Times are epoch seconds.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({
    "active": true,
    "scope": "applied-permissions/user",
    "username": "frog",
    "token_type": "Bearer",
    "exp": 1_795_482_000,
    "iat": 1_795_478_400,
    "sub": "jfac@01m8abcdefghjkmnpqrstvwxyz/users/frog",
    "aud": "*@*",
    "iss": "jfac@01m8abcdefghjkmnpqrstvwxyz",
    "jti": "01a20ae1-9670-7eca-a943-25208021a34f",
    "kind": "access_token",
    "groups": ["readers"],
})))]
pub struct Introspection {
    /// Whether the token can be used now, and the caller may know of it.
    pub active: bool,
    /// The scope, exactly as asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// User name within the service.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub username: Option<String>,
    /// `Bearer`; absent for a refresh token, which opens nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_type: Option<String>,
    /// When it ends by the passing of time: its expiry or, if that is sooner, the moment of its revocation. Absent if
    /// never.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// When it was made.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iat: Option<u64>,
    /// Subject in full form.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub sub: Option<String>,
    /// The services it is meant for: text for one, an array for several. Whoever asks has to look for itself here.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<OneOrSeveral>, required = false))]
    pub aud: Option<Audience>,
    /// Issuer: a service id, as in the token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iss: Option<String>,
    /// Token id; of a refresh token, that of its access token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub jti: Option<String>,
    /// What kind of token it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<TokenKind>, required = false))]
    pub kind: Option<TokenKind>,
    /// The groups whose rights it gives, as of now; absent for a refresh token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub groups: Option<Vec<String>>,
    /// The key of the project it is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project: Option<String>,
}

/// The kinds of tokens there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum TokenKind {
    /// A JWT.
    AccessToken,
    /// The short form of one.
    ReferenceToken,
    /// What the next one is got with.
    RefreshToken,
}

/// RFC 7519 section 4.1.3.
#[cfg(feature = "openapi")]
#[derive(utoipa::ToSchema)]
#[serde(untagged)]
#[expect(dead_code, reason = "its description is all of it that is used")]
enum OneOrSeveral {
    /// One.
    One(String),
    /// Several.
    Several(Vec<String>),
}

impl Introspection {
    /// Of a token that is not active, or that the caller may not know of.
    pub fn inactive() -> Self {
        Self::default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn of_an_inactive_token_nothing_else_is_told() {
        assert_eq!(serde_json::to_string(&Introspection::inactive()).unwrap(), r#"{"active":false}"#);
    }
}
