//! `GET /access/api/accessd/v1/tokens/me` and `/tokens/{id}`: everything that is known of a token, live or not.

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::state::AppState;
use access_core::TokenSelector;
use access_types::{ErrorBody, TokenDetails};
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
#[utoipa::path(
    get,
    path = "/access/api/accessd/v1/tokens/me",
    operation_id = "show_own_token",
    tag = "tokens",
    summary = "Everything that is known of the token presented",
    description = "Also of a token that is meant for other services.",
    responses((status = 200, description = "The token", body = TokenDetails), Refusals)
)]
pub async fn me(
    State(state): State<AppState>,
    OwnToken(caller): OwnToken,
    query: Query,
) -> Result<Response, ApiError> {
    query.allow_none()?;
    Ok(answers::json(&state.access.show_token_details(&caller, &TokenSelector::Me).await?))
}

/// The token with this id.
#[utoipa::path(
    get,
    path = "/access/api/accessd/v1/tokens/{id}",
    operation_id = "show_token",
    tag = "tokens",
    summary = "Everything that is known of a token, in whatever state it is",
    description = "For the token itself, its owner with user scope, and administrators, those of its project too.",
    params(("id" = String, Path, description = "The token id")),
    responses(
        (status = 200, description = "The token", body = TokenDetails),
        Refusals,
        (status = 404, description = "There is no such token, or it ended so long ago that it was deleted", body = ErrorBody),
    )
)]
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    query: Query,
) -> Result<Response, ApiError> {
    query.allow_none()?;
    Ok(answers::json(&state.access.show_token_details(&caller, &TokenSelector::Id(id)).await?))
}
