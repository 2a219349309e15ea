//! `POST /access/api/v2/users`: makes a user.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::user::UserInput;
use axum::extract::State;
use axum::response::Response;

/// 201 with the user.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = UserInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_user(&caller, input).await?))
}
