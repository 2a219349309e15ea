//! `GET /access/api/v1/system/version`: what this service is. Public.

use super::WIRE_VERSION;
use crate::answers;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// Two versions.
#[derive(Serialize, ToSchema)]
pub(crate) struct Version {
    /// Clients read the version of the wire here.
    name: &'static str,
    /// Ours.
    version: &'static str,
}

/// The version of the wire, and our own.
#[utoipa::path(
    get,
    path = "/access/api/v1/system/version",
    operation_id = "version",
    tag = "system",
    summary = "What this service is",
    description = "No credential is needed.",
    security(()),
    responses(
        (status = 200, description = "The versions", body = Version),
    )
)]
pub async fn handle() -> Response {
    answers::json(&Version { name: WIRE_VERSION, version: env!("CARGO_PKG_VERSION") })
}
