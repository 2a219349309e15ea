//! `DELETE /access/api/v1/projects/{key}`: the project's members, roles and tokens end with it.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    delete,
    path = "/access/api/v1/projects/{key}",
    operation_id = "delete_project",
    tag = "projects",
    summary = "Deletes a project",
    description = "For administrators. Every token that is bound to it is revoked in the same transaction.",
    params(("key" = String, Path, description = "The project's key")),
    responses(
        (status = 204, description = "It is gone"),
        Refusals,
        (status = 404, description = "There is no such project", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(key): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_project(&caller, &key).await?;
    Ok(answers::no_content())
}
