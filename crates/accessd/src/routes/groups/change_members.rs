//! `PATCH /access/api/v2/groups/{name}/members`: adds members and removes others.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::model::MembershipChange;
use access_types::membership::Membership;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Members {
    members: Vec<String>,
}

/// 200 with the members as they are now.
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
