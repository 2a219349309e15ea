//! Answers that are no refusals. Nothing of them is kept by caches unless a route says so.

use access_core::CreatedToken;
use axum::Json;
use axum::body::Body;
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, PRAGMA, WARNING};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// Keeps an answer out of every cache.
pub(crate) const NO_STORE: (HeaderName, HeaderValue) = (CACHE_CONTROL, HeaderValue::from_static("no-store"));

/// 200 with JSON.
pub fn json(body: &impl Serialize) -> Response {
    ([NO_STORE], Json(body)).into_response()
}

/// 201 with JSON.
pub fn created(body: &impl Serialize) -> Response {
    (StatusCode::CREATED, [NO_STORE], Json(body)).into_response()
}

/// 200 with nothing.
pub fn empty() -> Response {
    [NO_STORE].into_response()
}

/// 204.
pub fn no_content() -> Response {
    (StatusCode::NO_CONTENT, [NO_STORE]).into_response()
}

/// 200 with text.
pub fn text(text: impl Into<String>) -> Response {
    ([NO_STORE], text.into()).into_response()
}

/// 201 with nothing.
pub fn created_empty() -> Response {
    (StatusCode::CREATED, [NO_STORE]).into_response()
}

/// 200 with JSON that is written while it is sent.
pub fn json_stream(body: Body) -> Response {
    let json = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    ([NO_STORE, json], body).into_response()
}

/// 200 with a JSON text on each line, written while it is sent.
pub fn ndjson_stream(body: Body) -> Response {
    let ndjson = (CONTENT_TYPE, HeaderValue::from_static("application/x-ndjson"));
    ([NO_STORE, ndjson], body).into_response()
}

/// 200 with JSON that everybody may keep for five minutes.
pub fn public_json(body: &impl Serialize) -> Response {
    ([(CACHE_CONTROL, "public, max-age=300")], Json(body)).into_response()
}

/// 200 with JSON that holds a token (RFC 6749 section 5.1).
pub fn json_token(body: &impl Serialize) -> Response {
    ([NO_STORE, (PRAGMA, HeaderValue::from_static("no-cache"))], Json(body)).into_response()
}

/// 200 with a token (RFC 6749 section 5.1), and each warning as a header (RFC 7234 section 5.5, code 299).
pub fn token(created: &CreatedToken) -> Response {
    token_as(&created.response, &created.warnings)
}

/// The same with the token in another form.
pub fn token_as(body: &impl Serialize, warnings: &[String]) -> Response {
    let pragma = (PRAGMA, HeaderValue::from_static("no-cache"));
    let mut response = ([NO_STORE, pragma], Json(body)).into_response();
    for warning in warnings {
        response.headers_mut().append(WARNING, warning_value(warning));
    }
    response
}

fn warning_value(text: &str) -> HeaderValue {
    let mut value = String::from("299 accessd \"");
    for c in text.chars() {
        match c {
            '"' | '\\' => value.extend(['\\', c]),
            ' '..='~' => value.push(c),
            _ => value.push('?'),
        }
    }
    value.push('"');
    // Printable ASCII is always a header value.
    HeaderValue::try_from(value).unwrap_or_else(|_| HeaderValue::from_static("299 accessd \"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_warning_is_one_quoted_string() {
        assert_eq!(warning_value("a \"b\" \\ c"), r#"299 accessd "a \"b\" \\ c""#);
        assert_eq!(warning_value("é\r\nX: y"), r#"299 accessd "???X: y""#);
    }
}
