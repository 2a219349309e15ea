//! `GET /access/api/v1/system/readiness`: whether requests can be served. Public.

use crate::answers;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::State;
use axum::response::Response;

/// Says `OK`, or 503 if the database does not answer or cannot be written.
#[utoipa::path(
    get,
    path = "/access/api/v1/system/readiness",
    operation_id = "readiness",
    tag = "system",
    summary = "Whether requests can be served",
    security(()),
    responses(
        (status = 200, description = "`OK`", content_type = "text/plain"),
        (status = 503, description = "The database does not answer, or cannot be written", body = ErrorBody),
    )
)]
pub async fn handle(State(state): State<AppState>) -> Result<Response, ApiError> {
    state.access.ready().await?;
    Ok(answers::text("OK"))
}
