//! `GET /access/api/v1/tokens/me` and `/tokens/{id}`: what is known of a live token, never its text.

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::TokenSelector;
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
pub async fn me(State(state): State<AppState>, OwnToken(caller): OwnToken) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token(&caller, &TokenSelector::Me).await?))
}

/// The token with this id.
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token(&caller, &TokenSelector::Id(id)).await?))
}
