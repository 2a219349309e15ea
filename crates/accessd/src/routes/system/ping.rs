//! `GET /access/api/v1/system/ping`: whether the service answers. Public.

use crate::answers;
use axum::response::Response;

/// Says `OK`. The database is not asked: its trouble is 503 on what needs it, and a restart would not help.
#[utoipa::path(
    get,
    path = "/access/api/v1/system/ping",
    operation_id = "ping",
    tag = "system",
    summary = "Whether the service answers",
    description = "No credential is needed. The database is not asked.",
    security(()),
    responses(
        (status = 200, description = "`OK`", body = String, content_type = "text/plain"),
    )
)]
pub async fn handle() -> Response {
    answers::text("OK")
}
