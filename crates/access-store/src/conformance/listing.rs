//! Which tokens a list shows.

use super::fixture::{
    NOW, audit, done, initialised, insert, insert_user, new_token, refreshable, token, user,
};
use access_core::model::{TokenRecord, UserChange};
use access_core::store::{Store, TextMatch, TokenOrder, TokenQuery};
use access_types::user::UserStatus;
use std::sync::Arc;
use uuid::Uuid;

fn all() -> TokenQuery {
    TokenQuery { now: NOW, limit: 100, order: TokenOrder::TokenId, ..TokenQuery::default() }
}

async fn listed(store: &Arc<dyn Store>, query: TokenQuery) -> Vec<Uuid> {
    store.list_tokens(query).await.unwrap().into_iter().map(|listed| listed.token.token_id).collect()
}

pub async fn only_live_tokens_are_listed(store: Arc<dyn Store>) {
    let live = token("alice");
    let never = TokenRecord { expires_at: None, ..token("alice") };
    let last = TokenRecord { expires_at: Some(NOW + 1), ..token("alice") };
    let now = TokenRecord { expires_at: Some(NOW), ..token("alice") };
    let gone = TokenRecord { expires_at: Some(NOW - 1), ..token("alice") };
    let revoked = token("alice");
    for token in [&live, &never, &last, &now, &gone, &revoked] {
        insert(&store, &new_token(token.clone())).await;
    }
    assert!(store.revoke_token(revoked.token_id, NOW, audit()).await.unwrap());
    let expected = vec![live.clone(), never, last];
    let page = store.list_tokens(all()).await.unwrap();
    assert!(page.iter().all(|listed| listed.user_available));
    assert_eq!(page.into_iter().map(|listed| listed.token).collect::<Vec<_>>(), expected);
    for order in [TokenOrder::Created, TokenOrder::Owner, TokenOrder::Subject, TokenOrder::Expiry] {
        assert_eq!(listed(&store, TokenQuery { order, ..all() }).await.len(), 3, "{order:?}");
    }
    for id in [now.token_id, gone.token_id, revoked.token_id] {
        assert!(listed(&store, TokenQuery { token_id: Some(id), ..all() }).await.is_empty());
    }
    let one = listed(&store, TokenQuery { token_id: Some(live.token_id), ..all() }).await;
    assert_eq!(one, [live.token_id]);
}

pub async fn tokens_follow_their_user(store: Arc<dyn Store>) {
    initialised(&store).await;
    insert_user(&store, user("alice")).await;
    let bound = TokenRecord { user_epoch: Some(1000), ..token("alice") };
    let other_epoch = TokenRecord { user_epoch: Some(999), ..token("alice") };
    let no_user = TokenRecord { user_epoch: Some(1000), ..token("nobody") };
    let free = token("transient");
    for token in [&bound, &other_epoch, &no_user, &free] {
        insert(&store, &new_token(token.clone())).await;
    }
    assert_eq!(listed(&store, all()).await, [bound.token_id, free.token_id]);
    let change = |status| UserChange { status: Some(status), ..UserChange::default() };
    done(store.update_user("alice", change(UserStatus::Locked), 5, audit()).await.unwrap());
    assert_eq!(listed(&store, all()).await, [bound.token_id, free.token_id]);
    // The epoch stays the same here, the state alone hides the token.
    done(store.update_user("alice", change(UserStatus::Disabled), 1000, audit()).await.unwrap());
    assert_eq!(listed(&store, all()).await, [free.token_id]);
    done(store.update_user("alice", change(UserStatus::Enabled), 5, audit()).await.unwrap());
    assert_eq!(listed(&store, all()).await, [bound.token_id, free.token_id]);
    done(store.delete_user("alice", audit()).await.unwrap());
    assert_eq!(listed(&store, all()).await, [free.token_id]);
}

pub async fn filters(store: Arc<dyn Store>) {
    let alice = token("alice");
    let bob = TokenRecord { description: Some("ci".to_owned()), ..token("bob") };
    let fresh = refreshable();
    insert(&store, &new_token(alice.clone())).await;
    insert(&store, &new_token(bob.clone())).await;
    insert(&store, &fresh).await;
    let name = |name: &str| Some(name.to_owned());
    let exact = |text: &str| Some(TextMatch::Exact(text.to_owned()));
    let cases = [
        (TokenQuery { username: name("bob"), ..all() }, vec![bob.token_id]),
        (TokenQuery { username: name("nobody"), ..all() }, vec![]),
        (TokenQuery { username: name(""), ..all() }, vec![]),
        (TokenQuery { refreshable: Some(true), ..all() }, vec![fresh.token.token_id]),
        (TokenQuery { refreshable: Some(false), ..all() }, vec![alice.token_id, bob.token_id]),
        (TokenQuery { description: exact("ci"), ..all() }, vec![bob.token_id]),
        (TokenQuery { description: exact("c"), ..all() }, vec![]),
        (TokenQuery { username: name("alice"), refreshable: Some(false), ..all() }, vec![alice.token_id]),
        (TokenQuery { username: name("alice"), token_id: Some(bob.token_id), ..all() }, vec![]),
        (TokenQuery { limit: 1, ..all() }, vec![alice.token_id]),
        (TokenQuery { limit: 0, ..all() }, vec![]),
    ];
    for (query, expected) in cases {
        assert_eq!(listed(&store, query.clone()).await, expected, "{query:?}");
    }
}

pub async fn descriptions_match_literally(store: Arc<dyn Store>) {
    let texts = ["a%b", "a_b", "a*b", "aXb", "A%b", "a[b]", "a\\b", "naïve", "na\u{ef}", "'; --", "", "?"];
    for text in texts {
        let described = TokenRecord { description: Some(text.to_owned()), ..token("alice") };
        insert(&store, &new_token(described)).await;
    }
    insert(&store, &new_token(token("alice"))).await;
    let prefixes = ["a%", "a_", "a*", "a", "A", "a[", "a\\", "naï", "na", "'", "?", "%", "*", "_", ""];
    for prefix in prefixes.into_iter().chain(texts) {
        for exact in [false, true] {
            let description =
                Some(if exact { TextMatch::Exact } else { TextMatch::Prefix }(prefix.to_owned()));
            let page = store.list_tokens(TokenQuery { description, ..all() }).await.unwrap();
            let found: Vec<String> = page.into_iter().filter_map(|listed| listed.token.description).collect();
            let matches = |text: &&str| if exact { *text == prefix } else { text.starts_with(prefix) };
            let expected: Vec<&str> = texts.into_iter().filter(matches).collect();
            assert_eq!(found, expected, "{prefix:?}, exact: {exact}");
        }
    }
}

pub async fn visibility_and_name_must_agree(store: Arc<dyn Store>) {
    let alice = token("alice");
    insert(&store, &new_token(alice.clone())).await;
    insert(&store, &new_token(token("bob"))).await;
    // A subject of another service that ends in the same name is not the same user.
    let mut foreign = token("alice");
    foreign.subject = "jfrt@elsewhere/users/alice".to_owned();
    foreign.username = None;
    insert(&store, &new_token(foreign)).await;
    let name = |name: &str| Some(name.to_owned());
    for order in [TokenOrder::Created, TokenOrder::Owner, TokenOrder::Subject, TokenOrder::Expiry] {
        let seen = TokenQuery { visible_to: name("alice"), order, ..all() };
        assert_eq!(listed(&store, seen.clone()).await, [alice.token_id]);
        assert_eq!(
            listed(&store, TokenQuery { username: name("alice"), ..seen.clone() }).await,
            [alice.token_id]
        );
        assert!(listed(&store, TokenQuery { username: name("bob"), ..seen }).await.is_empty());
    }
}
