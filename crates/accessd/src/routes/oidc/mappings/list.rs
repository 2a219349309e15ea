//! `GET /access/api/v1/oidc/{name}/identity_mappings`: all identity mappings of a provider, in the order in which they are looked at.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::OidcMapping;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with all of them, or those of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/oidc/{name}/identity_mappings",
    operation_id = "list_oidc_mappings",
    tag = "oidc",
    summary = "All identity mappings of a provider, in the order in which they are looked at",
    description = "For administrators.",
    params(
        ("name" = String, Path, description = "The provider's name"),
        ("project_key" = Option<String>, Query, description = "Only those of this project"),
    ),
    responses(
        (status = 200, description = "The identity mappings", body = [OidcMapping]),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(provider): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_oidc_mappings(&caller, &provider, query.text(PROJECT)).await?))
}
