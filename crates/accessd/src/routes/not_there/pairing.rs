//! `POST /access/api/v1/service_trust/pairing/{useCase}`: platforms that trust each other.

use super::for_administrators;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_types::ErrorBody;
use axum::extract::State;
use axum::response::Response;

/// 501.
#[utoipa::path(
    post,
    path = "/access/api/v1/service_trust/pairing/{use_case}",
    operation_id = "pair_services",
    tag = "not there",
    summary = "A token to pair platforms with: not in this service",
    params(("use_case" = String, Path, description = "As the wire names it")),
    responses((status = 501, description = "Not in this service", body = ErrorBody), Refusals, (status = 404, description = "The path is not spelt as it has to be", body = ErrorBody))
)]
pub async fn handle(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Err(for_administrators(&caller, "this service trusts no other and pairs with none"))
}
