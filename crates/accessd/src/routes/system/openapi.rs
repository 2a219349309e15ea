//! `GET /access/api/accessd/v1/openapi.json`: the description of accessd's own paths, for everybody.

use crate::answers;
use crate::errors::ApiError;
use crate::openapi;
use access_core::AccessError;
use axum::body::Bytes;
use axum::response::Response;
use std::sync::LazyLock;

/// Made once: anybody may ask for it, as often as they like.
static TEXT: LazyLock<Result<Bytes, String>> =
    LazyLock::new(|| openapi::text().map(Bytes::from).map_err(|error| error.to_string()));

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
    let text = TEXT.clone().map_err(AccessError::Internal)?;
    Ok(answers::json_stream(text.into()))
}
