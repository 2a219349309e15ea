//! `GET /access/api/accessd/v1/tokens`: tokens with everything that is known of them, page by page.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::query::Query;
use crate::routes::tokens::list::{order, text_match};
use crate::state::AppState;
use access_core::store::ListedState;
use access_core::{AccessError, TokenCriteria, TokenDetailsFilter};
use axum::extract::State;
use axum::response::Response;

const MOST: usize = 1000;
const PARAMETERS: [&str; 13] = [
    "username",
    "description",
    "scope",
    "refreshable",
    "project",
    "token_id",
    "state",
    "expires_within",
    "unused_for",
    "order_by",
    "descending_order",
    "limit",
    "cursor",
];

/// 200 with a page, and where the next one begins.
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_token_details(&caller, &filter(&query)?).await?))
}

fn filter(query: &Query) -> Result<TokenDetailsFilter, ApiError> {
    query.allow_only(&PARAMETERS)?;
    let text = |name| query.text(name).map(str::to_owned);
    Ok(TokenDetailsFilter {
        criteria: TokenCriteria {
            username: text("username"),
            description: query.text("description").map(text_match),
            scope: query.text("scope").map(text_match),
            refreshable: query.flag("refreshable")?,
            project_key: text("project"),
            expires_within: query.seconds("expires_within")?,
            unused_for: query.seconds("unused_for")?,
        },
        token_id: text("token_id"),
        state: listed_state(query.text("state"))?,
        order: order(query.text("order_by"))?,
        descending: query.flag("descending_order")?.unwrap_or(false),
        cursor: text("cursor"),
        limit: query.count("limit", MOST)?,
    })
}

fn listed_state(word: Option<&str>) -> Result<ListedState, ApiError> {
    match word {
        None | Some("live") => Ok(ListedState::Live),
        Some("expired") => Ok(ListedState::Expired),
        Some("revoked") => Ok(ListedState::Revoked),
        Some("all") => Ok(ListedState::All),
        Some(_) => {
            Err(AccessError::BadRequest("state: must be live, expired, revoked or all".to_owned()).into())
        }
    }
}
