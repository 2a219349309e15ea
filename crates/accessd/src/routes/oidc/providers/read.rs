//! `GET /access/api/v1/oidc/{name}`: a provider.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::OidcProvider;
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the provider.
#[utoipa::path(
    get,
    path = "/access/api/v1/oidc/{name}",
    operation_id = "read_oidc_provider",
    tag = "oidc",
    summary = "A provider",
    description = "For administrators.",
    params(
        ("name" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    responses(
        (status = 200, description = "The provider", body = OidcProvider),
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
    Ok(answers::json(&state.access.read_oidc_provider(&caller, &name, query.text(PROJECT)).await?))
}
