//! `GET /access/api/v1/system/ping`: whether the service answers. Public.

use crate::answers;
use axum::response::Response;

/// Says `OK`. The database is not asked: its trouble is 503 on what needs it, and a restart would not help.
pub async fn handle() -> Response {
    answers::text("OK")
}
