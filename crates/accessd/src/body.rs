//! Request bodies: bounded in size and time, and read only as the type they say they are.

use crate::errors::ApiError;
use access_core::AccessError;
use access_types::TokenRequest;
use access_types::fields::Fields;
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap};
use std::time::Duration;

/// Largest body, in bytes.
pub const BODY_LIMIT: usize = 64 * 1024;
/// How long a body may take to arrive.
pub const BODY_TIMEOUT: Duration = Duration::from_secs(15);

const JSON: &str = "application/json";
const FORM: &str = "application/x-www-form-urlencoded";
/// As the older Java client writes the JSON of users and groups.
const ARTIFACTORY_JSON: &str = "application/vnd.org.jfrog.artifactory.security.";
const JSON_OR_FORM: &str = "application/json or application/x-www-form-urlencoded";

/// A body, whole, and what it says it is.
#[derive(Clone)]
pub struct RequestBody {
    encoding: Encoding,
    bytes: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encoding {
    Json,
    Form,
    Other,
}

impl RequestBody {
    /// The text of a body that has to be JSON.
    ///
    /// # Errors
    /// [`ApiError::UnsupportedMediaType`].
    pub fn json(&self) -> Result<&[u8], ApiError> {
        match self.encoding {
            Encoding::Json => Ok(&self.bytes),
            _ if self.bytes.is_empty() => Ok(&self.bytes),
            _ => Err(ApiError::UnsupportedMediaType(JSON)),
        }
    }

    /// The fields of a body that is JSON or a form.
    ///
    /// # Errors
    /// [`ApiError::UnsupportedMediaType`], or what is wrong with the body.
    pub fn fields(&self) -> Result<Fields, ApiError> {
        match self.encoding {
            Encoding::Json => Ok(Fields::from_json(&self.bytes)?),
            Encoding::Form => Ok(Fields::from_form(form_pairs(&self.bytes)?)?),
            Encoding::Other if self.bytes.is_empty() => Ok(Fields::from_json(b"{}")?),
            Encoding::Other => Err(ApiError::UnsupportedMediaType(JSON_OR_FORM)),
        }
    }

    /// The fields of a body that has to be a form. No body has none, whatever its type.
    ///
    /// # Errors
    /// [`ApiError::UnsupportedMediaType`], or what is wrong with the body.
    pub fn form(&self) -> Result<Fields, ApiError> {
        match self.encoding {
            Encoding::Form => Ok(Fields::from_form(form_pairs(&self.bytes)?)?),
            _ if self.bytes.is_empty() => Ok(Fields::from_form([])?),
            _ => Err(ApiError::UnsupportedMediaType(FORM)),
        }
    }

    /// The token request in a JSON or form body. No body asks for the default, whatever its type.
    ///
    /// # Errors
    /// As [`RequestBody::fields`].
    pub fn token_request(&self) -> Result<TokenRequest, ApiError> {
        match self.encoding {
            _ if self.bytes.is_empty() => Ok(TokenRequest::default()),
            Encoding::Json => Ok(TokenRequest::from_json(&self.bytes)?),
            Encoding::Form => Ok(TokenRequest::from_form(form_pairs(&self.bytes)?)?),
            Encoding::Other => Err(ApiError::UnsupportedMediaType(JSON_OR_FORM)),
        }
    }
}

/// The pairs of a form. The parser would replace what is no UTF-8, and so store something else than was sent.
fn form_pairs(bytes: &[u8]) -> Result<form_urlencoded::Parse<'_>, ApiError> {
    let plain: Vec<u8> = percent_encoding::percent_decode(bytes).collect();
    match std::str::from_utf8(&plain) {
        Ok(_) => Ok(form_urlencoded::parse(bytes)),
        Err(_) => Err(AccessError::BadRequest("the form is not UTF-8".to_owned()).into()),
    }
}

impl<S: Send + Sync> FromRequest<S> for RequestBody {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let encoding = encoding(request.headers());
        match tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state)).await {
            Ok(Ok(bytes)) => Ok(Self { encoding, bytes }),
            Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
                Err(ApiError::BodyTooLarge)
            }
            Ok(Err(_)) => Err(ApiError::BodyBroken),
            Err(_) => Err(ApiError::BodyTooSlow),
        }
    }
}

/// Two types, or a compressed body, are none that is read here.
fn encoding(headers: &HeaderMap) -> Encoding {
    let compressed = headers
        .get_all(CONTENT_ENCODING)
        .iter()
        .any(|value| !value.as_bytes().eq_ignore_ascii_case(b"identity"));
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    let (Some(value), None, false) = (types.next(), types.next(), compressed) else { return Encoding::Other };
    let essence = value.to_str().unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let is_artifactory_json = essence.starts_with(ARTIFACTORY_JSON) && essence.ends_with("+json");
    if essence.eq_ignore_ascii_case(JSON) || is_artifactory_json {
        Encoding::Json
    } else if essence.eq_ignore_ascii_case(FORM) {
        Encoding::Form
    } else {
        Encoding::Other
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(headers: &[(&'static str, &'static str)]) -> Encoding {
        let headers: HeaderMap = headers
            .iter()
            .map(|(name, value)| (name.parse::<axum::http::HeaderName>().unwrap(), value.parse().unwrap()))
            .collect();
        encoding(&headers)
    }

    #[test]
    fn types_are_read_without_their_parameters() {
        assert_eq!(of(&[("content-type", "application/json; charset=utf-8")]), Encoding::Json);
        assert_eq!(of(&[("content-type", "Application/X-WWW-Form-Urlencoded")]), Encoding::Form);
        let of_java = "application/vnd.org.jfrog.artifactory.security.User+json;charset=UTF-8";
        assert_eq!(of(&[("content-type", of_java)]), Encoding::Json);
        for value in [
            "text/plain",
            "",
            "application/jsonx",
            "application/vnd.org.jfrog.artifactory.security.User",
            "multipart/form-data; boundary=x",
        ] {
            assert_eq!(of(&[("content-type", value)]), Encoding::Other, "{value}");
        }
        assert_eq!(of(&[]), Encoding::Other);
    }

    #[test]
    fn compressed_bodies_are_not_read() {
        let json = ("content-type", "application/json");
        assert_eq!(of(&[json, ("content-encoding", "identity")]), Encoding::Json);
        assert_eq!(of(&[json, ("content-encoding", "gzip")]), Encoding::Other);
    }
}
