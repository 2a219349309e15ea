//! `GET /access/api/v2/users`: users by name, page by page.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::paths;
use crate::query::Query;
use crate::state::AppState;
use access_core::{AccessError, UserFilter, UserListEntry};
use access_types::user::{UserList, UserListItem, UserStatus};
use axum::extract::State;
use axum::response::Response;

const MOST: usize = 1000;
const NOT_SUPPORTED: [&str; 4] = ["role", "resourceType", "resourceName", "projectKey"];

/// 200 with a page, and where the next one begins.
#[utoipa::path(
    get,
    path = "/access/api/v2/users",
    operation_id = "list_users",
    tag = "users",
    summary = "Users by name, page by page",
    description = "For administrators, and tokens with `system:identities:r`. Filters of the wire that this service \
                   does not have are refused.",
    params(
        ("username" = Option<String>, Query, description = "Names that contain this"),
        ("status" = Option<UserStatus>, Query, description = "Users in this state"),
        ("onlyAdmins" = Option<bool>, Query, description = "Administrators only"),
        ("descendingOrder" = Option<bool>, Query, description = "Whether the order is reversed"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Users on a page; 1000 if absent"),
    ),
    responses(
        (status = 200, description = "A page", body = UserList),
        Refusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let page = state.access.list_users(&caller, &filter(&query)?).await?;
    let users = page.users.into_iter().map(|entry| item(&state, entry)).collect();
    Ok(answers::json(&UserList { users, cursor: page.cursor }))
}

fn filter(query: &Query) -> Result<UserFilter, ApiError> {
    query.refuse(&NOT_SUPPORTED)?;
    Ok(UserFilter {
        username_contains: query.text("username").map(str::to_owned),
        status: status(query.text("status"))?,
        only_admins: query.flag("onlyAdmins")?.unwrap_or(false),
        descending: query.flag("descendingOrder")?.unwrap_or(false),
        cursor: query.text("cursor").map(str::to_owned),
        limit: query.count("limit", MOST)?,
    })
}

fn status(word: Option<&str>) -> Result<Option<UserStatus>, ApiError> {
    match word.map(UserStatus::parse) {
        None => Ok(None),
        Some(Some(status)) => Ok(Some(status)),
        Some(None) => {
            Err(AccessError::BadRequest("status: must be invited, enabled, disabled or locked".to_owned())
                .into())
        }
    }
}

fn item(state: &AppState, entry: UserListEntry) -> UserListItem {
    UserListItem {
        uri: state.uri(&format!("/access/api/v2/users/{}", paths::segment(&entry.username))),
        username: entry.username,
        realm: entry.realm,
        status: entry.status,
    }
}
