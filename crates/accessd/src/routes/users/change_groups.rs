//! `PATCH /access/api/v2/users/{username}/groups`: adds a user to groups and removes it from others.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
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
#[schema(as = UserGroups)]
pub(crate) struct Groups {
    /// Their names, sorted.
    groups: Vec<String>,
}

/// 200 with the user's groups as they are now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/users/{username}/groups",
    operation_id = "change_user_groups",
    tag = "users",
    summary = "Adds a user to groups and removes it from others",
    description = "For administrators. At least one of the lists has to be there.",
    params(
        ("username" = String, Path, example = "frog", description = "The user name, in any case of letters"),
    ),
    request_body(content = Membership, content_type = "application/json"),
    responses(
        (status = 200, description = "The groups as they are now", body = Groups),
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
    let Membership { add, remove } = Membership::from_json(body.json()?)?;
    let change = MembershipChange { add, remove };
    let groups = state.access.change_user_groups(&caller, &username, change).await?;
    Ok(answers::json(&Groups { groups }))
}
