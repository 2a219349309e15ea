//! `POST /access/api/v2/users/{username}/password/expire`: from now on the password is good for setting a new one only.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    post,
    path = "/access/api/v2/users/{username}/password/expire",
    operation_id = "expire_password",
    tag = "users",
    summary = "Let a user's password expire",
    description = "For administrators. Tokens are not affected.",
    params(("username" = String, Path, description = "The user name")),
    responses(
        (status = 204, description = "It has expired"),
        Refusals,
        (status = 404, description = "There is no such user", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    state.access.expire_password(&caller, &username).await?;
    Ok(answers::no_content())
}
