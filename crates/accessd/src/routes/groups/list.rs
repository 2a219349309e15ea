//! `GET /access/api/v2/groups`: groups by name, page by page.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::paths;
use crate::query::Query;
use crate::state::AppState;
use access_core::GroupFilter;
use access_types::group::{GroupList, GroupListItem};
use axum::extract::State;
use axum::response::Response;

const MOST: usize = 1000;

/// 200 with a page, and where the next one begins.
#[utoipa::path(
    get,
    path = "/access/api/v2/groups",
    operation_id = "list_groups",
    tag = "groups",
    summary = "Groups by name, page by page",
    description = "For administrators, and tokens with `system:identities:r`.",
    params(
        ("group_name" = Option<String>, Query, description = "Names that contain this"),
        ("name" = Option<String>, Query, description = "The same"),
        ("descendingOrder" = Option<bool>, Query, description = "Whether the order is reversed"),
        ("cursor" = Option<String>, Query, description = "From the page before"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Groups on a page; 1000 if absent"),
    ),
    responses(
        (status = 200, description = "A page", body = GroupList),
        Refusals,
    )
)]
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
