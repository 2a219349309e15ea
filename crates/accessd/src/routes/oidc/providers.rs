//! `/access/api/v1/oidc` and `/access/api/v1/oidc/{name}`: the providers.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::query::Query;
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::oidc::{OidcProvider, OidcProviderInput};
use axum::extract::{Path, State};
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
pub async fn list(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_oidc_providers(&caller, query.text(PROJECT)).await?))
}

/// 201 with the provider.
#[utoipa::path(
    post,
    path = "/access/api/v1/oidc",
    operation_id = "create_oidc_provider",
    tag = "oidc",
    summary = "Makes a provider",
    description = "For administrators. Required: `name`, `issuer_url`, `provider_type`.",
    params(("project_key" = Option<String>, Query, description = "The project that it is of")),
    request_body(content = OidcProvider, content_type = "application/json"),
    responses(
        (status = 201, description = "The provider", body = OidcProvider),
        Refusals,
        (status = 409, description = "The name is taken", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn create(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let input = OidcProviderInput::from_json(body.json()?)?;
    Ok(answers::created(&state.access.create_oidc_provider(&caller, input, query.text(PROJECT)).await?))
}

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
pub async fn read(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.read_oidc_provider(&caller, &name, query.text(PROJECT)).await?))
}

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
    request_body(content = OidcProvider, content_type = "application/json"),
    responses(
        (status = 200, description = "The provider as it is now", body = OidcProvider),
        Refusals,
        (status = 404, description = "There is no such provider", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn change(
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
pub async fn delete(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(name): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    state.access.delete_oidc_provider(&caller, &name, query.text(PROJECT)).await?;
    Ok(answers::no_content())
}

/// The query parameter that narrows to a project.
pub(super) const PROJECT: &str = "project_key";
