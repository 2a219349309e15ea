//! `/access/api/v1/config/token/default_expiry`: the lifetime of tokens that ask for none.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::FieldError;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct DefaultExpiry {
    /// Seconds; 0 = never expires.
    #[schema(minimum = 0, maximum = 3_153_600_000_i64)]
    default_token_expiration: u64,
}

/// 200 with the setting.
#[utoipa::path(
    get,
    path = "/access/api/v1/config/token/default_expiry",
    operation_id = "show_default_expiry",
    tag = "config",
    summary = "The lifetime of tokens that ask for none",
    description = "For administrators. The settings file says it until somebody sets it here.",
    responses((status = 200, description = "The setting", body = DefaultExpiry), Refusals)
)]
pub async fn show(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    let default_token_expiration = state.access.default_expiry(&caller).await?;
    Ok(answers::json(&DefaultExpiry { default_token_expiration }))
}

/// 200 with nothing; it holds from the next request on, also after a restart.
#[utoipa::path(
    put,
    path = "/access/api/v1/config/token/default_expiry",
    operation_id = "set_default_expiry",
    tag = "config",
    summary = "Sets the lifetime of tokens that ask for none",
    description = "For administrators. At most `token.max-expiry`, or 100 years if that is 0.",
    request_body(content = DefaultExpiry, content_type = "application/json"),
    responses((status = 200, description = "Set; the body is empty"), Refusals, BodyRefusals)
)]
pub async fn set(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let seconds = body.fields()?.seconds("default_token_expiration")?;
    let seconds = seconds.ok_or_else(|| FieldError::new("default_token_expiration", "is required"))?;
    state.access.set_default_expiry(&caller, seconds).await?;
    Ok(answers::empty())
}
