//! The order of a list and its pages, against a sorted list in memory.

use super::fixture::{NOW, SERVICE_ID, insert, new_token, token};
use access_core::model::TokenRecord;
use access_core::store::{Store, TokenOrder, TokenPlace, TokenQuery};
use std::cmp::Ordering;
use std::sync::Arc;
use uuid::Uuid;

/// Every order.
pub(super) const ORDERS: [TokenOrder; 5] =
    [TokenOrder::Created, TokenOrder::TokenId, TokenOrder::Owner, TokenOrder::Subject, TokenOrder::Expiry];

/// Numbers below a bound that look drawn, the same for every `seed` (xorshift).
pub(super) fn numbers(seed: u64) -> impl FnMut(u64) -> u64 {
    let mut state = seed;
    move |bound| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) % bound
    }
}

/// Tokens with many ties in every column, and ids that follow none of them.
fn tokens() -> Vec<TokenRecord> {
    let mut next = numbers(0x2545_f491_4f6c_dd1d);
    let names = ["alice", "Alice", "bob", "ali", "zoë", "z", "é"];
    let mut made = Vec::new();
    for number in 0..240_u128 {
        let mut one = token(names[usize::try_from(next(7)).unwrap_or_default()]);
        one.token_id = Uuid::from_u128((u128::from(next(1 << 40)) << 80) | number);
        one.issued_at = NOW - next(12);
        one.expires_at = (next(4) != 0).then(|| NOW + 1 + next(9));
        if next(5) == 0 {
            one.subject = ["a", "jfrt@x/users/alice", SERVICE_ID, "zz"]
                [usize::try_from(next(4)).unwrap_or_default()]
            .to_owned();
            one.username = None;
        }
        made.push(one);
    }
    made
}

/// Which of two tokens comes first.
pub(super) fn compare(order: TokenOrder, a: &TokenRecord, b: &TokenRecord) -> Ordering {
    let owner = |token: &TokenRecord| token.username.clone().unwrap_or_default();
    let expiry = |token: &TokenRecord| token.expires_at.unwrap_or(u64::MAX);
    match order {
        TokenOrder::Created => a.issued_at.cmp(&b.issued_at),
        TokenOrder::TokenId => Ordering::Equal,
        TokenOrder::Owner => owner(a).cmp(&owner(b)),
        TokenOrder::Subject => a.subject.cmp(&b.subject),
        TokenOrder::Expiry => expiry(a).cmp(&expiry(b)),
    }
    .then(a.token_id.cmp(&b.token_id))
}

/// Everything the query shows, page by page.
pub(super) async fn walk(store: &Arc<dyn Store>, query: &TokenQuery) -> Vec<TokenRecord> {
    let mut seen: Vec<TokenRecord> = Vec::new();
    loop {
        let after = seen.last().map(TokenPlace::from);
        let page = store.list_tokens(TokenQuery { after, ..query.clone() }).await.unwrap();
        assert!(page.len() <= query.limit);
        if page.is_empty() {
            return seen;
        }
        seen.extend(page.into_iter().map(|listed| listed.token));
    }
}

pub async fn every_order_and_page_equals_the_model(store: Arc<dyn Store>) {
    let tokens = tokens();
    for token in &tokens {
        insert(&store, &new_token(token.clone())).await;
    }
    for order in ORDERS {
        for descending in [false, true] {
            for username in [None, Some("alice".to_owned())] {
                for limit in [1000, 37, 7, 1] {
                    let mut model: Vec<TokenRecord> = tokens.clone();
                    model.retain(|token| username.is_none() || token.username == username);
                    model.sort_by(|a, b| compare(order, a, b));
                    if descending {
                        model.reverse();
                    }
                    let username = username.clone();
                    let query =
                        TokenQuery { now: NOW, order, descending, username, limit, ..TokenQuery::default() };
                    assert_eq!(walk(&store, &query).await, model, "{query:?}");
                }
            }
        }
    }
}
