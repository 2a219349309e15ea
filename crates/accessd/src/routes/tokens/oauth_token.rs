//! `POST /access/api/v1/oauth/token`: another name of `POST /access/api/v1/tokens`, which scripts use with forms.

use super::create;
use crate::body::RequestBody;
use crate::caller::Presented;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::{ErrorBody, TokenRequest, TokenResponse};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

/// As [`create::handle`].
#[utoipa::path(
    post,
    path = "/access/api/v1/oauth/token",
    operation_id = "create_token_by_oauth_path",
    tag = "tokens",
    summary = "The same as `POST /access/api/v1/tokens`",
    params(
        ("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255, pattern = "^[!-~]+$",
            description = "The same key with the same request gives the same token again, for 24 h"),
    ),
    request_body(content((TokenRequest = "application/json"), (TokenRequest = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "The token; its secrets are shown here and never again", body = TokenResponse),
        Refusals,
        (status = 404, description = "The refresh token is unknown, spent, revoked or too late", body = ErrorBody),
        (status = 409, description = "The token that was made under this `Idempotency-Key` has ended since", body = ErrorBody),
        (status = 422, description = "The `Idempotency-Key` was used for another request", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    state: State<AppState>,
    presented: Presented,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, ApiError> {
    create::handle(state, presented, headers, body).await
}
