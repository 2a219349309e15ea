//! `GET /artifactory/api/security/users/{name}`.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_types::error_body::ArtifactoryErrorBody;
use access_types::legacy_identities::LegacyUser;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/users/{name}",
    operation_id = "read_legacy_user",
    tag = "older paths",
    summary = "A user",
    params(("name" = String, Path, description = "The user's name")),
    responses(
        (status = 200, description = "The user", body = LegacyUser),
        ArtifactoryRefusals,
        (status = 404, description = "There is no such user", body = ArtifactoryErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&LegacyUser::from(state.access.read_user(&caller, &name).await?)))
}
