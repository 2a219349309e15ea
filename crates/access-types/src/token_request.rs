//! The body of `POST /access/api/v1/tokens` (access-api.md 1.2 and 1.4), as `jf` writes it and as
//! `accessd` reads it: JSON or form.

use crate::fields::Fields;
use crate::limits::{self, FieldError};
use crate::{Secret, json};
use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};
use std::borrow::Cow;

pub use crate::fields::RequestError;

/// What is asked for: a new token, or the successor of one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum GrantType {
    /// A new token.
    #[default]
    ClientCredentials,
    /// The successor of a token, against its refresh token.
    RefreshToken,
}

/// A request for a token. Serialises in the key order of the existing `jf` (jf-cli.md 2.10); what is
/// `None` is left out.
#[derive(Debug, Clone, Default, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[cfg_attr(feature = "openapi", schema(example = json!({"scope": "applied-permissions/groups:readers", "username": "robot", "expires_in": 3600, "refreshable": true})))]
#[cfg_attr(
    feature = "openapi",
    schema(
        description = "What is asked for. What is absent, null or empty gets its default; unknown fields are passed over."
    )
)]
pub struct TokenRequest {
    /// The scope as text; absent means `applied-permissions/user`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 500))]
    pub scope: Option<String>,
    /// Lifetime in seconds; 0 = never expires; absent = the service's default.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(maximum = 9_999_999_999_i64))]
    pub expires_in: Option<u64>,
    /// Whether a refresh token shall come with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refreshable: Option<bool>,
    /// The refresh token to spend, with the grant type `refresh_token`.
    #[serde(skip_serializing_if = "Option::is_none", serialize_with = "expose")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>, write_only))]
    pub refresh_token: Option<Secret>,
    /// What is asked for; absent means a new token.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant_type: Option<GrantType>,
    /// Space-separated service ids; absent means `*@*`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub audience: Option<String>,
    /// Whether a reference token shall come with it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_reference_token: Option<bool>,
    /// For whom: a user name or a full subject; absent means the caller.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 255))]
    pub username: Option<String>,
    /// The project the token is bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
    /// Free text, 1024 characters at most.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(max_length = 1024))]
    pub description: Option<String>,
    /// Whether the token must be revocable. accessd's always are, so the answer is the same either way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub force_revocable: Option<bool>,
}

impl TokenRequest {
    /// The JSON text of the request, compact, escaped as the existing `jf` escapes it.
    pub fn to_json(&self) -> Secret {
        // A struct of strings, numbers and booleans always serialises.
        json::escape_like_go(&serde_json::to_string(self).unwrap_or_default()).into()
    }

    /// Reads a JSON body. Unknown fields are ignored, `null` is absent.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or breaks a limit.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        if body.is_empty() {
            return Ok(Self::default());
        }
        Ok(read(&mut Fields::from_json(body)?)?)
    }

    /// Reads the decoded pairs of a form body. Unknown fields are ignored, booleans are read in any case.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that stands twice, is not readable or breaks a limit.
    pub fn from_form<'a>(
        pairs: impl IntoIterator<Item = (Cow<'a, str>, Cow<'a, str>)>,
    ) -> Result<Self, RequestError> {
        Ok(read(&mut Fields::from_form(pairs)?)?)
    }
}

pub(crate) fn read(fields: &mut Fields) -> Result<TokenRequest, FieldError> {
    let request = TokenRequest {
        grant_type: grant_type(fields)?,
        refresh_token: fields.secret("refresh_token")?,
        username: fields.text("username")?,
        project_key: fields.text("project_key")?,
        scope: fields.text("scope")?,
        expires_in: fields.seconds("expires_in")?,
        refreshable: fields.flag("refreshable")?,
        description: fields.text("description")?,
        audience: fields.text("audience")?,
        include_reference_token: fields.flag("include_reference_token")?,
        force_revocable: fields.flag("force_revocable")?,
    };
    if let Some(description) = &request.description {
        limits::check_text("description", description, limits::DESCRIPTION)?;
    }
    if let Some(key) = &request.project_key {
        limits::check_project_key(key)?;
    }
    if request.grant_type == Some(GrantType::RefreshToken) && request.refresh_token.is_none() {
        return Err(FieldError::new("refresh_token", "is required with grant_type=refresh_token"));
    }
    Ok(request)
}

fn grant_type(fields: &mut Fields) -> Result<Option<GrantType>, FieldError> {
    match fields.text("grant_type")?.as_deref() {
        None => Ok(None),
        Some("client_credentials") => Ok(Some(GrantType::ClientCredentials)),
        Some("refresh_token") => Ok(Some(GrantType::RefreshToken)),
        Some(_) => Err(FieldError::new("grant_type", "must be client_credentials or refresh_token")),
    }
}

fn expose<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => serializer.serialize_some(secret.expose_secret()),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(text: &str) -> Result<TokenRequest, RequestError> {
        let pairs =
            text.split('&').filter_map(|pair| pair.split_once('=')).map(|(k, v)| (k.into(), v.into()));
        TokenRequest::from_form(pairs)
    }

    #[test]
    fn the_existing_tools_bodies_are_written_to_the_letter() {
        let request = TokenRequest {
            refreshable: Some(false),
            include_reference_token: Some(false),
            username: Some("admin".into()),
            project_key: Some("proj".into()),
            description: Some("a <b> & c".into()),
            ..TokenRequest::default()
        };
        assert_eq!(
            request.to_json().expose_secret(),
            r#"{"refreshable":false,"include_reference_token":false,"username":"admin","project_key":"proj","description":"a \u003cb\u003e \u0026 c"}"#
        );
    }

    #[test]
    fn both_encodings_mean_the_same() {
        let json = TokenRequest::from_json(
            br#"{"username":"frog","expires_in":60,"refreshable":true,"project_key":"","unknown":[1],"scope":null}"#,
        ).unwrap();
        let form =
            form("username=frog&expires_in=60&refreshable=True&project_key=&unknown=x&scope=").unwrap();
        assert_eq!(json.to_json().expose_secret(), form.to_json().expose_secret());
        assert_eq!(json.project_key, None);
        assert_eq!(TokenRequest::from_json(b"").unwrap().grant_type, None);
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (body, field) in [
            (r#"{"expires_in":-1}"#, "expires_in"),
            (r#"{"expires_in":1.5}"#, "expires_in"),
            (r#"{"expires_in":"60"}"#, "expires_in"),
            (r#"{"expires_in":18446744073709551616}"#, "expires_in"),
            (r#"{"refreshable":"true"}"#, "refreshable"),
            (r#"{"scope":["a"]}"#, "scope"),
            (r#"{"username":1}"#, "username"),
            (r#"{"grant_type":"password"}"#, "grant_type"),
            (r#"{"grant_type":"refresh_token"}"#, "refresh_token"),
            (r#"{"description":"a\u0000"}"#, "description"),
            (r#"{"project_key":"A b"}"#, "project_key"),
        ] {
            let error = TokenRequest::from_json(body.as_bytes()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
        for (body, field) in [
            ("expires_in=-1", "expires_in"),
            ("expires_in=1.5", "expires_in"),
            ("refreshable=yes", "refreshable"),
        ] {
            assert!(form(body).unwrap_err().to_string().starts_with(field), "{body}");
        }
        assert!(form("scope=a&scope=b").unwrap_err().to_string().contains("twice"));
    }
}
