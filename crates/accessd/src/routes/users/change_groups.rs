//! `PATCH /access/api/v2/users/{username}/groups`: adds a user to groups and removes it from others.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::routes::users::openapi::MembershipBody;
use crate::state::AppState;
use access_core::model::MembershipChange;
use access_types::ErrorBody;
use access_types::membership::Membership;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The groups of a user.
#[derive(Serialize, ToSchema)]
struct UserGroups {
    groups: Vec<String>,
}

/// 200 with the user's groups as they are now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/users/{username}/groups",
    operation_id = "change_user_groups",
    tag = "users",
    summary = "Add a user to groups and remove it from others",
    description = "For administrators.",
    params(
        ("username" = String, Path, description = "The user name"),
    ),
    request_body = MembershipBody,
    responses(
        (status = 200, description = "The groups of the user as they are now", body = UserGroups),
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
    let Membership { add, remove } = Membership::from_json(body.json()?)?;
    let change = MembershipChange { add, remove };
    let groups = state.access.change_user_groups(&caller, &username, change).await?;
    Ok(answers::json(&UserGroups { groups }))
}
