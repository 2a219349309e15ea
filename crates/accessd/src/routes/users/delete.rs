//! `DELETE /access/api/v2/users/{username}`: the user's tokens die with it.

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
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_user(&caller, &username).await?;
    Ok(answers::no_content())
}
