//! `DELETE /access/api/v1/tokens/me` and `/tokens/{id}`: 200 when the token was live, 204 when it was
//! gone before, which is kinder to retries than 404 (access-api.md 8).

use crate::answers;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::{Principal, Revoked, TokenSelector};
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
pub async fn me(State(state): State<AppState>, OwnToken(caller): OwnToken) -> Result<Response, ApiError> {
    revoke(&state, &caller, TokenSelector::Me).await
}

/// The token with this id.
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
