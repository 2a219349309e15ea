//! `/access/api/v1/oidc/{name}/identity_mappings` and below: what the ID tokens of a provider are worth.

use super::providers::PROJECT;
use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::query::Query;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::{OidcMapping, OidcMappingInput};
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
pub async fn list(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(provider): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_oidc_mappings(&caller, &provider, query.text(PROJECT)).await?))
}

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
    request_body(content = OidcMapping, content_type = "application/json"),
    responses(
        (status = 201, description = "The identity mapping", body = OidcMapping),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn create(
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
pub async fn read(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((provider, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_oidc_mapping(&caller, &provider, &name, query.text(PROJECT)).await?))
}

/// 200 with the identity mapping as it is now.
#[utoipa::path(
    put,
    path = "/access/api/v1/oidc/{name}/identity_mappings/{mapping}",
    operation_id = "change_oidc_mapping",
    tag = "oidc",
    summary = "Changes an identity mapping",
    description = "For administrators. What the body does not name stays as it is; `claims` and `token_spec` are \
                   replaced as a whole, but for an audience and a lifetime that `token_spec` does not name.",
    params(
        ("name" = String, Path, description = "The provider's name"),
        ("mapping" = String, Path, description = "Its name"),
        ("project_key" = Option<String>, Query, description = "Only if it is of this project"),
    ),
    request_body(content = OidcMapping, content_type = "application/json"),
    responses(
        (status = 200, description = "The identity mapping as it is now", body = OidcMapping),
        Refusals,
        (status = 404, description = "There is no such identity mapping", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn change(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((provider, name)): Path<(String, String)>,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = OidcMappingInput::from_json(body.json()?)?;
    let project = query.text(PROJECT);
    Ok(answers::json(&state.access.change_oidc_mapping(&caller, &provider, &name, input, project).await?))
}

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
pub async fn delete(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path((provider, name)): Path<(String, String)>,
    query: Query,
) -> Result<Response, ApiError> {
    state.access.delete_oidc_mapping(&caller, &provider, &name, query.text(PROJECT)).await?;
    Ok(answers::no_content())
}
