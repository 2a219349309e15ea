//! Check: whether the server answers, and how fast.

use super::finding::Finding;
use crate::clock;
use crate::http::{Request, refusal};
use crate::session::Session;
use std::time::{Instant, SystemTime};
use ureq::http::StatusCode;

/// An answer, and what time it was here before and after.
pub(super) struct Heard {
    /// When the request was sent, here.
    pub began: SystemTime,
    /// When the answer was there.
    pub ended: SystemTime,
    /// What time it was there, as it was written.
    pub date: Option<String>,
}

/// Asks for nothing but a sign of life, as nobody.
pub(super) fn check(session: &mut Session<'_>) -> (Finding, Option<Heard>) {
    let access = session.connection.access.clone();
    let (began, start) = (clock::now(), Instant::now());
    let answer = match session.send_as_nobody(&access, Request::get(access.join("api/v1/system/ping"))) {
        Ok(answer) => answer,
        Err(failure) => return (Finding::fail(failure), None),
    };
    let heard = Heard { began, ended: clock::now(), date: answer.header("date").map(str::to_owned) };
    let found = format!("{} answers after {} ms", access, start.elapsed().as_millis());
    match answer.status {
        StatusCode::OK => (Finding::ok(found), Some(heard)),
        // A sign of life as well, if an unfriendly one.
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => {
            let status = refusal::status_line(answer.status);
            (Finding::ok(format!("{found}, though not to anybody who asks ({status})")), Some(heard))
        }
        _ => (Finding::fail(refusal::failure(&answer, &session.connection, "", session.report())), None),
    }
}
