//! `PUT /access/api/v2/users/{username}/password`: sets a new password.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::user::PasswordInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    put,
    path = "/access/api/v2/users/{username}/password",
    operation_id = "set_password",
    tag = "users",
    summary = "Sets a password",
    description = "For administrators, and for the user itself by the old password, if `profile_updatable` is true.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    request_body(content = PasswordInput, content_type = "application/json"),
    responses(
        (status = 204, description = "It is set"),
        Refusals,
        (status = 404, description = "There is no such user", body = ErrorBody),
        (status = 409, description = "The user asked, and another change came first", body = ErrorBody),
        BodyRefusals,
    )
)]
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
