//! `GET /artifactory/api/security/users`: all users by name.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::paths;
use crate::state::AppState;
use access_core::{Principal, UserFilter, UserListEntry};
use access_types::legacy_identities::LegacyUserListItem;
use access_types::user::UserStatus;
use axum::extract::State;
use axum::response::Response;

/// 200 with a bare array of all.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/users",
    operation_id = "list_legacy_users",
    tag = "older paths",
    summary = "All users by name",
    responses((status = 200, description = "The users", body = Vec<LegacyUserListItem>), ArtifactoryRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    let item = |entry: UserListEntry| LegacyUserListItem {
        uri: state.uri(&format!("/artifactory/api/security/users/{}", paths::segment(&entry.username))),
        name: entry.username,
        realm: entry.realm,
    };
    let users = all(&state, &caller, None).await?;
    Ok(answers::json(&users.into_iter().map(item).collect::<Vec<_>>()))
}

/// Every user in this state, or in any.
pub(super) async fn all(
    state: &AppState,
    caller: &Principal,
    status: Option<UserStatus>,
) -> Result<Vec<UserListEntry>, ApiError> {
    let mut filter = UserFilter { status, ..UserFilter::default() };
    let mut users = Vec::new();
    loop {
        let page = state.access.list_users(caller, &filter).await?;
        users.extend(page.users);
        if page.cursor.is_none() {
            return Ok(users);
        }
        filter.cursor = page.cursor;
    }
}
