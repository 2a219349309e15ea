//! `GET /access/api/v1/projects/{key}/users/{name}` and `/groups/{name}`: a member and its roles.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_core::store::MemberKind;
use access_types::ErrorBody;
use access_types::project::ProjectMember;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with a user of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/users/{name}",
    operation_id = "read_project_user",
    tag = "projects",
    summary = "A user of a project and its roles",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the user"),
    ),
    responses(
        (status = 200, description = "The user", body = ProjectMember),
        Refusals,
        (status = 404, description = "There is no such user in such a project", body = ErrorBody),
    )
)]
pub async fn user(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_project_member(&caller, &key, MemberKind::User, &name).await?))
}

/// 200 with a group of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/groups/{name}",
    operation_id = "read_project_group",
    tag = "projects",
    summary = "A group of a project and its roles",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the group"),
    ),
    responses(
        (status = 200, description = "The group", body = ProjectMember),
        Refusals,
        (status = 404, description = "There is no such group in such a project", body = ErrorBody),
    )
)]
pub async fn group(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_project_member(&caller, &key, MemberKind::Group, &name).await?))
}
