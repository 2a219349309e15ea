//! `POST /artifactory/api/security/apiKey` makes a key for the caller, `PUT` another in its place.

use super::ApiKeyBody;
use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;

/// 201 with the key; 400 if there is one.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/apiKey",
    operation_id = "create_api_key",
    tag = "older paths",
    summary = "Makes an API key for the caller",
    description = "Only where `security.disable-api-key-creation` is false. 400 if the caller has one.",
    responses((status = 201, description = "The key", body = ApiKeyBody), ArtifactoryRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Ok(answers::created(&ApiKeyBody::from(state.access.make_api_key(&caller, false).await?)))
}

/// 200 with the new key; the one before is dead.
#[utoipa::path(
    put,
    path = "/artifactory/api/security/apiKey",
    operation_id = "replace_api_key",
    tag = "older paths",
    summary = "Makes an API key in the place of the caller's",
    description = "Only where `security.disable-api-key-creation` is false. The one before is dead at once.",
    responses((status = 200, description = "The key", body = ApiKeyBody), ArtifactoryRefusals)
)]
pub async fn replace(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Ok(answers::json(&ApiKeyBody::from(state.access.make_api_key(&caller, true).await?)))
}
