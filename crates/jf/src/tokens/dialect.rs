//! Whether the server is accessd, which answers what a platform's public API cannot.

use crate::error::Outcome;
use crate::http::{Answer, Request};
use crate::session::Session;
use ureq::http::StatusCode;

/// Below the Access service's address: where accessd has its own API.
const OWN_PATHS: &str = "api/accessd/v1/";

/// Which API a server has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// accessd's own paths, besides the public ones.
    Accessd,
    /// The platform's public API alone.
    Platform,
}

/// Sends `request` to one of accessd's own paths; its address is made of `path`. `None` if this server has no such
/// path: any refusal that the public API will repeat, in its own words, if it means more than that.
///
/// # Errors
/// What kept the answer away, and a server that fails.
pub(crate) fn ask_accessd(
    session: &mut Session<'_>,
    path: &str,
    request: impl FnOnce(String) -> Request,
) -> Outcome<Option<Answer>> {
    let access = session.connection.access.clone();
    let answer = session.send(&access, request(access.join(&format!("{OWN_PATHS}{path}"))))?;
    let is_elsewhere = matches!(
        answer.status,
        StatusCode::UNAUTHORIZED
            | StatusCode::FORBIDDEN
            | StatusCode::NOT_FOUND
            | StatusCode::METHOD_NOT_ALLOWED
            | StatusCode::NOT_IMPLEMENTED
    ) || answer.status.is_redirection()
        || (answer.status.is_success() && !is_json(&answer));
    Ok((!is_elsewhere).then_some(answer))
}

/// Some servers answer every path that they do not know with their web page.
fn is_json(answer: &Answer) -> bool {
    let content = answer.header("content-type").unwrap_or_default();
    matches!(content.split(';').next().map(str::trim), Some("application/json" | "application/x-ndjson"))
}
