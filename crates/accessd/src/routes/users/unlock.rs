//! `POST /access/api/v2/users/{username}/unlock`: lets a locked user in again.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204, also if the user was not locked.
#[utoipa::path(
    post,
    path = "/access/api/v2/users/{username}/unlock",
    operation_id = "unlock_user",
    tag = "users",
    summary = "Lets a locked user in again",
    description = "For administrators.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    responses(
        (status = 204, description = "It is not locked now"),
        Refusals,
        (status = 404, description = "There is no such user", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    state.access.unlock_user(&caller, &username).await?;
    Ok(answers::no_content())
}
