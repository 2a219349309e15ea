//! `DELETE /access/api/v1/tokens/revoke`: revokes the token whose text is in the body.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::{BodyRefusals, Refusals};
use crate::state::AppState;
use access_types::ErrorBody;
use access_types::FieldError;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;
use utoipa::ToSchema;

/// The token as text.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct TokenText {
    /// A JWT or a reference token.
    #[schema(min_length = 1)]
    token: String,
}

/// What was revoked.
#[derive(Serialize, ToSchema)]
pub(crate) struct RevokedToken {
    /// Its id.
    revoked_token_id: String,
}

/// The body is `{"token":"…"}` or `token=…`.
#[utoipa::path(
    delete,
    path = "/access/api/v1/tokens/revoke",
    operation_id = "revoke_token_by_value",
    tag = "tokens",
    summary = "Revokes the token whose text is in the body",
    description = "For the token itself, its owner with user scope, and administrators.",
    request_body(content((TokenText = "application/json"), (TokenText = "application/x-www-form-urlencoded"))),
    responses(
        (status = 200, description = "It is revoked, durably", body = RevokedToken),
        Refusals,
        (status = 404, description = "This is no live token of this service", body = ErrorBody),
        BodyRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let token = body.fields()?.secret("token")?.ok_or_else(|| FieldError::new("token", "is required"))?;
    let revoked_token_id = state.access.revoke_token_by_value(&caller, &token).await?;
    Ok(answers::json(&RevokedToken { revoked_token_id }))
}
