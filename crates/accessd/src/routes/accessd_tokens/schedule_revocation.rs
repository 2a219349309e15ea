//! `POST /access/api/accessd/v1/tokens/me/revocation` and `/tokens/{id}/revocation`: revokes a token after a
//! while, so that what uses it can be given another one first.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::{Caller, OwnToken};
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals, RevocationDelay};
use crate::query::Query;
use crate::state::AppState;
use access_core::{Principal, TokenSelector};
use access_types::fields::Fields;
use access_types::{ErrorBody, FieldError, TokenDetails};
use axum::extract::{Path, State};
use axum::response::Response;

/// The token presented.
#[utoipa::path(
    post,
    path = "/access/api/accessd/v1/tokens/me/revocation",
    operation_id = "schedule_own_revocation",
    tag = "tokens",
    summary = "Revokes the token presented after a while",
    description = "As `tokens/{id}/revocation`.",
    request_body(content = RevocationDelay, content_type = "application/json"),
    responses(
        (status = 200, description = "The token as it is then; `revocation_due` tells when it ends", body = TokenDetails),
        Refusals,
        (status = 404, description = "There is no such token, or it was revoked before", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn me(
    State(state): State<AppState>,
    OwnToken(caller): OwnToken,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    schedule(&state, &caller, TokenSelector::Me, &query, &body).await
}

/// The token with this id.
#[utoipa::path(
    post,
    path = "/access/api/accessd/v1/tokens/{id}/revocation",
    operation_id = "schedule_revocation",
    tag = "tokens",
    summary = "Revokes a token after a while",
    description = "With its refresh token; in place of a token that a refresh has replaced, its successor. What is \
                   due sooner already stays so. A successor that a refresh makes meanwhile ends at the same moment.",
    params(("id" = String, Path, description = "The token id")),
    request_body(content = RevocationDelay, content_type = "application/json"),
    responses(
        (status = 200, description = "The token as it is then; `revocation_due` tells when it ends", body = TokenDetails),
        Refusals,
        (status = 404, description = "There is no such token, or it was revoked before", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn by_id(
    State(state): State<AppState>,
    Caller(caller): Caller,
    Path(id): Path<String>,
    query: Query,
    body: RequestBody,
) -> Result<Response, ApiError> {
    schedule(&state, &caller, TokenSelector::Id(id), &query, &body).await
}

/// The body is `{"after": SECONDS}`.
async fn schedule(
    state: &AppState,
    caller: &Principal,
    token: TokenSelector,
    query: &Query,
    body: &RequestBody,
) -> Result<Response, ApiError> {
    query.allow_none()?;
    let mut fields = Fields::from_json(body.json()?)?;
    let after = fields.seconds("after")?.ok_or_else(|| FieldError::new("after", "is required"))?;
    fields.refuse_others()?;
    Ok(answers::json(&state.access.schedule_revocation(caller, &token, after).await?))
}
