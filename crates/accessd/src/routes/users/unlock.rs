//! `POST /access/api/v2/users/{username}/unlock`: lets a locked user in again.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204, also if the user was not locked.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    state.access.unlock_user(&caller, &username).await?;
    Ok(answers::no_content())
}
