//! `DELETE /artifactory/api/security/apiKey` ends the caller's key, with `?deleteAll=1` everybody's, and
//! `/apiKey/{user}` that of a user.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::query::Query;
use crate::state::AppState;
use access_core::AccessError;
use access_types::error_body::ArtifactoryErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with words, whether there was one or not.
#[utoipa::path(
    delete,
    path = "/artifactory/api/security/apiKey",
    operation_id = "delete_api_key",
    tag = "older paths",
    summary = "Revokes the caller's API key, or those of all users",
    params(("deleteAll" = Option<String>, Query, description = "`1`: those of all users; for administrators")),
    responses((status = 200, description = "How many were revoked, in words", content_type = "text/plain"), ArtifactoryRefusals)
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    query.allow_only(&["deleteAll"])?;
    match query.text("deleteAll") {
        None | Some("0") => one(state.access.revoke_api_key(&caller, None).await?),
        Some("1") => {
            let count = state.access.revoke_all_api_keys(&caller).await?;
            Ok(answers::text(format!("API keys revoked: {count}")))
        }
        Some(_) => Err(AccessError::BadRequest("deleteAll: must be 0 or 1".to_owned()).into()),
    }
}

/// The same for the key of a user.
#[utoipa::path(
    delete,
    path = "/artifactory/api/security/apiKey/{username}",
    operation_id = "delete_api_key_of_user",
    tag = "older paths",
    summary = "Revokes the API key of a user",
    description = "For administrators.",
    params(("username" = String, Path, description = "The user's name")),
    responses(
        (status = 200, description = "Whether there was one, in words", content_type = "text/plain"),
        ArtifactoryRefusals,
        (status = 404, description = "There is no such user", body = ArtifactoryErrorBody),
    )
)]
pub async fn of_user(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    one(state.access.revoke_api_key(&caller, Some(&username)).await?)
}

fn one(was_there: bool) -> Result<Response, ApiError> {
    Ok(answers::text(if was_there { "API key revoked" } else { "API key not found" }))
}
