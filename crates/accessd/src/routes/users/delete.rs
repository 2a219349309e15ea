//! `DELETE /access/api/v2/users/{username}`: the user's tokens die with it.

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
    delete,
    path = "/access/api/v2/users/{username}",
    operation_id = "delete_user",
    tag = "users",
    summary = "Deletes a user",
    description = "For administrators.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    responses(
        (status = 204, description = "It is gone, and its tokens are dead"),
        Refusals,
        (status = 404, description = "There is no such user", body = ErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    state.access.delete_user(&caller, &username).await?;
    Ok(answers::no_content())
}
