//! `POST /artifactory/api/security/token/revoke`: ends a token by its text or its id.

use crate::answers;
use crate::body::RequestBody;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::ArtifactoryRefusals;
use crate::state::AppState;
use access_core::Revoked;
use access_types::legacy_token::LegacyRevocation;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// 200 with the words of the wire, whether there was something left to revoke or not.
#[utoipa::path(
    post,
    path = "/artifactory/api/security/token/revoke",
    operation_id = "revoke_legacy_token",
    tag = "older paths",
    summary = "Revokes a token, whichever endpoint made it",
    description = "For its owner with user scope and for administrators.",
    request_body(content = LegacyRevocationForm, content_type = "application/x-www-form-urlencoded"),
    responses(
        (status = 200, description = "`Token revoked` or `Token not found`", content_type = "text/plain"),
        ArtifactoryRefusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let which = LegacyRevocation::read(body.form()?)?;
    Ok(answers::text(match state.access.revoke_legacy_token(&caller, which).await? {
        Revoked::Now => "Token revoked",
        Revoked::AlreadyGone => "Token not found",
    }))
}

/// One of the two.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LegacyRevocationForm {
    /// The token itself: a JWT, a reference token or a refresh token.
    #[schema(required = false)]
    token: String,
    /// Its id.
    #[schema(required = false)]
    token_id: String,
}
