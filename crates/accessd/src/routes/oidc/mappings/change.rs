//! `PUT /access/api/v1/oidc/{name}/identity_mappings/{mapping}`: changes an identity mapping.

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
    request_body(content = OidcMappingBody, content_type = "application/json"),
    responses(
        (status = 200, description = "The identity mapping as it is now", body = OidcMapping),
        Refusals,
        (status = 404, description = "There is no such identity mapping", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
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
