//! `PUT /access/api/v1/projects/{key}/roles/{name}`: changes a role that was made in a project.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::project::{ProjectRole, RoleInput};
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the role as it is now.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/{key}/roles/{name}",
    operation_id = "change_project_role",
    tag = "projects",
    summary = "Changes a role of a project",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set. A field that is absent stays as it is.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the role"),
    ),
    request_body = super::bodies::RoleBody,
    responses(
        (status = 200, description = "The role", body = ProjectRole),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such role in such a project", body = ErrorBody),
        (status = 409, description = "Every project has this role", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = RoleInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_project_role(&caller, &key, &name, input).await?))
}
