//! `GET /access/api/v1/projects/{key}`: a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::ProjectDetails;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the project.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}",
    operation_id = "read_project",
    tag = "projects",
    summary = "A project",
    description = "For administrators, those of the project, and tokens with the scope `project:<key>:r`.",
    params(("key" = String, Path, description = "The project's key")),
    responses(
        (status = 200, description = "The project", body = ProjectDetails),
        Refusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_project(&caller, &key).await?))
}
