//! `PUT /artifactory/api/security/groups/{name}` makes a group or changes one, `POST` changes one.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::AccessError;
use access_types::error_body::ArtifactoryErrorBody;
use access_types::legacy_identities::read_group;
use axum::extract::{Path, State};
use axum::response::Response;
use utoipa::ToSchema;

/// 201. Of a group that is there, what the body leaves out stays as it is.
#[utoipa::path(
    put,
    path = "/artifactory/api/security/groups/{name}",
    operation_id = "put_legacy_group",
    tag = "older paths",
    summary = "Makes a group, or changes the one that is there",
    params(("name" = String, Path, description = "The group's name")),
    request_body(content = LegacyGroupInput, content_type = "application/json"),
    responses(
        (status = 201, description = "Done; the body is empty"),
        ArtifactoryRefusals,
        (status = 404, description = "A member does not exist", body = ArtifactoryErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ArtifactoryErrorBody),
    )
)]
pub async fn put(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = read_group(body.json()?, &name)?;
    match state.access.read_group(&caller, &name).await {
        Err(AccessError::NotFound(_)) => state.access.create_group(&caller, input).await?,
        Err(error) => return Err(error.into()),
        Ok(_) => state.access.change_group(&caller, &name, input).await?,
    };
    Ok(answers::created_empty())
}

/// 200; 404 if there is no such group.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/groups/{name}",
    operation_id = "change_legacy_group",
    tag = "older paths",
    summary = "Changes a group",
    params(("name" = String, Path, description = "The group's name")),
    request_body(content = LegacyGroupInput, content_type = "application/json"),
    responses(
        (status = 200, description = "Done; the body is empty"),
        ArtifactoryRefusals,
        (status = 404, description = "The group or a member does not exist", body = ArtifactoryErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ArtifactoryErrorBody),
    )
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    state.access.change_group(&caller, &name, read_group(body.json()?, &name)?).await?;
    Ok(answers::empty())
}

/// What to set of a group; what is absent gets its default, or stays as it is. Other fields are ignored.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LegacyGroupInput {
    /// As in the path.
    #[schema(required = false)]
    name: String,
    /// Description; `null` and the empty text clear it.
    #[schema(required = false)]
    description: Option<String>,
    /// Whether every new user becomes a member.
    #[schema(required = false)]
    auto_join: bool,
    /// Whether members are administrators.
    #[schema(required = false)]
    admin_privileges: bool,
    /// Free text for an external realm; `null` and the empty text clear it.
    #[schema(required = false)]
    realm_attributes: Option<String>,
    /// The members, in the place of all others.
    #[schema(required = false)]
    user_names: Vec<String>,
}
