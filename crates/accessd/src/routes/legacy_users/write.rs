//! `PUT /artifactory/api/security/users/{name}` makes a user or changes one, `POST` changes one.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::AccessError;
use access_types::error_body::ArtifactoryErrorBody;
use access_types::legacy_identities::read_user;
use axum::extract::{Path, State};
use axum::response::Response;
use utoipa::ToSchema;

/// 201. Of a user that is there, what the body leaves out stays as it is: a protection is not turned off by silence.
#[utoipa::path(
    put,
    path = "/artifactory/api/security/users/{name}",
    operation_id = "put_legacy_user",
    tag = "older paths",
    summary = "Makes a user, or changes the one that is there",
    params(("name" = String, Path, description = "The user's name")),
    request_body(content = LegacyUserInput, content_type = "application/json"),
    responses(
        (status = 201, description = "Done; the body is empty"),
        ArtifactoryRefusals,
        (status = 404, description = "A group does not exist", body = ArtifactoryErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ArtifactoryErrorBody),
    )
)]
pub async fn put(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = read_user(body.json()?, &name)?;
    match state.access.read_user(&caller, &name).await {
        Err(AccessError::NotFound(_)) => state.access.create_user(&caller, input).await?,
        Err(error) => return Err(error.into()),
        Ok(_) => state.access.change_user(&caller, &name, input).await?,
    };
    Ok(answers::created_empty())
}

/// 200; 404 if there is no such user.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/users/{name}",
    operation_id = "change_legacy_user",
    tag = "older paths",
    summary = "Changes a user",
    params(("name" = String, Path, description = "The user's name")),
    request_body(content = LegacyUserInput, content_type = "application/json"),
    responses(
        (status = 200, description = "Done; the body is empty"),
        ArtifactoryRefusals,
        (status = 404, description = "The user or a group does not exist", body = ArtifactoryErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ArtifactoryErrorBody),
    )
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    state.access.change_user(&caller, &name, read_user(body.json()?, &name)?).await?;
    Ok(answers::empty())
}

/// What to set of a user; what is absent gets its default, or stays as it is. Other fields are ignored.
#[derive(Debug, ToSchema)]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LegacyUserInput {
    /// As in the path.
    #[schema(required = false)]
    name: String,
    /// E-mail address.
    #[schema(required = false)]
    email: String,
    /// Password; needed for a new user unless `internalPasswordDisabled` is true.
    #[schema(required = false)]
    password: String,
    /// Administrator by itself.
    #[schema(required = false)]
    admin: bool,
    /// Whether the user may change the own profile.
    #[schema(required = false)]
    profile_updatable: bool,
    /// Whether the web pages are closed to the user.
    #[schema(required = false)]
    #[serde(rename = "disableUIAccess")]
    disable_ui_access: bool,
    /// Whether log-in by password is off.
    #[schema(required = false)]
    internal_password_disabled: bool,
    /// The user's groups, in the place of all others.
    #[schema(required = false)]
    groups: Vec<String>,
}
