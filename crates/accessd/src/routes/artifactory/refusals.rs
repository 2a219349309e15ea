//! How the paths of Artifactory refuse, for the description of the API.

use access_types::error_body::{ArtifactoryErrorBody, OAuthErrorBody};
use utoipa::IntoResponses;

/// Why a request below `/artifactory` is refused.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum ArtifactoryRefusals {
    /// A parameter, field or body that is not acceptable; or more than one credential.
    #[response(status = 400)]
    BadRequest(ArtifactoryErrorBody),
    /// No credential, or one that is refused.
    #[response(status = 401, example = json!({"errors": [{"status": 401, "message": "Bad Credentials"}]}))]
    Unauthorized(ArtifactoryErrorBody),
    /// The credential is good, but may not do this.
    #[response(status = 403)]
    Forbidden(ArtifactoryErrorBody),
    /// A fault of the service; its log tells more under the `X-Request-Id`.
    #[response(status = 500)]
    InternalServerError(ArtifactoryErrorBody),
    /// It cannot be decided or stored now; the same request may go through after `Retry-After`.
    #[response(status = 503)]
    ServiceUnavailable(ArtifactoryErrorBody),
}

/// Why the older token endpoint refuses.
#[derive(Debug, IntoResponses)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum OAuthRefusals {
    /// A field that is not acceptable; or more than one credential.
    #[response(status = 400, example = json!({"error": "invalid_request", "error_description":
        "The user: 'frog' can only create user token(s) with expiry between 0 and 3600 seconds; 7200 was requested"}))]
    BadRequest(OAuthErrorBody),
    /// No credential, or one that is refused.
    #[response(status = 401, example = json!({"error": "invalid_client", "error_description": "Bad Credentials"}))]
    Unauthorized(OAuthErrorBody),
    /// The credential is good, but may not do this.
    #[response(status = 403)]
    Forbidden(OAuthErrorBody),
    /// A fault of the service; its log tells more under the `X-Request-Id`.
    #[response(status = 500)]
    InternalServerError(OAuthErrorBody),
    /// It cannot be decided or stored now; the same request may go through after `Retry-After`.
    #[response(status = 503)]
    ServiceUnavailable(OAuthErrorBody),
}
