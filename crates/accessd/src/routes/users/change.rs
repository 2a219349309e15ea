//! `PATCH /access/api/v2/users/{username}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::routes::users::openapi::UserBody;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::user::UserInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user as it is now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/users/{username}",
    operation_id = "change_user",
    tag = "users",
    summary = "Change a user",
    description = "For administrators. What the body does not name stays as it is.",
    params(
        ("username" = String, Path, description = "The user name"),
    ),
    request_body = UserBody,
    responses(
        (status = 200, description = "The user as it is now", body = access_types::user::UserDetails),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such user or group", body = ErrorBody),
        (status = 409, description = "It would leave no enabled administrator", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = UserInput::from_json(body.json()?)?;
    Ok(answers::json(&state.access.change_user(&caller, &username, input).await?))
}
