//! `POST /access/api/v1/tokens`: a new token, or the successor of one.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Presented;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_core::AccessError;
use access_types::{ErrorBody, GrantType, TokenRequest, TokenResponse};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

const IDEMPOTENCY_KEY: &str = "idempotency-key";

/// The body is read first: a refresh is asked for with a token that may have expired.
#[utoipa::path(
    post,
    path = "/access/api/v1/tokens",
    operation_id = "create_token",
    tag = "tokens",
    summary = "A new token, or the successor of one",
    description = "With `grant_type=refresh_token` the successor. No body asks for a token for the caller with all \
                   defaults. Unknown fields are ignored.",
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
    State(state): State<AppState>,
    presented: Presented,
    headers: HeaderMap,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let request = body.token_request();
    let created = match request {
        Ok(request) if is_refresh(&request) => state.access.refresh_token(&presented.0, request).await?,
        request => {
            // Who is nobody learns nothing about the rest of the request.
            let caller = presented.authenticate(&state).await?;
            let key = idempotency_key(&headers)?;
            state.access.create_token(&caller, request?, key).await?
        }
    };
    Ok(answers::token(&created))
}

fn is_refresh(request: &TokenRequest) -> bool {
    request.grant_type == Some(GrantType::RefreshToken)
}

/// The one key sent; core checks its form.
pub(crate) fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        // What is not ASCII is no legal key either.
        (Some(value), None) => Ok(Some(value.to_str().unwrap_or_default())),
        (Some(_), Some(_)) => {
            Err(AccessError::BadRequest("Idempotency-Key: stands more than once".to_owned()).into())
        }
    }
}
