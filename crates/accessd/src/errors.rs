//! Refusals: the only place where a cause becomes a status and a body (access-api.md 1.10).

use crate::answers::NO_STORE;
use crate::body::BODY_LIMIT;
use crate::layers::guard::{HEAD_LIMIT, HEADERS_LIMIT};
use crate::routes::oauth;
use access_core::{AccessError, AuthenticationError};
use access_types::error_body::{ArtifactoryErrorBody, OAuthErrorBody};
use access_types::{ErrorBody, ErrorCode, FieldError};
use axum::http::header::{RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

/// Why a request is refused.
#[derive(Debug, Clone)]
pub enum ApiError {
    /// Core said so.
    Core(AccessError),
    /// More than one credential was sent, or one twice.
    SeveralCredentials,
    /// A credential stands in the query, where logs would keep it.
    CredentialInQuery,
    /// There is nothing at this path.
    NoSuchPath,
    /// There is something, but not for this method.
    MethodNotAllowed,
    /// The body is of a type that is not read here; these are.
    UnsupportedMediaType(&'static str),
    /// The head of the request is too large, or has too many headers.
    HeadTooLarge,
    /// The body is larger than [`BODY_LIMIT`].
    BodyTooLarge,
    /// The body did not arrive in time.
    BodyTooSlow,
    /// The connection broke inside the body.
    BodyBroken,
    /// The answer was not ready in time.
    AnswerTooSlow,
    /// The wire has it and this service does not, for the reason given.
    NotImplemented(&'static str),
    /// The code is wrong.
    Panic,
}

/// How a body looks: it depends on the path (access-api.md 1.10).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// `{"errors":[{"code","message"}]}`.
    Access,
    /// `{"errors":[{"status","message"}]}`.
    Artifactory,
    /// `{"error","error_description"}` (RFC 6749 section 5.2).
    OAuth,
    /// The same with the words and the challenge of Artifactory.
    ArtifactoryOAuth,
}

/// The paths whose clients read [`Shape::OAuth`].
const OAUTH_PATHS: [&str; 2] = [oauth::INTROSPECT, oauth::REVOKE];
/// The path whose clients read [`Shape::ArtifactoryOAuth`].
const ARTIFACTORY_OAUTH_PATH: &str = "/artifactory/api/security/token";

impl Shape {
    /// The shape that clients of this path read.
    pub fn of_path(path: &str) -> Self {
        match path.strip_prefix("/artifactory") {
            _ if OAUTH_PATHS.contains(&path) => Self::OAuth,
            _ if path == ARTIFACTORY_OAUTH_PATH => Self::ArtifactoryOAuth,
            Some(rest) if rest.is_empty() || rest.starts_with('/') => Self::Artifactory,
            _ => Self::Access,
        }
    }
}

impl ApiError {
    /// The words for people, where the status was sent before. What went wrong inside is logged, not told.
    pub fn told(self) -> String {
        self.log();
        self.refusal().message
    }

    /// The answer in this shape. What went wrong inside is logged, not told.
    pub fn in_shape(self, shape: Shape) -> Response {
        self.log();
        let refusal = self.refusal();
        let challenge = self.challenge(shape);
        let retry_after = self.retry_after();
        let mut response = match shape {
            Shape::Access => json(refusal.status, &ErrorBody::new(refusal.code, refusal.message, None)),
            Shape::Artifactory => {
                let message = self.artifactory_message().unwrap_or(refusal.message);
                json(refusal.status, &ArtifactoryErrorBody::new(refusal.status.as_u16(), message))
            }
            Shape::OAuth | Shape::ArtifactoryOAuth => {
                let words = (shape == Shape::ArtifactoryOAuth).then(|| self.artifactory_message()).flatten();
                let message = words.unwrap_or(refusal.message);
                json(refusal.status, &OAuthErrorBody::new(oauth_error(refusal.status), message))
            }
        };
        let mut add = |name: HeaderName, value: HeaderValue| {
            response.headers_mut().insert(name, value);
        };
        if let Some(challenge) = challenge {
            add(WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        if let Some(seconds) = retry_after {
            add(RETRY_AFTER, seconds.into());
        }
        response
    }

    /// The status and the words for people, for a page. What went wrong inside is logged, not told.
    pub fn for_people(self) -> (StatusCode, String) {
        self.log();
        let refusal = self.refusal();
        (refusal.status, refusal.message)
    }

    /// After how many seconds the same request may go through.
    fn retry_after(&self) -> Option<u64> {
        match self {
            Self::Core(AccessError::TooManyAttempts(seconds)) => Some(*seconds),
            other => (other.refusal().status == StatusCode::SERVICE_UNAVAILABLE).then_some(1),
        }
    }

    fn log(&self) {
        if let Self::Core(error @ (AccessError::Internal(_) | AccessError::Unavailable(_))) = self {
            tracing::error!(%error, "request failed");
        }
    }

    fn refusal(&self) -> Refusal {
        let of = |status, code, message: &str| Refusal { status, code, message: message.to_owned() };
        match self {
            Self::Core(error) => of_core(error),
            Self::SeveralCredentials => of(
                StatusCode::BAD_REQUEST,
                ErrorCode::BadRequest,
                "send one credential, once: Authorization or X-JFrog-Art-Api",
            ),
            Self::CredentialInQuery => of(
                StatusCode::BAD_REQUEST,
                ErrorCode::BadRequest,
                "a credential in the query is not read; send it as Authorization: Bearer",
            ),
            Self::NoSuchPath => {
                of(StatusCode::NOT_FOUND, ErrorCode::NotFound, "there is nothing at this path")
            }
            Self::MethodNotAllowed => of(
                StatusCode::METHOD_NOT_ALLOWED,
                ErrorCode::MethodNotAllowed,
                "this method is not for this path; Allow names those that are",
            ),
            Self::UnsupportedMediaType(wanted) => Refusal {
                status: StatusCode::UNSUPPORTED_MEDIA_TYPE,
                code: ErrorCode::UnsupportedMediaType,
                message: format!("the body must be {wanted}, not compressed, and Content-Type must say so"),
            },
            Self::HeadTooLarge => Refusal {
                status: StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                code: ErrorCode::BadRequest,
                message: format!(
                    "a request has at most {HEADERS_LIMIT} headers, of at most {HEAD_LIMIT} bytes together"
                ),
            },
            Self::BodyTooLarge => Refusal {
                status: StatusCode::PAYLOAD_TOO_LARGE,
                code: ErrorCode::PayloadTooLarge,
                message: format!("the body is larger than {BODY_LIMIT} bytes"),
            },
            Self::BodyTooSlow => {
                of(StatusCode::REQUEST_TIMEOUT, ErrorCode::BadRequest, "the body did not arrive in time")
            }
            Self::BodyBroken => of(StatusCode::BAD_REQUEST, ErrorCode::BadRequest, "the body is cut off"),
            Self::AnswerTooSlow => unavailable(),
            Self::NotImplemented(why) => of(StatusCode::NOT_IMPLEMENTED, ErrorCode::NotImplemented, why),
            Self::Panic => internal(),
        }
    }

    /// RFC 6750 section 3: no error code for one who sent nothing.
    fn challenge(&self, shape: Shape) -> Option<&'static str> {
        match (self, shape) {
            (Self::Core(AccessError::Authentication(_)), Shape::Artifactory | Shape::ArtifactoryOAuth) => {
                Some("Basic realm=\"Artifactory Realm\"")
            }
            (Self::Core(AccessError::Authentication(AuthenticationError::Missing)), _) => Some("Bearer"),
            (Self::Core(AccessError::Authentication(_)), _) => Some("Bearer error=\"invalid_token\""),
            (Self::Core(AccessError::Forbidden(_)), _) => Some("Bearer error=\"insufficient_scope\""),
            _ => None,
        }
    }

    /// The words that clients of `/artifactory` match.
    fn artifactory_message(&self) -> Option<String> {
        let Self::Core(AccessError::Authentication(error)) = self else { return None };
        let message = match error {
            AuthenticationError::Expired => "Token failed verification: expired",
            AuthenticationError::Signature => "Token failed verification: signature",
            AuthenticationError::Audience => "Token failed verification: audience",
            AuthenticationError::Revoked => "Token failed verification: revoked",
            AuthenticationError::UserUnavailable => "Token failed verification: user",
            AuthenticationError::UnknownReference | AuthenticationError::UnknownApiKey => {
                "Props Authentication Token not found"
            }
            AuthenticationError::Malformed
            | AuthenticationError::BadCredentials
            | AuthenticationError::IdToken
            | AuthenticationError::IdTokenExpired
            | AuthenticationError::IdTokenUsed => "Bad Credentials",
            AuthenticationError::PasswordExpired
            | AuthenticationError::Missing
            | AuthenticationError::ApiKeysOff
            | AuthenticationError::PasswordsOff => return None,
        };
        Some(message.to_owned())
    }
}

struct Refusal {
    status: StatusCode,
    code: ErrorCode,
    message: String,
}

fn of_core(error: &AccessError) -> Refusal {
    let (status, code) = match error {
        AccessError::Authentication(_) => (StatusCode::UNAUTHORIZED, ErrorCode::Unauthorized),
        AccessError::Forbidden(_) => (StatusCode::FORBIDDEN, ErrorCode::Forbidden),
        AccessError::Invalid(_) | AccessError::BadRequest(_) => {
            (StatusCode::BAD_REQUEST, ErrorCode::BadRequest)
        }
        AccessError::NotFound(_) => (StatusCode::NOT_FOUND, ErrorCode::NotFound),
        AccessError::Conflict(_) => (StatusCode::CONFLICT, ErrorCode::Conflict),
        AccessError::TooManyAttempts(_) => (StatusCode::TOO_MANY_REQUESTS, ErrorCode::TooManyRequests),
        AccessError::Unprocessable(_) => (StatusCode::UNPROCESSABLE_ENTITY, ErrorCode::UnprocessableEntity),
        AccessError::Busy(_) => (StatusCode::SERVICE_UNAVAILABLE, ErrorCode::ServiceUnavailable),
        AccessError::Unavailable(_) => return unavailable(),
        AccessError::Internal(_) => return internal(),
    };
    Refusal { status, code, message: words_of(error) }
}

/// Clients match messages that begin with `Invalid formatted name`, so there the field goes unnamed.
fn words_of(error: &AccessError) -> String {
    match error {
        AccessError::Invalid(FieldError { problem, .. }) if problem.starts_with("Invalid formatted name") => {
            problem.clone()
        }
        other => other.to_string(),
    }
}

/// The code of RFC 6749 section 5.2 and RFC 6750 section 3.1 that comes nearest.
fn oauth_error(status: StatusCode) -> &'static str {
    match status.as_u16() {
        401 => "invalid_client",
        403 => "access_denied",
        500 => "server_error",
        429 | 503 => "temporarily_unavailable",
        _ => "invalid_request",
    }
}

fn unavailable() -> Refusal {
    Refusal {
        status: StatusCode::SERVICE_UNAVAILABLE,
        code: ErrorCode::ServiceUnavailable,
        message: "this cannot be decided now; try again".to_owned(),
    }
}

fn internal() -> Refusal {
    Refusal {
        status: StatusCode::INTERNAL_SERVER_ERROR,
        code: ErrorCode::InternalServerError,
        message: "a fault of the service; its log tells more under the request id".to_owned(),
    }
}

fn json(status: StatusCode, body: &impl serde::Serialize) -> Response {
    (status, [NO_STORE], axum::Json(body)).into_response()
}

/// The refusal itself travels with the answer, and gets its shape from the request's path on the way out
/// ([`crate::layers::guard`]).
impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

impl<E: Into<AccessError>> From<E> for ApiError {
    fn from(error: E) -> Self {
        Self::Core(error.into())
    }
}

#[cfg(test)]
mod tests;
