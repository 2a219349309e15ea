//! `POST /access/api/accessd/v1/tokens/me/revocation` and `/tokens/{id}/revocation`: revokes a token after a
//! while, so that what uses it can be given another one first.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::{Principal, TokenSelector};
use access_types::FieldError;
use access_types::fields::Fields;
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
pub async fn me(
    State(state): State<AppState>,
    OwnToken(caller): OwnToken,
    body: RequestBody,
) -> Result<Response, ApiError> {
    schedule(&state, &caller, TokenSelector::Me, &body).await
}

/// The token with this id.
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    body: RequestBody,
) -> Result<Response, ApiError> {
    schedule(&state, &caller, TokenSelector::Id(id), &body).await
}

/// The body is `{"after": SECONDS}`.
async fn schedule(
    state: &AppState,
    caller: &Principal,
    token: TokenSelector,
    body: &RequestBody,
) -> Result<Response, ApiError> {
    let mut fields = Fields::from_json(body.json()?)?;
    let after = fields.seconds("after")?.ok_or_else(|| FieldError::new("after", "is required"))?;
    fields.refuse_others()?;
    Ok(answers::json(&state.access.schedule_revocation(caller, &token, after).await?))
}
