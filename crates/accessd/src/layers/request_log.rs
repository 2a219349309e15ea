//! One line a request: method, matched route, status, milliseconds, request id, the client's trace id,
//! subject. Never the path or query as they were sent, never a header, never a body.

use crate::state::AppState;
use access_core::random;
use axum::extract::{MatchedPath, Request, State};
use axum::http::header::X_CONTENT_TYPE_OPTIONS;
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use std::time::Instant;
use tracing::Instrument as _;

const REQUEST_ID: &str = "x-request-id";

/// Gives a request an id, under which everything that is logged on its way stands, and logs its end.
pub async fn layer(State(state): State<AppState>, request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = request_id(&state);
    let method = method(&request);
    let route = request.extensions().get::<MatchedPath>().cloned();
    // At the level of errors, so that it is there for them too.
    let span = tracing::error_span!(
        "request",
        request_id,
        trace_id = trace_id(request.headers()),
        subject = tracing::field::Empty
    );

    let mut response = next.run(request).instrument(span.clone()).await;

    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    if let Ok(value) = HeaderValue::try_from(&request_id) {
        headers.insert(REQUEST_ID, value);
    }
    let route = route.as_ref().map_or("(none)", MatchedPath::as_str);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    span.in_scope(|| {
        tracing::info!(method, route, status = response.status().as_u16(), milliseconds, "answered");
    });
    response
}

/// A method that HTTP knows; any other is a client's text, of any length.
fn method(request: &Request) -> &'static str {
    const KNOWN: [&str; 9] = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "CONNECT"];
    KNOWN.into_iter().find(|known| request.method() == known).unwrap_or("(other)")
}

/// The trace id that `jf` and other clients of the platform send (`uber-trace-id: <id>:<span>:…`) and show to
/// people, so that their failure is found in this log. Hexadecimal or nothing: it is a client's text.
fn trace_id(headers: &HeaderMap) -> Option<&str> {
    let id = headers.get("uber-trace-id")?.to_str().ok()?.split(':').next()?;
    let legal = (1..=32).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    legal.then_some(id)
}

/// Made here: one that a client sends could be made to collide, or to carry something into the log.
fn request_id(state: &AppState) -> String {
    match random::bytes(&state.random) {
        Ok(bytes) => uuid::Builder::from_random_bytes(bytes).into_uuid().to_string(),
        Err(_) => "unknown".to_owned(),
    }
}
