//! `PATCH /access/api/v2/users/{username}/groups`: adds a user to groups and removes it from others.

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
struct Groups {
    groups: Vec<String>,
}

/// 200 with the user's groups as they are now.
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
