//! Many tokens found and revoked at once.

use super::families::rotation;
use super::fixture::{NOW, audit, audit_count, id, initialised, insert, new_token, refreshable, token};
use access_core::family::Decision;
use access_core::model::{AuditRecord, TokenRecord};
use access_core::store::{
    Asker, ListedState, RevocationsOutcome, RotationOutcome, Store, TextMatch, TokenQuery,
};
use std::sync::Arc;
use uuid::Uuid;

pub async fn many_are_revoked_as_each_would_be(store: Arc<dyn Store>) {
    let plain = token("alice");
    let (replaced, other) = (refreshable(), refreshable());
    let past_due = TokenRecord { revocation_due: Some(NOW), ..token("alice") };
    insert(&store, &new_token(plain.clone())).await;
    insert(&store, &new_token(past_due.clone())).await;
    for new in [&replaced, &other] {
        insert(&store, new).await;
    }
    let family = replaced.family.clone().unwrap();
    let step = rotation(&family, family.current_hash, Decision::Rotate);
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rotated);

    let before = audit_count(&store).await;
    let wanted = [plain.token_id, id(), replaced.token.token_id, past_due.token_id, plain.token_id];
    let revocations: Vec<(Uuid, AuditRecord)> = wanted.map(|id| (id, audit())).into();
    let records: Vec<AuditRecord> = revocations.iter().map(|(_, record)| record.clone()).collect();
    let outcome = store.revoke_tokens(None, revocations, NOW + 20).await.unwrap();
    let revoked = vec![true, false, true, false, false];
    assert_eq!(outcome, RevocationsOutcome::Done { revoked, asker_ended: false });
    assert_eq!(audit_count(&store).await, before + 2, "one for each that was revoked");
    let trail = store.audit_trail(2).await.unwrap();
    assert_eq!(trail, [records[2].clone(), records[0].clone()]);
    let revoked_at = async |id: Uuid| {
        store.find_token(id).await.unwrap().unwrap().token.revocation.map(|revocation| revocation.at)
    };
    assert_eq!(revoked_at(plain.token_id).await, Some(NOW + 20));
    assert_eq!(revoked_at(step.successor.token_id).await, Some(NOW + 20), "what came of a replaced one");
    assert_eq!(revoked_at(other.token.token_id).await, None);
    let nothing = RevocationsOutcome::Done { revoked: Vec::new(), asker_ended: false };
    assert_eq!(store.revoke_tokens(None, Vec::new(), NOW).await.unwrap(), nothing);
}

pub async fn who_may_no_longer_ask_revokes_nothing(store: Arc<dyn Store>) {
    initialised(&store).await;
    let (asking, other) = (refreshable(), token("bob"));
    insert(&store, &asking).await;
    insert(&store, &new_token(other.clone())).await;
    let user = store.find_user("admin").await.unwrap().unwrap();
    let family = asking.family.clone().unwrap();
    let of = |token_id, epoch| {
        Some(Asker { token_id, user: Some((user.username.clone(), epoch)), ..Asker::default() })
    };
    let revoke = async |asker: &Option<Asker>, id: Uuid| {
        store.revoke_tokens(asker.clone(), vec![(id, audit())], NOW).await.unwrap()
    };
    assert_eq!(revoke(&of(None, user.token_epoch + 1), other.token_id).await, RevocationsOutcome::AskerGone);
    assert_eq!(
        revoke(&of(Some(id()), user.token_epoch), other.token_id).await,
        RevocationsOutcome::AskerGone
    );
    let before = store.find_token(other.token_id).await.unwrap().unwrap().token;
    assert_eq!(before.revocation, None);
    // Its own token, by that of the family that it came of.
    let step = rotation(&family, family.current_hash, Decision::Rotate);
    assert_eq!(store.rotate_refresh(step.clone()).await.unwrap(), RotationOutcome::Rotated);
    let asker = of(Some(step.successor.token_id), user.token_epoch);
    for (id, asker_ended) in [(other.token_id, false), (asking.token.token_id, true)] {
        assert_eq!(revoke(&asker, id).await, RevocationsOutcome::Done { revoked: vec![true], asker_ended });
    }
    assert_eq!(revoke(&asker, id()).await, RevocationsOutcome::AskerGone);
    let left = of(None, user.token_epoch);
    let gone = RevocationsOutcome::Done { revoked: vec![false], asker_ended: false };
    assert_eq!(revoke(&left, other.token_id).await, gone);
}

pub async fn all_that_match_are_found_whatever_the_page(store: Arc<dyn Store>) {
    let mut scoped = Vec::new();
    for number in 0..30 {
        let scope = ["system:info:r", "system:info:r api:*", "api:*"][number % 3].to_owned();
        let one = TokenRecord { scope, ..token(["alice", "bob"][number % 2]) };
        insert(&store, &new_token(one.clone())).await;
        scoped.push(one);
    }
    store.revoke_token(scoped[1].token_id, NOW, audit()).await.unwrap();
    let ids = |wanted: &dyn Fn(usize) -> bool| -> Vec<Uuid> {
        scoped.iter().enumerate().filter(|(at, _)| wanted(*at)).map(|(_, token)| token.token_id).collect()
    };
    let query = || TokenQuery { now: NOW, limit: 1, ..TokenQuery::default() };
    let name = |name: &str| Some(name.to_owned());
    let info = || Some(TextMatch::Exact("system:info:r".to_owned()));
    for (query, expected) in [
        (query(), ids(&|at| at != 1)),
        (TokenQuery { state: ListedState::All, ..query() }, ids(&|_| true)),
        (TokenQuery { state: ListedState::Revoked, ..query() }, ids(&|at| at == 1)),
        (TokenQuery { username: name("bob"), ..query() }, ids(&|at| at % 2 == 1 && at != 1)),
        (TokenQuery { scope: info(), ..query() }, ids(&|at| at % 3 < 2 && at != 1)),
        (TokenQuery { visible_to: name("carol"), ..query() }, vec![]),
    ] {
        let mut found = store.matching_tokens(query.clone()).await.unwrap();
        found.sort();
        assert_eq!(found, expected, "{query:?}");
    }
}
