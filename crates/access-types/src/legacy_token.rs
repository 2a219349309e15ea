//! The older token endpoint, `/artifactory/api/security/token` (access-api.md 1.8): its forms and its answers.

use crate::fields::{Fields, RequestError};
use crate::limits::FieldError;
use crate::token_request::{GrantType, TokenRequest, read};
use crate::{Secret, TokenInfo, TokenResponse};
use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};

/// A form that asks for a token, or for the successor of one.
#[derive(Debug, Clone, Default)]
pub struct LegacyTokenRequest {
    /// What is asked for. The fields that this endpoint does not have are `None`.
    pub request: TokenRequest,
    /// The access token of the pair that asks for its successor.
    pub access_token: Option<Secret>,
}

impl LegacyTokenRequest {
    /// Reads the fields. Unknown ones are ignored.
    ///
    /// # Errors
    /// [`FieldError`] naming the field that is not readable.
    pub fn read(mut fields: Fields) -> Result<Self, FieldError> {
        let access_token = fields.secret("access_token")?;
        let read = read(&mut fields)?;
        let is_refresh = read.grant_type == Some(GrantType::RefreshToken);
        let request = TokenRequest {
            project_key: None,
            description: None,
            include_reference_token: None,
            force_revocable: None,
            ..read
        };
        Ok(Self { request, access_token: access_token.filter(|_| is_refresh) })
    }
}

/// Which token a form wants to end.
#[derive(Debug, Clone)]
pub enum LegacyRevocation {
    /// The one with this text: a JWT, a reference token or a refresh token.
    Token(Secret),
    /// The one with this id.
    TokenId(String),
}

impl LegacyRevocation {
    /// Reads the fields. Unknown ones are ignored.
    ///
    /// # Errors
    /// [`RequestError`] unless there is exactly one of `token` and `token_id`.
    pub fn read(mut fields: Fields) -> Result<Self, RequestError> {
        match (fields.secret("token")?, fields.text("token_id")?) {
            (Some(token), None) => Ok(Self::Token(token)),
            (None, Some(id)) => Ok(Self::TokenId(id)),
            (None, None) => Err(FieldError::new("token", "or token_id is required").into()),
            (Some(_), Some(_)) => Err(FieldError::new("token", "cannot stand beside token_id").into()),
        }
    }
}

/// The answer to a create or refresh, in the order of the wire: without the token's id, which is the JWT's `jti`.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegacyTokenResponse {
    /// The scope, exactly as asked for, or the default.
    pub scope: String,
    /// The JWT.
    #[serde(serialize_with = "expose")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: Secret,
    /// Lifetime in seconds; absent if the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expires_in: Option<u64>,
    /// Always `Bearer`.
    pub token_type: &'static str,
    /// The refresh token, if the token is refreshable.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose_option")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub refresh_token: Option<Secret>,
}

impl From<TokenResponse> for LegacyTokenResponse {
    fn from(response: TokenResponse) -> Self {
        Self {
            scope: response.scope,
            access_token: response.access_token,
            expires_in: response.expires_in,
            token_type: response.token_type,
            refresh_token: response.refresh_token,
        }
    }
}

/// A line of the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct LegacyTokenInfo<'a> {
    /// Issuer: a service id.
    pub issuer: &'a str,
    /// Subject in full form.
    pub subject: &'a str,
    /// Expiry in epoch seconds; absent if the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry: Option<u64>,
    /// Whether it has a refresh token.
    pub refreshable: bool,
    /// Token id.
    pub token_id: &'a str,
    /// When it was made, in epoch seconds.
    pub issued_at: u64,
}

impl<'a> From<&'a TokenInfo> for LegacyTokenInfo<'a> {
    fn from(info: &'a TokenInfo) -> Self {
        Self {
            issuer: &info.issuer,
            subject: &info.subject,
            expiry: info.expiry,
            refreshable: info.refreshable,
            token_id: &info.token_id,
            issued_at: info.issued_at,
        }
    }
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

    fn fields(text: &str) -> Fields {
        let pairs = text.split('&').filter_map(|pair| pair.split_once('='));
        Fields::from_form(pairs.map(|(name, value)| (name.into(), value.into()))).unwrap()
    }

    #[test]
    fn fields_that_this_endpoint_does_not_have_are_passed_over() {
        let read = LegacyTokenRequest::read(fields(
            "username=frog&scope=api:*&project_key=web&description=x&include_reference_token=true&access_token=t",
        ))
        .unwrap();
        assert_eq!(read.request.username.as_deref(), Some("frog"));
        assert_eq!((read.request.project_key, read.request.description), (None, None));
        assert!(read.request.include_reference_token.is_none() && read.access_token.is_none());
    }

    #[test]
    fn a_pair_is_read_whole() {
        let pair = "grant_type=refresh_token&refresh_token=r&access_token=a";
        let read = LegacyTokenRequest::read(fields(pair)).unwrap();
        assert_eq!(read.access_token.unwrap().expose_secret(), "a");
        assert!(LegacyTokenRequest::read(fields("grant_type=refresh_token&access_token=a")).is_err());
    }

    #[test]
    fn one_token_is_revoked_by_one_field() {
        assert!(matches!(LegacyRevocation::read(fields("token=x")), Ok(LegacyRevocation::Token(_))));
        assert!(matches!(LegacyRevocation::read(fields("token_id=x")), Ok(LegacyRevocation::TokenId(_))));
        assert!(LegacyRevocation::read(fields("token=x&token_id=y")).is_err());
        assert!(LegacyRevocation::read(fields("token=&other=y")).is_err());
    }

    #[test]
    fn the_answer_is_in_the_order_of_the_wire_and_has_no_id() {
        let response = TokenResponse {
            token_id: "id".into(),
            access_token: "jwt".into(),
            refresh_token: Some("refresh".into()),
            expires_in: Some(60),
            scope: "api:*".into(),
            token_type: "Bearer",
            reference_token: None,
        };
        assert_eq!(
            serde_json::to_string(&LegacyTokenResponse::from(response)).unwrap(),
            r#"{"scope":"api:*","access_token":"jwt","expires_in":60,"token_type":"Bearer","refresh_token":"refresh"}"#
        );
    }
}
