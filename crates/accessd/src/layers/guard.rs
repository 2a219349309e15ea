//! The bounds of a request, before anything of it is looked at: spelling of the path, size, time; and
//! the net under a handler that panics.

use crate::body::BODY_LIMIT;
use crate::errors::{ApiError, Shape};
use crate::paths;
use access_core::AccessError;
use axum::extract::Request;
use axum::http::header::{CONNECTION, CONTENT_LENGTH, HOST, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::Response;
use futures_util::FutureExt as _;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

/// Largest head of a request, in bytes: its first line and all headers.
pub const HEAD_LIMIT: usize = 16 * 1024;
/// Most headers of a request.
pub const HEADERS_LIMIT: usize = 100;
/// How long an answer may take, from the whole head of the request to the head of the answer.
pub const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

/// Lets a request through, or refuses it in the shape of its path.
pub async fn layer(request: Request, next: Next) -> Response {
    let shape = Shape::of_path(request.uri().path());
    if is_ambiguous(request.headers()) {
        return ambiguous(shape);
    }
    match answer(request, next).await {
        Ok(response) => in_shape(response, shape),
        Err(error) => error.in_shape(shape),
    }
}

/// A refusal that a handler gave, in the shape of the path, with the headers it was given on its way here.
fn in_shape(mut response: Response, shape: Shape) -> Response {
    let Some(refusal) = response.extensions_mut().remove::<ApiError>() else { return response };
    let mut shaped = refusal.in_shape(shape);
    shaped.headers_mut().extend(std::mem::take(response.headers_mut()));
    shaped
}

async fn answer(request: Request, next: Next) -> Result<Response, ApiError> {
    if !paths::is_canonical(request.uri().path()) {
        return Err(ApiError::NoSuchPath);
    }
    if request.headers().len() > HEADERS_LIMIT || head_size(&request) > HEAD_LIMIT {
        return Err(ApiError::HeadTooLarge);
    }
    if announced_length(&request).is_some_and(|length| length > BODY_LIMIT) {
        return Err(ApiError::BodyTooLarge);
    }
    // No state is shared with the handler that a panic could leave half-changed: core's is behind
    // transactions, the rest is read-only.
    let handled = AssertUnwindSafe(next.run(request)).catch_unwind();
    match tokio::time::timeout(ANSWER_TIMEOUT, handled).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(_)) => Err(ApiError::Panic),
        Err(_) => Err(ApiError::AnswerTooSlow),
    }
}

/// As it stood on the wire, but for the spaces that HTTP allows.
fn head_size(request: &Request) -> usize {
    let first_line = request.uri().path_and_query().map_or(0, |target| target.as_str().len());
    let headers = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4);
    first_line + headers.sum::<usize>()
}

/// What a proxy in front could read otherwise: whose host it is, or where the body ends (RFC 9112 sections 3.2 and 6.1).
/// hyper has refused what is wrong in other ways.
fn is_ambiguous(headers: &HeaderMap) -> bool {
    let chunked = |value: &HeaderValue| value.as_bytes().eq_ignore_ascii_case(b"chunked");
    headers.get_all(HOST).iter().nth(1).is_some() || !headers.get_all(TRANSFER_ENCODING).iter().all(chunked)
}

/// Where this request ends is in doubt, so nothing that comes behind it is read.
fn ambiguous(shape: Shape) -> Response {
    let problem = "a request has one Host, and no Transfer-Encoding but chunked";
    let mut response = ApiError::Core(AccessError::BadRequest(problem.to_owned())).in_shape(shape);
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// hyper has refused lengths that are no numbers.
fn announced_length(request: &Request) -> Option<usize> {
    request.headers().get(CONTENT_LENGTH)?.to_str().ok()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::get;
    use axum::{Router, middleware};
    use tower::ServiceExt as _;

    async fn status(path: &str) -> u16 {
        let panicking = || async {
            if true {
                panic!("on purpose");
            }
        };
        let slow = || tokio::time::sleep(ANSWER_TIMEOUT * 2);
        let router = Router::new()
            .route("/panic", get(panicking))
            .route("/slow", get(slow))
            .layer(middleware::from_fn(layer));
        let request = Request::builder().uri(path).body(Body::empty()).unwrap();
        router.oneshot(request).await.unwrap().status().as_u16()
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_is_a_500_and_a_stuck_handler_a_503() {
        assert_eq!(status("/panic").await, 500);
        assert_eq!(status("/slow").await, 503);
        assert_eq!(status("/slow/").await, 404);
    }
}
