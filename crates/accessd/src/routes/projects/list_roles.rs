//! `GET /access/api/v1/projects/{key}/roles`: the roles of a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::ProjectRole;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with a bare array.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/roles",
    operation_id = "list_project_roles",
    tag = "projects",
    summary = "The roles of a project",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`. Those that every project has come first.",
    params(("key" = String, Path, description = "The project's key")),
    responses(
        (status = 200, description = "The roles", body = Vec<ProjectRole>),
        Refusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_project_roles(&caller, &key).await?))
}
