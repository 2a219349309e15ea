//! `POST /access/api/v2/users`: makes a user.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::user::UserDetails;
use access_types::user::UserInput;
use axum::extract::State;
use axum::response::Response;

/// 201 with the user.
#[utoipa::path(
    post,
    path = "/access/api/v2/users",
    operation_id = "create_user",
    tag = "users",
    summary = "Makes a user",
    description = "For administrators. `username` is required, and `password` unless `internal_password_disabled` \
                   is true. Unknown fields are ignored.",
    request_body(content = UserInput, content_type = "application/json"),
    responses(
        (status = 201, description = "The user", body = UserDetails),
        Refusals,
        (status = 404, description = "A group does not exist", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = UserInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_user(&caller, input).await?))
}
