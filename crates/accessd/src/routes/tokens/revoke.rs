//! `DELETE /access/api/v1/tokens/me` and `/tokens/{id}`: 200 when the token was live, 204 when it was
//! gone before, which is kinder to retries than 404 (access-api.md 8).

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_core::{Principal, Revoked, TokenSelector};
use access_types::ErrorBody;
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
#[utoipa::path(
    delete,
    path = "/access/api/v1/tokens/me",
    operation_id = "revoke_own_token",
    tag = "tokens",
    summary = "Revokes the token presented",
    description = "With its refresh token.",
    responses(
        (status = 200, description = "It is revoked, durably"),
        (status = 204, description = "It was revoked before"),
        Refusals,
    )
)]
pub async fn me(State(state): State<AppState>, OwnToken(caller): OwnToken) -> Result<Response, ApiError> {
    revoke(&state, &caller, TokenSelector::Me).await
}

/// The token with this id.
#[utoipa::path(
    delete,
    path = "/access/api/v1/tokens/{id}",
    operation_id = "revoke_token",
    tag = "tokens",
    summary = "Revokes a token",
    description = "With its refresh token; if a refresh has replaced it, its successor. For the token itself, its \
                   owner with user scope, and administrators.",
    params(
        ("id" = String, Path, description = "The token id"),
    ),
    responses(
        (status = 200, description = "It is revoked, durably"),
        (status = 204, description = "There was nothing left to revoke"),
        Refusals,
        (status = 404, description = "This is no spelling of an id", body = ErrorBody),
    )
)]
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    revoke(&state, &caller, TokenSelector::Id(id)).await
}

async fn revoke(state: &AppState, caller: &Principal, token: TokenSelector) -> Result<Response, ApiError> {
    match state.access.revoke_token(caller, &token).await? {
        Revoked::Now => Ok(answers::empty()),
        Revoked::AlreadyGone => Ok(answers::no_content()),
    }
}
