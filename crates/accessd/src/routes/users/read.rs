//! `GET /access/api/v2/users/{username}`: a user in full.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::user::UserDetails;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user.
#[utoipa::path(
    get,
    path = "/access/api/v2/users/{username}",
    operation_id = "show_user",
    tag = "users",
    summary = "A user",
    description = "For administrators, tokens with `system:identities:r`, and the user with user scope.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    responses(
        (status = 200, description = "The user", body = UserDetails),
        Refusals,
        (status = 404, description = "There is no such user", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(username): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_user(&caller, &username).await?))
}
