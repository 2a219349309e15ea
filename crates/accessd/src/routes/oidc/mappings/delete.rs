//! `DELETE /access/api/v1/oidc/{name}/identity_mappings/{mapping}`: deletes an identity mapping.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// 204.
#[utoipa::path(
    delete,
    path = "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
    operation_id = "delete_oidc_mapping",
    tag = "oidc",
    summary = "Deletes an identity mapping",
    description = "For administrators. Access tokens made before live on to their end.",
    params(
        ("name" = String, Path, description = "The provider's name"),
        ("mapping" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    responses(
        (status = 204, description = "Done"),
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
    state.access.delete_oidc_mapping(&caller, &provider, &name, query.text(PROJECT)).await?;
    Ok(answers::no_content())
}
