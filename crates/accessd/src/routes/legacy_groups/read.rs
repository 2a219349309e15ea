//! `GET /artifactory/api/security/groups/{name}`.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::query::Query;
use crate::state::AppState;
use access_types::error_body::ArtifactoryErrorBody;
use access_types::legacy_identities::LegacyGroup;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the group, and with its members if they are asked for.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/groups/{name}",
    operation_id = "read_legacy_group",
    tag = "older paths",
    summary = "A group",
    params(
        ("name" = String, Path, description = "The group's name"),
        ("includeUsers" = Option<bool>, Query, description = "Whether to name the members"),
    ),
    responses(
        (status = 200, description = "The group", body = LegacyGroup),
        ArtifactoryRefusals,
        (status = 404, description = "There is no such group", body = ArtifactoryErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    let with_users = query.flag("includeUsers")?.unwrap_or(false);
    let group = state.access.read_group(&caller, &name).await?;
    Ok(answers::json(&LegacyGroup::new(group, with_users)))
}
