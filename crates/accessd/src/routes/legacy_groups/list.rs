//! `GET /artifactory/api/security/groups`: all groups by name.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::paths;
use crate::state::AppState;
use access_core::GroupFilter;
use access_types::legacy_identities::LegacyGroupListItem;
use axum::extract::State;
use axum::response::Response;

/// 200 with a bare array of all.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/groups",
    operation_id = "list_legacy_groups",
    tag = "older paths",
    summary = "All groups by name",
    responses((status = 200, description = "The groups", body = Vec<LegacyGroupListItem>), ArtifactoryRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    let item = |name: String| LegacyGroupListItem {
        uri: state.uri(&format!("/artifactory/api/security/groups/{}", paths::segment(&name))),
        name,
    };
    let mut filter = GroupFilter::default();
    let mut groups = Vec::new();
    loop {
        let page = state.access.list_groups(&caller, &filter).await?;
        groups.extend(page.names.into_iter().map(item));
        if page.cursor.is_none() {
            return Ok(answers::json(&groups));
        }
        filter.cursor = page.cursor;
    }
}
