//! `POST /access/api/accessd/v1/oauth/introspect`: whether a token counts, and what it is (RFC 7662).

use super::PresentedToken;
use crate::answers;
use crate::body::RequestBody;
use crate::caller::OwnToken;
use crate::errors::ApiError;
use crate::openapi::{OAuthBodyRefusals, OAuthRefusals};
use crate::state::AppState;
use access_types::introspection::Introspection;
use axum::extract::State;
use axum::response::Response;

/// 200 whatever the token is.
#[utoipa::path(
    post,
    path = "/access/api/accessd/v1/oauth/introspect",
    operation_id = "introspect_token",
    tag = "oauth",
    summary = "Whether a token counts, and what it is (RFC 7662)",
    description = "Administrators and credentials with `system:identities:r` learn of every token, others of their \
                   own ones. Of every other text, token or not, the answer is `{\"active\":false}`.",
    request_body(content = PresentedToken, content_type = "application/x-www-form-urlencoded"),
    responses((status = 200, description = "What it is", body = Introspection), OAuthRefusals, OAuthBodyRefusals)
)]
pub async fn handle(
    State(state): State<AppState>,
    OwnToken(caller): OwnToken,
    body: RequestBody,
) -> Result<Response, ApiError> {
    let token = super::token_in(&body)?;
    Ok(answers::json(&state.access.introspect(&caller, &token).await?))
}
