//! `GET /access/api/v2/groups`: groups by name, page by page.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::paths;
use crate::query::Query;
use crate::state::AppState;
use access_core::GroupFilter;
use access_types::group::{GroupList, GroupListItem};
use axum::extract::State;
use axum::response::Response;

const MOST: usize = 1000;

/// 200 with a page, and where the next one begins.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let filter = GroupFilter {
        name_contains: query.text("group_name").or(query.text("name")).map(str::to_owned),
        descending: query.flag("descendingOrder")?.unwrap_or(false),
        cursor: query.text("cursor").map(str::to_owned),
        limit: query.count("limit", MOST)?,
    };
    let page = state.access.list_groups(&caller, &filter).await?;
    let groups = page.names.into_iter().map(|name| item(&state, name)).collect();
    Ok(answers::json(&GroupList { groups, cursor: page.cursor }))
}

fn item(state: &AppState, name: String) -> GroupListItem {
    GroupListItem {
        uri: state.uri(&format!("/access/api/v2/groups/{}", paths::segment(&name))),
        group_name: name,
    }
}
