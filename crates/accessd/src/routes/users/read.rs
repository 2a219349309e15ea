//! `GET /access/api/v2/users/{username}`: a user in full.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_user(&caller, &username).await?))
}
