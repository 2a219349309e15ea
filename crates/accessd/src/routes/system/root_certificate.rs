//! `GET /access/api/v1/cert/root`: the certificate under which new tokens are verified (access-api.md 1.7).

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::state::AppState;
use access_core::AccessError;
use axum::extract::State;
use axum::response::Response;

/// Base64 of the DER; PEM with `?formatted=true`.
#[utoipa::path(
    get,
    path = "/access/api/v1/cert/root",
    operation_id = "root_certificate",
    tag = "system",
    summary = "The certificate under which new tokens are verified",
    description = "For administrators.",
    params(
        ("formatted" = Option<bool>, Query, description = "Whether as PEM"),
    ),
    responses(
        (status = 200, description = "Base64 of the DER, or PEM", body = String, content_type = "text/plain"),
        Refusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    if !caller.is_admin() {
        return Err(AccessError::Forbidden("the root certificate is for administrators".to_owned()).into());
    }
    let certificate = state.access.root_certificate();
    match query.flag("formatted")? {
        Some(true) => Ok(answers::text(certificate.to_pem())),
        _ => Ok(answers::text(certificate.to_base64())),
    }
}
