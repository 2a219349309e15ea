//! `POST /artifactory/api/system/usage`: what clients tell of themselves. Nobody listens.

use crate::answers;
use crate::caller::Caller;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;

/// 200; the body is not read.
#[utoipa::path(
    post,
    path = "/artifactory/api/system/usage",
    operation_id = "report_usage",
    tag = "older paths",
    summary = "Takes what clients report of their use, and keeps none of it",
    responses((status = 200, description = "The body is empty"), ArtifactoryRefusals)
)]
pub async fn handle(State(_): State<AppState>, Caller(_): Caller) -> Response {
    answers::empty()
}
