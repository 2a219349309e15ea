//! `GET /access/api/v2/users/{username}`: a user in full.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the user.
#[utoipa::path(
    get,
    path = "/access/api/v2/users/{username}",
    operation_id = "read_user",
    tag = "users",
    summary = "A user",
    description = "For administrators, and tokens with the scope `system:identities:r`. Everybody for the own user, with user scope.",
    params(
        ("username" = String, Path, description = "The user name"),
    ),
    responses(
        (status = 200, description = "The user", body = access_types::user::UserDetails),
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
