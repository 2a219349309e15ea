//! `POST /access/api/v1/oidc`: makes a provider.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::routes::oidc::bodies::OidcProviderBody;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::{OidcProvider, OidcProviderInput};
use axum::extract::State;
use axum::response::Response;

/// 201 with the provider.
#[utoipa::path(
    post,
    path = "/access/api/v1/oidc",
    operation_id = "create_oidc_provider",
    tag = "oidc",
    summary = "Makes a provider",
    description = "For administrators. Required: `name`, `issuer_url`, `provider_type`.",
    params(("project_key" = Option<String>, Query, description = "The project that it is of")),
    request_body(content = OidcProviderBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The provider", body = OidcProvider),
        Refusals,
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = OidcProviderInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_oidc_provider(&caller, input, query.text(PROJECT)).await?))
}
