//! `/access/api/v1/config/security/authentication/basic_authentication_enabled`: whether user name and password let
//! anybody in to the API.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::{ErrorBody, FieldError};
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The setting.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct BasicAuthentication {
    /// Whether passwords count. Tokens in Basic do in any case.
    enabled: bool,
}

/// 200 with the setting.
#[utoipa::path(
    get,
    path = "/access/api/v1/config/security/authentication/basic_authentication_enabled",
    operation_id = "show_basic_authentication",
    tag = "config",
    summary = "Whether user name and password let anybody in to the API",
    description = "For administrators.",
    responses((status = 200, description = "The setting", body = BasicAuthentication), Refusals)
)]
pub async fn show(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    let enabled = state.access.basic_authentication(&caller).await?;
    Ok(answers::json(&BasicAuthentication { enabled }))
}

/// 200 with nothing; it holds from the next request on, also after a restart.
#[utoipa::path(
    put,
    path = "/access/api/v1/config/security/authentication/basic_authentication_enabled",
    operation_id = "set_basic_authentication",
    tag = "config",
    summary = "Switches user name and password on or off for the API",
    description = "For administrators. Tokens, API keys, the web pages and `accessd admin-token` are not touched.",
    request_body(content = BasicAuthentication, content_type = "application/json"),
    responses(
        (status = 200, description = "Set; the body is empty"),
        Refusals,
        (status = 409, description = "A password is to switch off passwords", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn set(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let enabled = body.fields()?.flag("enabled")?;
    let enabled = enabled.ok_or_else(|| FieldError::new("enabled", "is required"))?;
    state.access.set_basic_authentication(&caller, enabled).await?;
    Ok(answers::empty())
}
