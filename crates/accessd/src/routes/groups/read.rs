//! `GET /access/api/v2/groups/{name}`: a group in full.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::group::GroupDetails;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the group.
#[utoipa::path(
    get,
    path = "/access/api/v2/groups/{name}",
    operation_id = "show_group",
    tag = "groups",
    summary = "A group with its members",
    description = "For administrators, and tokens with `system:identities:r`.",
    params(
        ("name" = String, Path, example = "readers", description = "The name of the group"),
    ),
    responses(
        (status = 200, description = "The group", body = GroupDetails),
        Refusals,
        (status = 404, description = "There is no such group", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_group(&caller, &name).await?))
}
