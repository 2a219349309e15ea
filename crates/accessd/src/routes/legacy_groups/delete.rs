//! `DELETE /artifactory/api/security/groups/{name}`.

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
    path = "/artifactory/api/security/groups/{name}",
    operation_id = "delete_legacy_group",
    tag = "older paths",
    summary = "Deletes a group",
    params(("name" = String, Path, description = "The group's name")),
    responses(
        (status = 200, description = "Deleted", content_type = "text/plain"),
        ArtifactoryRefusals,
        (status = 404, description = "There is no such group", body = ArtifactoryErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ArtifactoryErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_group(&caller, &name).await?;
    Ok(answers::text(format!("Group '{name}' has been removed successfully.")))
}
