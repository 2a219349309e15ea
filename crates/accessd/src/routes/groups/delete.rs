//! `DELETE /access/api/v2/groups/{name}`: rights that came through the group end with it.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_group(&caller, &name).await?;
    Ok(answers::no_content())
}
