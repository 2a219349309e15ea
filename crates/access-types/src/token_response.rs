//! The answer to a create or refresh (access-api.md 1.3), field by field in the order of the wire.

use crate::Secret;
use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};

/// A created token. The secrets in it are shown once, here.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct TokenResponse {
    /// Token id, equal to the JWT's `jti`.
    pub token_id: String,
    /// The JWT.
    #[serde(serialize_with = "expose")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: Secret,
    /// The refresh token, if the token is refreshable.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose_option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required = false))]
    pub refresh_token: Option<Secret>,
    /// Lifetime in seconds; absent if the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// The scope, exactly as asked for, or the default.
    pub scope: String,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// The reference token, if asked for.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose_option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, required = false))]
    pub reference_token: Option<Secret>,
}

fn expose<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn expose_option<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose_secret()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_stand_in_the_order_of_the_wire_and_debug_hides_secrets() {
        let response = TokenResponse {
            token_id: "id".into(),
            access_token: "jwt".into(),
            refresh_token: Some("refresh".into()),
            expires_in: Some(60),
            scope: "applied-permissions/user".into(),
            token_type: "Bearer",
            reference_token: Some("reference".into()),
        };
        assert_eq!(
            serde_json::to_string(&response).unwrap(),
            r#"{"token_id":"id","access_token":"jwt","refresh_token":"refresh","expires_in":60,"scope":"applied-permissions/user","token_type":"Bearer","reference_token":"reference"}"#
        );
        let debug = format!("{response:?}");
        assert!(!debug.contains("jwt") && !debug.contains("\"refresh\"") && !debug.contains("\"reference\""));
    }
}
