//! `GET /artifactory/api/security/apiKey`: the caller's own key.

use super::ApiKeyBody;
use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;

/// 200 with the key, or with `{}`.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/apiKey",
    operation_id = "show_api_key",
    tag = "older paths",
    summary = "The caller's own API key",
    description = "Takes a password, the key itself, or a token with user scope.",
    responses((status = 200, description = "The key; `{}` if there is none", body = ApiKeyBody), ArtifactoryRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Ok(match state.access.show_api_key(&caller).await? {
        Some(key) => answers::json(&ApiKeyBody::from(key)),
        None => answers::json(&serde_json::Map::new()),
    })
}
