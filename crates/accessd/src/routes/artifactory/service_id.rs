//! `GET /artifactory/api/system/service_id`: the id by which tokens mean these paths.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::{AccessError, Door};
use axum::extract::State;
use axum::response::Response;

/// 200 with `jfrt@<id>`, for administrators.
#[utoipa::path(
    get,
    path = "/artifactory/api/system/service_id",
    operation_id = "service_id",
    tag = "older paths",
    summary = "The service id of these paths",
    description = "For administrators.",
    responses((status = 200, description = "`jfrt@<id>`", content_type = "text/plain"), ArtifactoryRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    if !caller.administers_artifactory() {
        return Err(AccessError::Forbidden("the service id is for administrators".to_owned()).into());
    }
    Ok(answers::text(state.access.id_at(Door::Artifactory)))
}
