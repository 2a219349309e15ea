//! `GET /artifactory/api/security/lockedUsers` and `POST /artifactory/api/security/unlockUsers/{name}`.

use super::list::all;
use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::AccessError;
use access_types::user::UserStatus;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the names of all locked users.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/lockedUsers",
    operation_id = "list_locked_users",
    tag = "older paths",
    summary = "The names of all locked users",
    responses((status = 200, description = "The names", body = Vec<String>), ArtifactoryRefusals)
)]
pub async fn list(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    let locked = all(&state, &caller, Some(UserStatus::Locked)).await?;
    Ok(answers::json(&locked.into_iter().map(|user| user.username).collect::<Vec<_>>()))
}

/// 200 with words, for names that are nobody's too: so the wire has it.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/unlockUsers/{name}",
    operation_id = "unlock_legacy_user",
    tag = "older paths",
    summary = "Unlocks a user",
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = 200, description = "The user is not locked, or there is none", content_type = "text/plain"),
        ArtifactoryRefusals,
    )
)]
pub async fn unlock(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    match state.access.unlock_user(&caller, &name).await {
        Ok(()) => Ok(answers::text(format!("The user: '{name}' is not locked."))),
        Err(AccessError::NotFound(words)) => Ok(answers::text(words)),
        Err(error) => Err(error.into()),
    }
}
