//! The exchange of an ID token for an access token (access-api.md 1.7, RFC 8693).

use crate::Secret;
use crate::fields::{Fields, RequestError};
use crate::limits::{self, FieldError, check_project_key, check_text};
use secrecy::ExposeSecret;
use serde::{Serialize, Serializer};

/// The value of `grant_type`.
pub const GRANT_TYPE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";
/// The value of `subject_token_type`.
pub const ID_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:id_token";
/// The value of `issued_token_type`.
pub const ACCESS_TOKEN_TYPE: &str = "urn:ietf:params:oauth:token-type:access_token";

/// What is asked for. What else clients send (`provider_type`, `job_id`, `gh_repo`…) tells of the job, and is ignored.
#[derive(Debug, Clone)]
pub struct ExchangeRequest {
    /// The ID token.
    pub subject_token: Secret,
    /// Name of the provider.
    pub provider_name: String,
    /// Only an identity mapping of this name.
    pub identity_mapping_name: Option<String>,
    /// Only a provider and an identity mapping of this project, or of none.
    pub project_key: Option<String>,
    /// Must be an audience of the ID token.
    pub audience: Option<String>,
    /// Whether a reference token is wanted besides.
    pub include_reference_token: bool,
}

impl ExchangeRequest {
    /// Reads the fields of a body. Empty text is the same as absent.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that is missing, has a wrong type or another value than it must.
    pub fn from_fields(fields: &mut Fields) -> Result<Self, RequestError> {
        fixed("grant_type", fields.text("grant_type")?, GRANT_TYPE)?;
        fixed("subject_token_type", fields.text("subject_token_type")?, ID_TOKEN_TYPE)?;
        let required = |field| FieldError::new(field, "is required");
        let request = Self {
            subject_token: fields.secret("subject_token")?.ok_or_else(|| required("subject_token"))?,
            provider_name: fields.text("provider_name")?.ok_or_else(|| required("provider_name"))?,
            identity_mapping_name: fields.text("identity_mapping_name")?,
            project_key: fields.text("project_key")?,
            audience: fields.text("audience")?,
            include_reference_token: fields.flag("include_reference_token")?.unwrap_or(false),
        };
        for (field, value) in [
            ("provider_name", Some(&request.provider_name)),
            ("identity_mapping_name", request.identity_mapping_name.as_ref()),
            ("audience", request.audience.as_ref()),
        ] {
            if let Some(text) = value {
                check_text(field, text, limits::OIDC_TEXT)?;
            }
        }
        if let Some(key) = &request.project_key {
            check_project_key(key)?;
        }
        Ok(request)
    }
}

fn fixed(field: &'static str, value: Option<String>, wanted: &str) -> Result<(), FieldError> {
    if value.as_deref() == Some(wanted) {
        Ok(())
    } else {
        Err(FieldError::new(field, format!("must be {wanted}")))
    }
}

/// The answer, in the order of the wire.
#[derive(Debug, Clone, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ExchangeResponse {
    /// The JWT.
    #[serde(serialize_with = "exposed")]
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub access_token: Secret,
    /// Seconds until it ends.
    pub expires_in: u64,
    /// Its scope.
    pub scope: String,
    /// `Bearer`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub token_type: &'static str,
    /// [`ACCESS_TOKEN_TYPE`].
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub issued_token_type: &'static str,
    /// The user it is for, or for a token of groups alone its subject.
    pub username: String,
    /// The reference token, if one was asked for.
    #[serde(serialize_with = "exposed_option", skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "openapi", schema(value_type = Option<String>))]
    pub reference_token: Option<Secret>,
    /// Its id.
    pub token_id: String,
}

fn exposed<S: Serializer>(secret: &Secret, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose_secret())
}

fn exposed_option<S: Serializer>(secret: &Option<Secret>, serializer: S) -> Result<S::Ok, S::Error> {
    match secret {
        Some(secret) => exposed(secret, serializer),
        None => serializer.serialize_none(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<ExchangeRequest, RequestError> {
        ExchangeRequest::from_fields(&mut Fields::from_json(json.as_bytes())?)
    }

    #[test]
    fn the_body_of_setup_jfrog_cli_is_read() {
        let request = read(
            r#"{"grant_type":"urn:ietf:params:oauth:grant-type:token-exchange",
                "subject_token_type":"urn:ietf:params:oauth:token-type:id_token","subject_token":"a.b.c",
                "provider_name":"github","project_key":"","gh_job_id":"","gh_run_id":"7","gh_repo":"octo/app",
                "gh_revision":"","gh_branch":"","application_key":"","identity_mapping_name":""}"#,
        )
        .unwrap();
        assert_eq!(request.subject_token.expose_secret(), "a.b.c");
        assert_eq!((request.project_key, request.identity_mapping_name), (None, None));
        assert!(
            !request.include_reference_token && !format!("{:?}", request.subject_token).contains("a.b.c")
        );
    }

    #[test]
    fn each_wrong_field_is_named() {
        let good = serde_json::json!({
            "grant_type": GRANT_TYPE, "subject_token_type": ID_TOKEN_TYPE, "subject_token": "a.b.c",
            "provider_name": "github",
        });
        assert!(read(&good.to_string()).is_ok());
        for (field, value) in [
            ("grant_type", serde_json::json!("refresh_token")),
            ("grant_type", serde_json::json!(null)),
            ("subject_token_type", serde_json::json!(ACCESS_TOKEN_TYPE)),
            ("subject_token", serde_json::json!("")),
            ("subject_token", serde_json::json!(["a.b.c"])),
            ("provider_name", serde_json::json!("")),
            ("provider_name", serde_json::json!("a\u{0}")),
            ("identity_mapping_name", serde_json::json!(1)),
            ("project_key", serde_json::json!("A B")),
            ("include_reference_token", serde_json::json!("true")),
        ] {
            let mut body = good.clone();
            body[field] = value;
            let error = read(&body.to_string()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{error}");
        }
    }
}
