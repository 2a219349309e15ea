//! `GET /access/api/accessd/v1/tokens`: tokens with everything that is known of them, page by page.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::tokens::list::{order, text_match};
use crate::state::AppState;
use access_core::store::ListedState;
use access_core::{AccessError, LONGEST_PAGE, TokenCriteria, TokenDetailsFilter};
use access_types::TokenDetailsPage;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

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
#[utoipa::path(
    get,
    path = "/access/api/accessd/v1/tokens",
    operation_id = "list_tokens",
    tag = "tokens",
    summary = "Tokens with everything that is known of them, page by page",
    description = "An administrator sees all tokens, a credential with user scope the user's own, and those of the \
                   projects that the user administers. Parameters that are unknown, empty or sent twice are refused.",
    params(
        ("username" = Option<String>, Query, description = "The user name, in any case of letters"),
        ("description" = Option<String>, Query, description = "This description, or with `*` at the end this beginning"),
        ("scope" = Option<String>, Query,
            description = "This part of the scope, or with `*` at the end this beginning of a part"),
        ("refreshable" = Option<bool>, Query, description = "Whether the token has a refresh token"),
        ("project" = Option<String>, Query, description = "The key of the project that the token is bound to"),
        ("token_id" = Option<String>, Query, description = "The token id"),
        ("state" = inline(Option<States>), Query, description = "The state; `live` if absent"),
        ("expires_within" = Option<u64>, Query, maximum = 9_999_999_999_i64,
            description = "Live tokens that end within so many seconds; not with the states expired and revoked"),
        ("unused_for" = Option<u64>, Query, maximum = 9_999_999_999_i64,
            description = "Tokens that were not used for so many seconds; if never, were made so long ago"),
        ("order_by" = inline(Option<Orders>), Query, description = "The order; `created` if absent"),
        ("descending_order" = Option<bool>, Query, description = "Whether the order is reversed"),
        ("limit" = Option<u32>, Query, minimum = 1, maximum = 1000, description = "Tokens on a page; 100 if absent"),
        ("cursor" = Option<String>, Query,
            description = "From the page before, with the same other parameters by the same caller"),
    ),
    responses((status = 200, description = "A page", body = TokenDetailsPage), Refusals)
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    Ok(answers::json(&state.access.list_token_details(&caller, &filter(&query)?).await?))
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "its description is all of it that is used")]
enum States {
    Live,
    Expired,
    Revoked,
    All,
}

#[derive(ToSchema)]
#[schema(rename_all = "snake_case")]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) enum Orders {
    Created,
    TokenId,
    Owner,
    Subject,
    Expiry,
}

/// The list that the query asks for.
pub(crate) fn filter(query: &Query) -> Result<TokenDetailsFilter, ApiError> {
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
        limit: query.count("limit", LONGEST_PAGE)?,
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
