//! `GET /access/api/v1/projects`: projects by key, all at once, as the wire has it.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::project::ProjectDetails;
use axum::extract::State;
use axum::response::Response;

/// 200 with a bare array.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects",
    operation_id = "list_projects",
    tag = "projects",
    summary = "The projects, by key",
    description = "All for administrators; for a credential with user scope those that its user administers.",
    responses((status = 200, description = "The projects", body = Vec<ProjectDetails>), Refusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_projects(&caller).await?))
}
