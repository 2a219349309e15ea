//! `DELETE /access/api/v1/projects/{key}/users/{name}` and `/groups/{name}`: takes a member out of a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_core::store::MemberKind;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/{key}/users/{name}",
    operation_id = "remove_project_user",
    tag = "projects",
    summary = "Takes a user out of a project",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the user"),
    ),
    responses(
        (status = 204, description = "It is out"),
        Refusals,
        (status = 404, description = "There is no such user in such a project", body = ErrorBody),
    )
)]
pub async fn user(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    state.access.remove_project_member(&caller, &key, MemberKind::User, &name).await?;
    Ok(answers::no_content())
}

/// 204.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/{key}/groups/{name}",
    operation_id = "remove_project_group",
    tag = "projects",
    summary = "Takes a group out of a project",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the group"),
    ),
    responses(
        (status = 204, description = "It is out"),
        Refusals,
        (status = 404, description = "There is no such group in such a project", body = ErrorBody),
    )
)]
pub async fn group(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
) -> Result<Response, ApiError> {
    state.access.remove_project_member(&caller, &key, MemberKind::Group, &name).await?;
    Ok(answers::no_content())
}
