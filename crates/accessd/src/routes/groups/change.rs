//! `PATCH /access/api/v2/groups/{name}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::group::GroupDetails;
use access_types::group::GroupInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the group as it is now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/groups/{name}",
    operation_id = "change_group",
    tag = "groups",
    summary = "Changes what the body names",
    description = "For administrators.",
    params(
        ("name" = String, Path, example = "readers", description = "The name of the group"),
    ),
    request_body(content = GroupInput, content_type = "application/json"),
    responses(
        (status = 200, description = "The group as it is now", body = GroupDetails),
        Refusals,
        (status = 404, description = "There is no such group, or no such member", body = ErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = GroupInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_group(&caller, &name, input).await?))
}
