//! `POST /access/api/v2/groups`: makes a group.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::group::GroupInput;
use axum::extract::State;
use axum::response::Response;

/// 201 with the group.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = GroupInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_group(&caller, input).await?))
}
