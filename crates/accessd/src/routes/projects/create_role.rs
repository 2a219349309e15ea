//! `POST /access/api/v1/projects/{key}/roles`: makes a role in a project.

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

/// 201 with the role.
#[utoipa::path(
    post,
    path = "/access/api/v1/projects/{key}/roles",
    operation_id = "create_project_role",
    tag = "projects",
    summary = "Makes a role in a project",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set. The only type that can be made is CUSTOM.",
    params(("key" = String, Path, description = "The project's key")),
    request_body = super::bodies::RoleBody,
    responses(
        (status = 201, description = "The role", body = ProjectRole),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
        (status = 409, description = "There is a role with this name", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = RoleInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_project_role(&caller, &key, input).await?))
}
