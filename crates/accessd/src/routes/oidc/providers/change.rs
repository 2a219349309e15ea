//! `PUT /access/api/v1/oidc/{name}`: changes a provider.

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
use axum::extract::{Path, State};
use axum::response::Response;

/// 200 with the provider as it is now.
#[utoipa::path(
    put,
    path = "/access/api/v1/oidc/{name}",
    operation_id = "change_oidc_provider",
    tag = "oidc",
    summary = "Changes a provider",
    description = "For administrators. What the body does not name stays as it is; what it names as null or empty is \
                   cleared.",
    params(
        ("name" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    request_body(content = OidcProviderBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The provider as it is now", body = OidcProvider),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = OidcProviderInput::from_json(body.json()?)?;
    let changed = state.access.change_oidc_provider(&caller, &name, input, query.text(PROJECT)).await?;
    Ok(answers::json(&changed))
}
