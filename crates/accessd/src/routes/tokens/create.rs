//! `POST /access/api/v1/tokens`: a new token, or the successor of one.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Presented;
use crate::errors::ApiError;
use crate::state::AppState;
use access_core::AccessError;
use access_types::{GrantType, TokenRequest};
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;

const IDEMPOTENCY_KEY: &str = "idempotency-key";
const LONGEST_KEY: usize = 255;

/// The body is read first: a refresh is asked for with a token that may have expired.
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

fn idempotency_key(headers: &HeaderMap) -> Result<Option<&str>, ApiError> {
    let refuse = || {
        Err(AccessError::BadRequest(format!(
            "Idempotency-Key must stand once and be 1 to {LONGEST_KEY} printable ASCII characters"
        ))
        .into())
    };
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(value), None) => match value.to_str() {
            Ok(key) if (1..=LONGEST_KEY).contains(&key.len()) => Ok(Some(key)),
            _ => refuse(),
        },
        (Some(_), Some(_)) => refuse(),
    }
}
