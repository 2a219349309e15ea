//! `GET /artifactory/api/system/ping`: whether the service answers. Public.

use crate::answers;
use axum::response::Response;

/// Says `OK`.
#[utoipa::path(
    get,
    path = "/artifactory/api/system/ping",
    operation_id = "artifactory_ping",
    tag = "artifactory",
    summary = "Whether the service answers",
    description = "No credential is needed.",
    security(()),
    responses(
        (status = 200, description = "`OK`", body = String, content_type = "text/plain"),
    )
)]
pub async fn handle() -> Response {
    answers::text("OK")
}
