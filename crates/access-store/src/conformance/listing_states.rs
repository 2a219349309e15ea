//! Which tokens a list of each state shows, and what each filter leaves of it, page by page, against a model.

use super::fixture::{NOW, audit, done, family_of, initialised, insert, insert_user, new_token, token, user};
use super::listing_order::{ORDERS, compare, numbers, walk};
use access_core::model::{Revocation, RevocationReason, TokenRecord, UserChange};
use access_core::store::{ListedState, NewToken, Store, TextMatch, TokenQuery};
use access_types::user::UserStatus;
use std::sync::Arc;

const STATES: [ListedState; 4] =
    [ListedState::Live, ListedState::Expired, ListedState::Revoked, ListedState::All];

/// Tokens in every state, of every kind, with ties.
fn tokens() -> Vec<NewToken> {
    let mut next = numbers(0x9e37_79b9_7f4a_7c15);
    let mut made = Vec::new();
    for _ in 0..300 {
        let mut one = token(["alice", "bob", "carol"][next(3) as usize]);
        one.issued_at = NOW - next(9);
        one.expires_at = (next(4) != 0).then(|| NOW - 4 + next(9));
        one.scope = SCOPES[next(5) as usize].to_owned();
        one.description = [None, Some("ci one"), Some("ci two")][next(3) as usize].map(str::to_owned);
        one.project_key = [None, Some("web"), Some("webshop")][next(3) as usize].map(str::to_owned);
        one.last_used = (next(2) == 0).then(|| NOW - next(9));
        one.revocation_due = (next(3) == 0).then(|| NOW - 4 + next(9));
        one.revocation =
            (next(3) == 0).then(|| Revocation { at: NOW - next(5), reason: RevocationReason::Requested });
        let family = (next(2) == 0).then(|| family_of(&mut one));
        made.push(NewToken { family, ..new_token(one) });
    }
    made
}

const SCOPES: [&str; 5] = [
    "applied-permissions/user",
    "applied-permissions/admin",
    "applied-permissions/groups:\"a system:info:r b\",c",
    "system:info:r artifact:generic-local/**:r,w",
    "artifact:generic-local/x:r system:info:r",
];

fn is_in(state: ListedState, token: &TokenRecord) -> bool {
    let revoked = token.revocation.is_some() || token.revocation_due.is_some_and(|due| due <= NOW);
    let expired = token.expires_at.is_some_and(|at| at <= NOW);
    match state {
        ListedState::Live => !revoked && !expired,
        ListedState::Expired => !revoked && expired,
        ListedState::Revoked => revoked,
        ListedState::All => true,
    }
}

/// What [`walk`] shows of `query` must be what `matches` leaves of the tokens in each state, in every order.
async fn assert_shows(
    store: &Arc<dyn Store>,
    all: &[NewToken],
    query: &TokenQuery,
    matches: impl Fn(&TokenRecord) -> bool,
) {
    let mut found = 0;
    for state in STATES {
        let is_wanted = |token: &TokenRecord| is_in(state, token) && matches(token);
        let mut expected: Vec<_> = all.iter().map(|new| new.token.clone()).filter(is_wanted).collect();
        found += expected.len();
        for order in ORDERS {
            expected.sort_by(|a, b| compare(order, a, b));
            for (descending, limit) in [(false, 1000), (true, 1000), (false, 7), (true, 7)] {
                let query = TokenQuery { now: NOW, state, order, descending, limit, ..query.clone() };
                let mut shown = walk(store, &query).await;
                if descending {
                    shown.reverse();
                }
                assert_eq!(shown, expected, "{query:?}");
            }
        }
    }
    assert!(found > 0, "a filter that finds nothing shows nothing: {query:?}");
}

pub async fn who_has_a_name_is_not_who_had_it_before(store: Arc<dyn Store>) {
    let epochs = [Some(1000), Some(2000), None];
    let mut made = Vec::new();
    for user_epoch in epochs {
        let one = TokenRecord { user_epoch, expires_at: Some(NOW), ..token("alice") };
        insert(&store, &new_token(one.clone())).await;
        made.push(one);
    }
    for state in [ListedState::Expired, ListedState::All] {
        for (visible_epoch, expected) in [(Some(2000), &made[1..]), (None, &made[..])] {
            let visible_to = Some("alice".to_owned());
            let query =
                TokenQuery { now: NOW, state, visible_to, visible_epoch, limit: 2, ..TokenQuery::default() };
            assert_eq!(walk(&store, &query).await, expected, "{query:?}");
        }
    }
}

pub async fn every_state_and_filter_equals_the_model(store: Arc<dyn Store>) {
    let all = tokens();
    for new in &all {
        insert(&store, new).await;
    }
    let query = TokenQuery::default;
    let exact = |text: &str| Some(TextMatch::Exact(text.to_owned()));
    let prefix = |text: &str| Some(TextMatch::Prefix(text.to_owned()));
    assert_shows(&store, &all, &query(), |_| true).await;
    let bob = TokenQuery { username: Some("bob".to_owned()), ..query() };
    assert_shows(&store, &all, &bob, |token| token.username.as_deref() == Some("bob")).await;
    let described = TokenQuery { description: prefix("ci t"), refreshable: Some(true), ..query() };
    let is_described = |token: &TokenRecord| token.description.as_deref() == Some("ci two");
    assert_shows(&store, &all, &described, |token| is_described(token) && token.family_id.is_some()).await;
    let web = TokenQuery { project_key: Some("web".to_owned()), ..query() };
    assert_shows(&store, &all, &web, |token| token.project_key.as_deref() == Some("web")).await;
    let ending = TokenQuery { expires_by: Some(NOW + 2), ..query() };
    assert_shows(&store, &all, &ending, |token| token.expires_at.is_some_and(|at| at <= NOW + 2)).await;
    let unused = TokenQuery { unused_since: Some(NOW - 3), ..query() };
    assert_shows(&store, &all, &unused, |token| token.last_used.unwrap_or(token.issued_at) <= NOW - 3).await;
    let info = TokenQuery { scope: exact("system:info:r"), ..query() };
    assert_shows(&store, &all, &info, |token| SCOPES[3..].contains(&token.scope.as_str())).await;
    let artifact = TokenQuery { scope: prefix("artifact:generic-local/x"), ..query() };
    assert_shows(&store, &all, &artifact, |token| token.scope == SCOPES[4]).await;
    let permissions = TokenQuery { scope: prefix("applied-permissions/"), ..query() };
    assert_shows(&store, &all, &permissions, |token| SCOPES[..3].contains(&token.scope.as_str())).await;
}

pub async fn a_part_of_a_scope_is_neither_its_middle_nor_quoted_text(store: Arc<dyn Store>) {
    for scope in SCOPES {
        insert(&store, &new_token(TokenRecord { scope: scope.to_owned(), ..token("alice") })).await;
    }
    for (part, found) in [
        (TextMatch::Exact("system:info".to_owned()), 0),
        (TextMatch::Prefix("info".to_owned()), 0),
        (TextMatch::Exact("b\",c".to_owned()), 0),
        (TextMatch::Exact(SCOPES[2].to_owned()), 1),
        (TextMatch::Exact(SCOPES[4].to_owned()), 0),
        (TextMatch::Prefix("system:".to_owned()), 2),
        (TextMatch::Prefix(String::new()), 5),
    ] {
        let query = TokenQuery { now: NOW, scope: Some(part.clone()), limit: 10, ..TokenQuery::default() };
        assert_eq!(store.list_tokens(query).await.unwrap().len(), found, "{part:?}");
    }
}

// Behind a page's end there are more rows to be sorted out than are read at once.
pub async fn pages_are_full_where_few_of_many_rows_match(store: Arc<dyn Store>) {
    let mut next = numbers(0x0123_4567_89ab_cdef);
    let mut all = Vec::new();
    for number in 0..1200 {
        let mut one = token(["alice", "bob"][next(2) as usize]);
        one.scope = SCOPES[if number % 100 == 50 { 3 } else { 2 }].to_owned();
        one.issued_at = NOW - next(5);
        one.expires_at = Some(NOW - 4 + next(20));
        one.revocation =
            (next(3) == 0).then(|| Revocation { at: NOW - next(5), reason: RevocationReason::Requested });
        all.push(new_token(one));
    }
    for new in &all {
        insert(&store, new).await;
    }
    let info = Some(TextMatch::Exact("system:info:r".to_owned()));
    let query = TokenQuery { scope: info, ..TokenQuery::default() };
    assert_shows(&store, &all, &query, |token| token.scope == SCOPES[3]).await;
}

pub async fn a_list_of_all_tells_whose_user_is_gone(store: Arc<dyn Store>) {
    initialised(&store).await;
    insert_user(&store, user("alice")).await;
    let bound = TokenRecord { user_epoch: Some(1000), ..token("alice") };
    let free = token("robot");
    for token in [&bound, &free] {
        insert(&store, &new_token(token.clone())).await;
    }
    let query = |state| TokenQuery { now: NOW, state, limit: 10, ..TokenQuery::default() };
    let told = async || {
        let all = store.list_tokens(query(ListedState::All)).await.unwrap();
        all.iter().map(|listed| (listed.token.token_id, listed.user_available)).collect::<Vec<_>>()
    };
    assert_eq!(told().await, [(bound.token_id, true), (free.token_id, true)]);
    let change = UserChange { status: Some(UserStatus::Disabled), ..UserChange::default() };
    done(store.update_user("alice", change, 5, audit()).await.unwrap());
    assert_eq!(told().await, [(bound.token_id, false), (free.token_id, true)]);
    assert_eq!(store.list_tokens(query(ListedState::Live)).await.unwrap().len(), 1);
    for state in [ListedState::Expired, ListedState::Revoked] {
        assert!(store.list_tokens(query(state)).await.unwrap().is_empty());
    }
}
