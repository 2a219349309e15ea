//! `GET /access/api/accessd/v1/openapi.json`: the description of accessd's own paths, for everybody.

use crate::answers;
use crate::errors::ApiError;
use crate::openapi;
use access_core::AccessError;
use axum::response::Response;

/// 200 with the description.
#[utoipa::path(
    get,
    path = "/access/api/accessd/v1/openapi.json",
    operation_id = "describe",
    tag = "system",
    summary = "This description",
    description = "No credential is needed.",
    security(()),
    responses((status = 200, description = "OpenAPI 3.1, as in docs/openapi.json of the sources", content_type = "application/json"))
)]
pub async fn handle() -> Result<Response, ApiError> {
    let text = openapi::text().map_err(|error| AccessError::Internal(error.to_string()))?;
    Ok(answers::json_stream(text.into()))
}
