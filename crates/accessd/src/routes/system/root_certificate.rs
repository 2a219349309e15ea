//! `GET /access/api/v1/cert/root`: the certificate under which new tokens are verified (access-api.md 1.7).

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::state::AppState;
use access_core::{AccessError, Principal};
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
    require_admin(&caller)?;
    let certificate = state.access.root_certificate();
    match query.flag("formatted")? {
        Some(true) => Ok(answers::text(certificate.to_pem())),
        _ => Ok(answers::text(certificate.to_base64())),
    }
}

/// `GET /access/api/v1/cert/ca`: the root certificate, in PEM: nobody stands above it.
#[utoipa::path(
    get,
    path = "/access/api/v1/cert/ca",
    operation_id = "certificate_authority",
    tag = "system",
    summary = "The certificate of the authority that signs tokens, in PEM",
    description = "For administrators. It is the root certificate: nobody stands above it.",
    responses((status = 200, description = "The certificate", content_type = "text/plain"), Refusals)
)]
pub async fn authority(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    require_admin(&caller)?;
    Ok(answers::text(state.access.root_certificate().to_pem()))
}

fn require_admin(caller: &Principal) -> Result<(), ApiError> {
    match caller.is_admin() {
        true => Ok(()),
        false => Err(AccessError::Forbidden("the root certificate is for administrators".to_owned()).into()),
    }
}
