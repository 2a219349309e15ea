//! `DELETE /access/api/v1/oidc/{name}`: deletes a provider with its identity mappings.

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

/// 204. Its identity mappings go with it.
#[utoipa::path(
    delete,
    path = "/access/api/v1/oidc/{name}",
    operation_id = "delete_oidc_provider",
    tag = "oidc",
    summary = "Deletes a provider with its identity mappings",
    description = "For administrators. Access tokens made before live on to their end.",
    params(
        ("name" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    responses(
        (status = 204, description = "Done"),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    state.access.delete_oidc_provider(&caller, &name, query.text(PROJECT)).await?;
    Ok(answers::no_content())
}
