//! `POST /access/api/v1/users/invite`: an invitation goes out by mail, which this service does not send.

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
    path = "/access/api/v1/users/invite",
    operation_id = "invite_user",
    tag = "not there",
    summary = "Invites somebody by mail: not in this service",
    responses((status = 501, description = "Not in this service", body = ErrorBody), Refusals)
)]
pub async fn handle(State(_): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    Err(for_administrators(
        &caller,
        "this service sends no mail, so nobody is invited; make the user with POST /access/api/v2/users",
    ))
}
