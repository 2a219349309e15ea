//! `GET /access/api/v1/tokens`: the live tokens the caller may see, written page by page, so that a
//! million of them never stand in memory.

use crate::answers;
use crate::caller::Caller;
use crate::errors::ApiError;
use crate::openapi::Refusals;
use crate::query::Query;
use crate::routes::accessd_tokens::list::Orders;
use crate::state::AppState;
use access_core::store::{TextMatch, TokenOrder, TokenPlace};
use access_core::{AccessError, Principal, TokenFilter, TokenPage};
use access_types::TokenInfo;
use access_types::token_info::TokenList;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::response::Response;
use futures_util::stream;

/// The first page is read before the answer begins, so that what is wrong has a status. If a later one
/// cannot be read, the connection breaks: a list that is cut off must not look whole.
#[utoipa::path(
    get,
    path = "/access/api/v1/tokens",
    operation_id = "list_live_tokens",
    tag = "tokens",
    summary = "The live tokens that the caller may see",
    description = "An administrator sees all of them, a credential with user scope the user's own.",
    params(
        ("description" = Option<String>, Query,
            description = "This description, or with `*` at the end this beginning"),
        ("username" = Option<String>, Query, description = "The user name, in any case of letters"),
        ("refreshable" = Option<bool>, Query, description = "Whether the token has a refresh token"),
        ("token_id" = Option<String>, Query, description = "The token id"),
        ("order_by" = inline(Option<Orders>), Query, description = "The order; `created` if absent"),
        ("descending_order" = Option<bool>, Query, description = "Whether the order is reversed"),
    ),
    responses(
        (status = 200, description = "The tokens", body = TokenList),
        Refusals,
    )
)]
pub async fn handle(
    State(state): State<AppState>,
    Caller(caller): Caller,
    query: Query,
) -> Result<Response, ApiError> {
    let filter = filter(&query)?;
    write_list(state, caller, filter, |text, token| {
        // Strings, numbers and booleans always serialise, and a Vec always takes them.
        let _ = serde_json::to_writer(text, token);
    })
    .await
}

/// 200 with the tokens, each of them as `write` writes it.
pub(crate) async fn write_list(
    state: AppState,
    caller: Principal,
    filter: TokenFilter,
    write: fn(&mut Vec<u8>, &TokenInfo),
) -> Result<Response, ApiError> {
    let page = state.access.list_tokens(&caller, &filter, None).await?;
    let list = List { state, caller, filter, write, next: Some(Next::Page(page)), is_first: true };
    Ok(answers::json_stream(Body::from_stream(stream::try_unfold(list, List::write_page))))
}

struct List {
    state: AppState,
    caller: Principal,
    filter: TokenFilter,
    write: fn(&mut Vec<u8>, &TokenInfo),
    next: Option<Next>,
    is_first: bool,
}

enum Next {
    /// A page that was read.
    Page(TokenPage),
    /// The page behind this place.
    After(TokenPlace),
}

impl List {
    async fn write_page(mut self) -> Result<Option<(Bytes, Self)>, AccessError> {
        let page = match self.next.take() {
            None => return Ok(None),
            Some(Next::Page(page)) => page,
            Some(Next::After(last)) => {
                self.state.access.list_tokens(&self.caller, &self.filter, Some(last)).await?
            }
        };
        let mut text = Vec::new();
        if self.is_first {
            text.extend_from_slice(b"{\"tokens\":[");
        }
        for (at, token) in page.tokens.iter().enumerate() {
            if at > 0 || !self.is_first {
                text.push(b',');
            }
            (self.write)(&mut text, token);
        }
        if page.next.is_none() {
            text.extend_from_slice(b"]}");
        }
        self.is_first = false;
        self.next = page.next.map(Next::After);
        Ok(Some((text.into(), self)))
    }
}

fn filter(query: &Query) -> Result<TokenFilter, ApiError> {
    Ok(TokenFilter {
        description: query.text("description").map(text_match),
        username: query.text("username").map(str::to_owned),
        refreshable: query.flag("refreshable")?,
        token_id: query.text("token_id").map(str::to_owned),
        order: order(query.text("order_by"))?,
        descending: query.flag("descending_order")?.unwrap_or(false),
    })
}

/// A whole text, or with `*` at the end a prefix.
pub(crate) fn text_match(text: &str) -> TextMatch {
    match text.strip_suffix('*') {
        Some(prefix) => TextMatch::Prefix(prefix.to_owned()),
        None => TextMatch::Exact(text.to_owned()),
    }
}

/// The order that `order_by` names.
pub(crate) fn order(word: Option<&str>) -> Result<TokenOrder, ApiError> {
    match word {
        None | Some("created") => Ok(TokenOrder::Created),
        Some("token_id") => Ok(TokenOrder::TokenId),
        Some("owner") => Ok(TokenOrder::Owner),
        Some("subject") => Ok(TokenOrder::Subject),
        Some("expiry") => Ok(TokenOrder::Expiry),
        Some(_) => Err(AccessError::BadRequest(
            "order_by: must be created, token_id, owner, subject or expiry".to_owned(),
        )
        .into()),
    }
}
