//! `PUT /access/api/v2/users/{username}/password`: sets a new password.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::user::PasswordInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let PasswordInput { password } = PasswordInput::from_json(body.json()?)?;
    state.access.set_password(&caller, &username, password).await?;
    Ok(answers::no_content())
}
