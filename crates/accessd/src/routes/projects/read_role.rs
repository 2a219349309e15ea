//! `GET /access/api/v1/projects/{key}/roles/{name}`: a role of a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::ProjectRole;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the role.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/roles/{name}",
    operation_id = "read_project_role",
    tag = "projects",
    summary = "A role of a project",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the role"),
    ),
    responses(
        (status = 200, description = "The role", body = ProjectRole),
        Refusals,
        (status = 404, description = "There is no such role in such a project", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_project_role(&caller, &key, &name).await?))
}
