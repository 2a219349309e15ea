//! `DELETE /access/api/v1/projects/{key}/roles/{name}`: deletes a role that was made in a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/{key}/roles/{name}",
    operation_id = "delete_project_role",
    tag = "projects",
    summary = "Deletes a role of a project",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set. Members lose it; who has no other is no member any more.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the role"),
    ),
    responses(
        (status = 204, description = "It is gone"),
        Refusals,
        (status = 404, description = "There is no such role in such a project", body = ErrorBody),
        (status = 409, description = "Every project has this role", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    state.access.delete_project_role(&caller, &key, &name).await?;
    Ok(answers::no_content())
}
