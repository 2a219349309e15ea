//! `DELETE /access/api/v1/tokens/revoke`: revokes the token whose text is in the body.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::state::AppState;
use access_types::FieldError;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct RevokedToken {
    revoked_token_id: String,
}

/// The body is `{"token":"…"}` or `token=…`.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let token = body.fields()?.secret("token")?.ok_or_else(|| FieldError::new("token", "is required"))?;
    let revoked_token_id = state.access.revoke_token_by_value(&caller, &token).await?;
    Ok(answers::json(&RevokedToken { revoked_token_id }))
}
