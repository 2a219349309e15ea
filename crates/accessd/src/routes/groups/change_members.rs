//! `PATCH /access/api/v2/groups/{name}/members`: adds members and removes others.

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

/// The members of a group.
#[derive(Serialize, ToSchema)]
struct GroupMembers {
    members: Vec<String>,
}

/// 200 with the members as they are now.
#[utoipa::path(
    patch,
    path = "/access/api/v2/groups/{name}/members",
    operation_id = "change_group_members",
    tag = "groups",
    summary = "Add members to a group and remove others",
    description = "For administrators.",
    params(
        ("name" = String, Path, description = "The name of the group"),
    ),
    request_body = MembershipBody,
    responses(
        (status = 200, description = "The members as they are now", body = GroupMembers),
        Refusals,
        BodyRefusals,
        (status = 404, description = "There is no such group or user", body = ErrorBody),
        (status = 409, description = "It would leave no enabled administrator", body = ErrorBody),
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
    Ok(answers::json(&GroupMembers { members }))
}
