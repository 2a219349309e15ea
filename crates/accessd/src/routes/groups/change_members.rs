//! `PATCH /access/api/v2/groups/{name}/members`: adds members and removes others.

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

/// The members of a group.
#[derive(Serialize, ToSchema)]
#[schema(as = GroupMembers)]
pub(crate) struct Members {
    /// Their names, sorted.
    members: Vec<String>,
}

/// 200 with the members as they are now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/groups/{name}/members",
    operation_id = "change_group_members",
    tag = "groups",
    summary = "Adds members to a group and removes others",
    description = "For administrators. At least one of the lists has to be there.",
    params(
        ("name" = String, Path, example = "readers", description = "The name of the group"),
    ),
    request_body(content = Membership, content_type = "application/json"),
    responses(
        (status = 200, description = "The members as they are now", body = Members),
        Refusals,
        (status = 404, description = "There is no such group, or no such user", body = ErrorBody),
        (status = 409, description = "No enabled administrator would be left", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let Membership { add, remove } = Membership::from_json(body.json()?)?;
    let change = MembershipChange { add, remove };
    let members = state.access.change_group_members(&caller, &name, change).await?;
    Ok(answers::json(&Members { members }))
}
