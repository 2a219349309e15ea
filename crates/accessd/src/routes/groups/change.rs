//! `PATCH /access/api/v2/groups/{name}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::group::GroupInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the group as it is now.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = GroupInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_group(&caller, &name, input).await?))
}
