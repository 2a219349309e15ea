//! `GET /access/api/v2/groups/{name}`: a group in full.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the group.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_group(&caller, &name).await?))
}
