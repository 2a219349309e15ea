//! `DELETE /access/api/v2/groups/{name}`: rights that came through the group end with it.

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
    path = "/access/api/v2/groups/{name}",
    operation_id = "delete_group",
    tag = "groups",
    summary = "Deletes a group",
    description = "For administrators.",
    params(
        ("name" = String, Path, example = "readers", description = "The name of the group"),
    ),
    responses(
        (status = 204, description = "It is gone, and rights that came through it have ended"),
        Refusals,
        (status = 404, description = "There is no such group", body = ErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_group(&caller, &name).await?;
    Ok(answers::no_content())
}
