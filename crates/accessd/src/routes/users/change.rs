//! `PATCH /access/api/v2/users/{username}`: changes what the body names.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::user::UserDetails;
use access_types::user::UserInput;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user as it is now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/users/{username}",
    operation_id = "change_user",
    tag = "users",
    summary = "Changes what the body names",
    description = "For administrators.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    request_body(content = UserInput, content_type = "application/json"),
    responses(
        (status = 200, description = "The user as it is now", body = UserDetails),
        Refusals,
        (status = 404, description = "There is no such user, or no such group", body = ErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ErrorBody),
        BodyRefusals,
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
