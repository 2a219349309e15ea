//! `GET /access/api/v1/oidc`: all providers, by name.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::state::AppState;
use access_types::oidc::OidcProvider;
use axum::extract::State;
use axum::response::Response;

/// 200 with all of them, or those of a project.
#[utoipa::path(
    get,
    path = "/access/api/v1/oidc",
    operation_id = "list_oidc_providers",
    tag = "oidc",
    summary = "All providers, by name",
    description = "For administrators.",
    params(("project_key" = Option<String>, Query, description = "Only those of this project")),
    responses((status = 200, description = "The providers", body = [OidcProvider]), Refusals)
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_oidc_providers(&caller, query.text(PROJECT)).await?))
}
