//! `PATCH /access/api/v2/users/{username}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::user::UserInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user as it is now.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = UserInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_user(&caller, &username, input).await?))
}
