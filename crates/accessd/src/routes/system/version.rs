//! `GET /access/api/v1/system/version`: what this service is. Public.

use super::WIRE_VERSION;
use crate::answers;
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Version {
    /// Clients read the version of the wire here.
    name: &'static str,
    /// Ours.
    version: &'static str,
}

/// The version of the wire, and our own.
pub async fn handle() -> Response {
    answers::json(&Version { name: WIRE_VERSION, version: env!("CARGO_PKG_VERSION") })
}
