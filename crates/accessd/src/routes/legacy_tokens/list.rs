//! `GET /artifactory/api/security/token`: the live tokens the caller may see.

use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::OAuthRefusals;
use crate::routes::tokens::list::write_list;
use crate::state::AppState;
use access_core::TokenFilter;
use access_types::legacy_token::LegacyTokenInfo;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// 200 with all tokens for an administrator, else the own ones.
#[utoipa::path(
    get,
    path = "/artifactory/api/security/token",
    operation_id = "list_legacy_tokens",
    tag = "older paths",
    summary = "The live tokens the caller may see",
    description = "All for administrators, the own ones with user scope; however they were made.",
    responses((status = 200, description = "The tokens", body = LegacyTokenList), OAuthRefusals)
)]
pub async fn handle(State(state): State<AppState>, Caller(caller): Caller) -> Result<Response, ApiError> {
    write_list(state, caller, TokenFilter::default(), |text, token| {
        // Strings, numbers and booleans always serialise, and a Vec always takes them.
        let _ = serde_json::to_writer(text, &LegacyTokenInfo::from(token));
    })
    .await
}

/// The list.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct LegacyTokenList {
    /// The tokens; an empty array when there are none.
    tokens: Vec<LegacyTokenInfo<'static>>,
}
