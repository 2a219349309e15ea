//! `GET /access/api/v1/tokens/me` and `/tokens/{id}`: what is known of a live token, never its text.

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::state::AppState;
use access_core::TokenSelector;
use access_types::{ErrorBody, TokenInfo};
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
#[utoipa::path(
    get,
    path = "/access/api/v1/tokens/me",
    operation_id = "show_own_live_token",
    tag = "tokens",
    summary = "The token presented",
    description = "Also one that is meant for other services.",
    responses(
        (status = 200, description = "The token", body = TokenInfo),
        Refusals,
        (status = 404, description = "Its record was deleted meanwhile", body = ErrorBody),
    )
)]
pub async fn me(State(state): State<AppState>, OwnToken(caller): OwnToken) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token(&caller, &TokenSelector::Me).await?))
}

/// The token with this id.
#[utoipa::path(
    get,
    path = "/access/api/v1/tokens/{id}",
    operation_id = "show_live_token",
    tag = "tokens",
    summary = "A live token",
    description = "For the token itself, its owner with user scope, and administrators.",
    params(
        ("id" = String, Path, description = "The token id"),
    ),
    responses(
        (status = 200, description = "The token", body = TokenInfo),
        Refusals,
        (status = 404, description = "There is no such live token", body = ErrorBody),
    )
)]
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token(&caller, &TokenSelector::Id(id)).await?))
}
