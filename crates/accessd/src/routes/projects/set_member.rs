//! `PUT /access/api/v1/projects/{key}/users/{name}` and `/groups/{name}`: makes a member, or gives it other roles.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_core::store::MemberKind;
use access_types::ErrorBody;
use access_types::project::{MemberInput, ProjectMember};
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user and its roles.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/{key}/users/{name}",
    operation_id = "set_project_user",
    tag = "projects",
    summary = "Makes a user a member of a project, or gives it other roles",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set. The roles, at least one, take the place of those it has; `name` may be left out.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the user"),
    ),
    request_body = super::bodies::MemberBody,
    responses(
        (status = 200, description = "The user and its roles", body = ProjectMember),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such project, user or role", body = ErrorBody),
    )
)]
pub async fn user(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = MemberInput::from_json(body.json()?)?;
    let member = state.access.set_project_member(&caller, &key, MemberKind::User, &name, input).await?;
    Ok(answers::json(&member))
}

/// 200 with the group and its roles.
#[utoipa::path(
    put,
    path = "/access/api/v1/projects/{key}/groups/{name}",
    operation_id = "set_project_group",
    tag = "projects",
    summary = "Makes a group a member of a project, or gives it other roles",
    description = "For administrators and those of the project, if its `admin_privileges.manage_members` is set. The roles, at least one, take the place of those it has; `name` may be left out.",
    params(
        ("key" = String, Path, description = "The project's key"),
        ("name" = String, Path, description = "The name of the group"),
    ),
    request_body = super::bodies::MemberBody,
    responses(
        (status = 200, description = "The group and its roles", body = ProjectMember),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such project, group or role", body = ErrorBody),
    )
)]
pub async fn group(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((key, name)): Path<(String, String)>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = MemberInput::from_json(body.json()?)?;
    let member = state.access.set_project_member(&caller, &key, MemberKind::Group, &name, input).await?;
    Ok(answers::json(&member))
}
