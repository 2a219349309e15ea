//! `GET /access/api/v1/oidc/{name}/identity_mappings/{mapping}`: an identity mapping.

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

/// 200 with the identity mapping.
#[utoipa::path(
    get,
    path = "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
    operation_id = "read_oidc_mapping",
    tag = "oidc",
    summary = "An identity mapping",
    description = "For administrators.",
    params(
        ("name" = String, Path, description = "The provider's name"),
        ("mapping" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    responses(
        (status = 200, description = "The identity mapping", body = OidcMapping),
        Refusals,
        (status = 404, description = "There is no such identity mapping", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((provider, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_oidc_mapping(&caller, &provider, &name, query.text(PROJECT)).await?))
}
