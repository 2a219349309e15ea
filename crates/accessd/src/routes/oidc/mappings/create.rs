//! `POST /access/api/v1/oidc/{name}/identity_mappings`: makes an identity mapping.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::query::Query;
use crate::routes::oidc::PROJECT;
use crate::routes::oidc::bodies::OidcMappingBody;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::{OidcMapping, OidcMappingInput};
use axum::extract::{Path, State};
use axum::response::Response;

/// 201 with the identity mapping.
#[utoipa::path(
    post,
    path = "/access/api/v1/oidc/{name}/identity_mappings",
    operation_id = "create_oidc_mapping",
    tag = "oidc",
    summary = "Makes an identity mapping",
    description = "For administrators. Required: `name`, `claims`, `token_spec`. `priority` is 1 if absent.",
    params(
        ("name" = String, Path, description = "The provider's name"),
        ("project_key" = Option<String>, Query, description = "The project that it is of"),
    ),
    request_body(content = OidcMappingBody, content_type = "application/json"),
    responses(
        (status = 201, description = "The identity mapping", body = OidcMapping),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(provider): Path<String>,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = OidcMappingInput::from_json(body.json()?)?;
    let made = state.access.create_oidc_mapping(&caller, &provider, input, query.text(PROJECT)).await?;
    Ok(answers::created(&made))
}
