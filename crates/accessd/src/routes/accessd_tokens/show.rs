//! `GET /access/api/accessd/v1/tokens/me` and `/tokens/{id}`: everything that is known of a token, live or not.

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::TokenSelector;
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
pub async fn me(State(state): State<AppState>, OwnToken(caller): OwnToken) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token_details(&caller, &TokenSelector::Me).await?))
}

/// The token with this id.
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.show_token_details(&caller, &TokenSelector::Id(id)).await?))
}
