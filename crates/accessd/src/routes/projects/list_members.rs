//! `GET /access/api/v1/projects/{key}/users` and `/groups`: the members of a project.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_core::store::MemberKind;
use access_types::ErrorBody;
use access_types::project::ProjectMembers;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the users of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/users",
    operation_id = "list_project_users",
    tag = "projects",
    summary = "The users of a project and their roles",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`.",
    params(("key" = String, Path, description = "The project's key")),
    responses(
        (status = 200, description = "The users, by name", body = ProjectMembers),
        Refusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn users(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    let members = state.access.list_project_members(&caller, &key, MemberKind::User).await?;
    Ok(answers::json(&ProjectMembers { members }))
}

/// 200 with the groups of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/projects/{key}/groups",
    operation_id = "list_project_groups",
    tag = "projects",
    summary = "The groups of a project and their roles",
    description = "For administrators and those of the project, and tokens with the scope `project:<key>/members/**:r`.",
    params(("key" = String, Path, description = "The project's key")),
    responses(
        (status = 200, description = "The groups, by name", body = ProjectMembers),
        Refusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn groups(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    let members = state.access.list_project_members(&caller, &key, MemberKind::Group).await?;
    Ok(answers::json(&ProjectMembers { members }))
}
