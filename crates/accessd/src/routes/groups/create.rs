//! `POST /access/api/v2/groups`: makes a group.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::group::GroupDetails;
use access_types::group::GroupInput;
use axum::extract::State;
use axum::response::Response;

/// 201 with the group.
#[utoipa::path(
    post,
    path = "/access/api/v2/groups",
    operation_id = "create_group",
    tag = "groups",
    summary = "Makes a group",
    description = "For administrators. `name` is required. Unknown fields are ignored.",
    request_body(content = GroupInput, content_type = "application/json"),
    responses(
        (status = 201, description = "The group", body = GroupDetails),
        Refusals,
        (status = 404, description = "A member does not exist", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = GroupInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_group(&caller, input).await?))
}
