//! Whether the server is accessd, which answers what a platform's public API cannot.

use crate::credential::Credential;
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

/// The address of one of accessd's own paths.
pub(crate) fn own_path(session: &Session<'_>, path: &str) -> String {
    session.connection.access.join(&format!("{OWN_PATHS}{path}"))
}

/// Asks for one of accessd's own paths. `None` if this server has no such path, as far as its answer tells: any
/// refusal may come from a gateway that knows the platform's paths only, and if it means more than that the public
/// API repeats it in its own words. A refused password is not sent twice, because servers count.
///
/// # Errors
/// What kept the answer away.
pub(crate) fn ask_accessd(
    session: &mut Session<'_>,
    path: &str,
    request: impl FnOnce(String) -> Request,
) -> Outcome<Option<Answer>> {
    let access = session.connection.access.clone();
    let answer = session.send(&access, request(own_path(session, path)))?;
    let is_final = match answer.status {
        StatusCode::TOO_MANY_REQUESTS => true,
        StatusCode::UNAUTHORIZED => matches!(session.connection.credential, Some(Credential::Basic { .. })),
        status => status.is_success() && is_json(&answer),
    };
    Ok(is_final.then_some(answer))
}

/// Some servers answer every path that they do not know with their web page.
fn is_json(answer: &Answer) -> bool {
    let content = answer.header("content-type").unwrap_or_default();
    content.split(';').next().map(str::trim) == Some("application/json")
}
