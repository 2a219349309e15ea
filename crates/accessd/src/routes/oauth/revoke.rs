//! `POST /access/api/accessd/v1/oauth/revoke`: revokes the token whose text is in the body (RFC 7009).

use super::PresentedToken;
use crate::answers;
use crate::body::RequestBody;
use crate::caller::OwnToken;
use crate::errors::ApiError;
use crate::openapi::{OAuthBodyRefusals, OAuthRefusals};
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;

/// 200 with nothing, also if there was nothing to revoke.
#[utoipa::path(
    post,
    path = "/access/api/accessd/v1/oauth/revoke",
    operation_id = "revoke_presented_token",
    tag = "oauth",
    summary = "Revokes a token by its text (RFC 7009)",
    description = "With its refresh token, or the access token of a refresh token. For administrators, its owner with \
                   user scope, and the token itself. For everybody else, and for every other text, nothing happens, \
                   and the answer is the same.",
    request_body(content = PresentedToken, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "It is revoked, durably, or there was nothing to revoke"),
        OAuthRefusals,
        OAuthBodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    OwnToken(caller): OwnToken,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let token = super::token_in(&body)?;
    state.access.revoke_presented(&caller, &token).await?;
    Ok(answers::empty())
}
