//! Why a request is refused, in the two shapes that are not the usual one.

use access_types::error_body::{ArtifactoryErrorBody, OAuthErrorBody};
use utoipa::IntoResponses;

/// As [`super::Refusals`], below `/artifactory`.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum ArtifactoryRefusals {
    /// A parameter or field that is not acceptable; or more than one credential.
    #[response(status = 400)]
    BadRequest(ArtifactoryErrorBody),
    /// No credential, or one that is refused.
    #[response(status = 401, example = json!({"errors": [{"status": 401, "message":
        "Token failed verification: expired"}]}))]
    Unauthorized(ArtifactoryErrorBody),
    /// The credential is good, but may not do this.
    #[response(status = 403)]
    Forbidden(ArtifactoryErrorBody),
    /// With user name and password only: after wrong passwords for that name none is looked at before `Retry-After`.
    #[response(status = 429)]
    TooManyRequests(ArtifactoryErrorBody),
    /// A fault of the service; its log tells more under the `X-Request-Id`.
    #[response(status = 500)]
    InternalServerError(ArtifactoryErrorBody),
    /// It cannot be decided or stored now; the same request may go through after `Retry-After`.
    #[response(status = 503)]
    ServiceUnavailable(ArtifactoryErrorBody),
}

/// As [`super::Refusals`], where OAuth's own words are read (RFC 6749 section 5.2).
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum OAuthRefusals {
    /// A field that is missing, stands twice or is not acceptable; or more than one credential.
    #[response(status = 400, example = json!({"error": "invalid_request", "error_description":
        "token: is required"}))]
    BadRequest(OAuthErrorBody),
    /// No credential, or one that is refused.
    #[response(status = 401, example = json!({"error": "invalid_client", "error_description":
        "Invalid token, expired"}))]
    Unauthorized(OAuthErrorBody),
    /// The credential is good, but may not do this.
    #[response(status = 403)]
    Forbidden(OAuthErrorBody),
    /// With user name and password only: after wrong passwords for that name none is looked at before `Retry-After`.
    #[response(status = 429)]
    TooManyRequests(OAuthErrorBody),
    /// A fault of the service; its log tells more under the `X-Request-Id`.
    #[response(status = 500)]
    InternalServerError(OAuthErrorBody),
    /// It cannot be decided or stored now; the same request may go through after `Retry-After`.
    #[response(status = 503)]
    ServiceUnavailable(OAuthErrorBody),
}

/// As [`super::BodyRefusals`], where OAuth's own words are read.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum OAuthBodyRefusals {
    /// The body did not arrive within 15 s.
    #[response(status = 408)]
    RequestTimeout(OAuthErrorBody),
    /// The body is larger than 64 KiB.
    #[response(status = 413)]
    PayloadTooLarge(OAuthErrorBody),
    /// The body is no form, or compressed.
    #[response(status = 415)]
    UnsupportedMediaType(OAuthErrorBody),
}
