//! `GET /artifactory/api/system/ping`: whether the service answers. Public.

use crate::answers;
use axum::response::Response;

/// Says `OK`.
pub async fn handle() -> Response {
    answers::text("OK")
}
