//! `GET /access/api/v1/system/liveness`: whether the process answers. Public.

use crate::answers;
use axum::response::Response;

/// Says `OK`; the database is not asked, since a restart would not help it.
#[utoipa::path(
    get,
    path = "/access/api/v1/system/liveness",
    operation_id = "liveness",
    tag = "system",
    summary = "Whether the process answers",
    security(()),
    responses((status = 200, description = "`OK`", content_type = "text/plain"))
)]
pub async fn handle() -> Response {
    answers::text("OK")
}
