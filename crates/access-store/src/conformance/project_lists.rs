//! Lists of who administers projects: the own tokens and those of the projects, and no others.

use super::fixture::{
    NOW, audit, epoch, family_of, group, id, insert, insert_group, insert_user, names, new_token, project,
    token, user,
};
use access_core::model::TokenRecord;
use access_core::store::{
    ListedState, MemberKind, NewToken, PROJECT_ADMIN, ProjectOutcome, Store, TokenOrder, TokenPlace,
    TokenQuery,
};
use std::collections::BTreeSet;
use std::sync::Arc;
use uuid::Uuid;

async fn set(store: &Arc<dyn Store>, key: &str, kind: MemberKind, name: &str, roles: &[&str]) {
    let outcome = store.set_member(key, kind, (name.to_owned(), names(roles)), None, audit()).await.unwrap();
    assert!(matches!(outcome, ProjectOutcome::Done(_)), "{outcome:?}");
}

// T5: the predicate stands in the query, so it is compared with a model in every order, state and page.
pub async fn an_administrators_lists_hold_the_own_tokens_and_those_of_the_projects(store: Arc<dyn Store>) {
    insert_user(&store, user("frog")).await;
    insert_user(&store, user("toad")).await;
    let frogs = epoch(&store, "frog").await;
    for key in ["web", "app", "shop"] {
        store.insert_project(project(key), None, audit()).await.unwrap();
    }
    set(&store, "web", MemberKind::User, "frog", &[PROJECT_ADMIN]).await;
    insert_group(&store, group("leads"), &["frog"]).await;
    set(&store, "app", MemberKind::Group, "leads", &[PROJECT_ADMIN]).await;
    set(&store, "shop", MemberKind::User, "frog", &["Developer"]).await;
    let mut all = Vec::new();
    for number in 0..60_u64 {
        let mut one = token(["frog", "toad", "robot"][(number % 3) as usize]);
        one.project_key =
            [None, Some("web"), Some("app"), Some("shop")][(number / 3 % 4) as usize].map(str::to_owned);
        one.user_epoch = [None, Some(frogs), Some(frogs + 1)][(number / 12 % 3) as usize];
        one.issued_at = NOW - number % 7;
        one.expires_at = [None, Some(NOW + 60 + number), Some(NOW - 1)][(number % 5 / 2) as usize];
        let family = (number % 4 == 0).then(|| family_of(&mut one));
        insert(&store, &NewToken { family, ..new_token(one.clone()) }).await;
        if number % 6 == 5 {
            store.revoke_token(one.token_id, NOW, audit()).await.unwrap();
        }
        all.push(store.find_token(one.token_id).await.unwrap().unwrap().token);
    }
    let administered = |one: &TokenRecord| matches!(one.project_key.as_deref(), Some("web" | "app"));
    let own = |one: &TokenRecord| {
        one.username.as_deref() == Some("frog") && one.user_epoch.is_none_or(|epoch| epoch == frogs)
    };
    for (state, order, descending, username) in every_list() {
        let query = TokenQuery {
            now: NOW,
            visible_to: Some("frog".to_owned()),
            visible_epoch: Some(frogs),
            administered_by: Some("frog".to_owned()),
            username: username.map(str::to_owned),
            state,
            order,
            descending,
            limit: 7,
            ..TokenQuery::default()
        };
        let wanted: BTreeSet<Uuid> = all
            .iter()
            .filter(|one| own(one) || administered(one))
            .filter(|one| username.is_none_or(|name| one.username.as_deref() == Some(name)))
            .filter(|one| is_in(state, one, frogs))
            .map(|one| one.token_id)
            .collect();
        let listed = pages(&store, &query).await;
        assert_eq!(listed.len(), wanted.len(), "none twice: {state:?} {order:?} {descending} {username:?}");
        assert_eq!(listed.into_iter().collect::<BTreeSet<_>>(), wanted, "{state:?} {order:?} {username:?}");
        let ids: Vec<Uuid> = store.matching_tokens(query).await.unwrap();
        assert_eq!(ids.len(), wanted.len());
        assert_eq!(ids.into_iter().collect::<BTreeSet<_>>(), wanted, "{state:?} {username:?}");
    }
    // What is asked for in the name of somebody who administers nothing adds nothing, nor to a list of all.
    let toad = TokenQuery {
        now: NOW,
        visible_to: Some("toad".to_owned()),
        administered_by: Some("toad".to_owned()),
        state: ListedState::All,
        limit: 100,
        ..TokenQuery::default()
    };
    assert_eq!(store.list_tokens(toad.clone()).await.unwrap().len(), 20);
    let everything = TokenQuery { visible_to: None, administered_by: Some("frog".to_owned()), ..toad };
    assert_eq!(store.list_tokens(everything).await.unwrap().len(), all.len());
    assert_eq!(store.find_token(id()).await.unwrap(), None);
}

fn every_list() -> impl Iterator<Item = (ListedState, TokenOrder, bool, Option<&'static str>)> {
    let states = [ListedState::Live, ListedState::Expired, ListedState::Revoked, ListedState::All];
    let orders = [
        TokenOrder::Created,
        TokenOrder::TokenId,
        TokenOrder::Owner,
        TokenOrder::Subject,
        TokenOrder::Expiry,
    ];
    let names = [None, Some("frog"), Some("robot"), Some("nobody")];
    states.into_iter().flat_map(move |state| {
        orders.into_iter().flat_map(move |order| {
            [false, true]
                .into_iter()
                .flat_map(move |turned| names.into_iter().map(move |name| (state, order, turned, name)))
        })
    })
}

fn is_in(state: ListedState, one: &TokenRecord, frogs: i64) -> bool {
    let expired = one.expires_at.is_some_and(|at| at <= NOW);
    let revoked = one.revocation.is_some();
    let available = one.user_epoch.is_none_or(|epoch| {
        // Both users have the first epoch of the fixture; a robot is nobody.
        epoch == frogs && one.username.as_deref() != Some("robot")
    });
    match state {
        ListedState::Live => !revoked && !expired && available,
        ListedState::Expired => !revoked && expired,
        ListedState::Revoked => revoked,
        ListedState::All => true,
    }
}

/// Every page of a list, and that each is in order.
async fn pages(store: &Arc<dyn Store>, query: &TokenQuery) -> Vec<Uuid> {
    let mut seen = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_tokens(TokenQuery { after, ..query.clone() }).await.unwrap();
        seen.extend(page.iter().map(|listed| listed.token.token_id));
        match page.last().filter(|_| page.len() == query.limit) {
            Some(last) => after = Some(TokenPlace::from(&last.token)),
            None => return seen,
        }
    }
}
