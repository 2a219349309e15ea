//! `DELETE /artifactory/api/security/users/{name}`.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_types::error_body::ArtifactoryErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with words.
#[utoipa::path(
    delete,
    path = "/artifactory/api/security/users/{name}",
    operation_id = "delete_legacy_user",
    tag = "older paths",
    summary = "Deletes a user; its tokens and API key are dead with it",
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = 200, description = "Deleted", content_type = "text/plain"),
        ArtifactoryRefusals,
        (status = 404, description = "There is no such user", body = ArtifactoryErrorBody),
        (status = 409, description = "It is the last enabled administrator", body = ArtifactoryErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_user(&caller, &name).await?;
    Ok(answers::text(format!("The user: '{name}' has been removed successfully.")))
}
