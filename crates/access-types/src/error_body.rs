//! Error bodies of the wire (access-api.md 1.10).

use serde::{Deserialize, Serialize};

/// The codes that clients of the Access API know.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
#[expect(missing_docs, reason = "each name is its own description")]
pub enum ErrorCode {
    BadRequest,
    Unauthorized,
    Forbidden,
    NotFound,
    MethodNotAllowed,
    Conflict,
    PayloadTooLarge,
    UnsupportedMediaType,
    UnprocessableEntity,
    TooManyRequests,
    InternalServerError,
    NotImplemented,
    ServiceUnavailable,
}

/// Shape A: every error of `/access`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorBody {
    /// Exactly one in ours; clients read a list.
    pub errors: Vec<ErrorItem>,
}

/// One error of shape A.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ErrorItem {
    /// Code for machines.
    pub code: ErrorCode,
    /// Words for people.
    pub message: String,
    /// More words, e.g. what to do next.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
}

impl ErrorBody {
    /// A body with one error.
    pub fn new(code: ErrorCode, message: impl Into<String>, detail: Option<String>) -> Self {
        Self { errors: vec![ErrorItem { code, message: message.into(), detail }] }
    }
}

/// Shape C: every error of `/artifactory`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArtifactoryErrorBody {
    /// Exactly one in ours; clients read a list.
    pub errors: Vec<ArtifactoryErrorItem>,
}

/// One error of shape C.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct ArtifactoryErrorItem {
    /// The HTTP status, as a number.
    pub status: u16,
    /// Words for people.
    pub message: String,
}

impl ArtifactoryErrorBody {
    /// A body with one error.
    pub fn new(status: u16, message: impl Into<String>) -> Self {
        Self { errors: vec![ArtifactoryErrorItem { status, message: message.into() }] }
    }
}

/// Shape D: the older token endpoint of `/artifactory`, and what OAuth's own standards say (RFC 6749 section 5.2).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OAuthErrorBody {
    /// Code for machines.
    pub error: String,
    /// Words for people.
    pub error_description: String,
}

impl OAuthErrorBody {
    /// A body with this error.
    pub fn new(error: impl Into<String>, description: impl Into<String>) -> Self {
        Self { error: error.into(), error_description: description.into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shapes_are_the_wires() {
        assert_eq!(
            serde_json::to_string(&ErrorBody::new(ErrorCode::Unauthorized, "Invalid token, expired", None))
                .unwrap(),
            r#"{"errors":[{"code":"UNAUTHORIZED","message":"Invalid token, expired"}]}"#
        );
        assert_eq!(
            serde_json::to_string(&ArtifactoryErrorBody::new(401, "Bad Credentials")).unwrap(),
            r#"{"errors":[{"status":401,"message":"Bad Credentials"}]}"#
        );
        assert_eq!(
            serde_json::to_string(&OAuthErrorBody::new("invalid_request", "Illegal audience")).unwrap(),
            r#"{"error":"invalid_request","error_description":"Illegal audience"}"#
        );
    }
}
