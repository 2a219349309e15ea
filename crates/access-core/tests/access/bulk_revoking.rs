//! Revoking many tokens, batch by batch.

use crate::support::{PASSWORD, START, World, basic, refreshable, scope, world};
use access_core::model::AuditAction;
use access_core::store::Store;
use access_core::{AccessError, BulkRevocation, Principal, RevocationTargets, TokenCriteria, TokenSelector};
use access_store::Fault;
use access_types::group::GroupInput;
use access_types::token_revocation::{RevocationOutcome, RevocationSummary, TokenRevocation};
use access_types::user::{UserInput, UserStatus};
use access_types::{TokenRequest, TokenResponse};

async fn begin(world: &World, principal: &Principal, criteria: TokenCriteria) -> BulkRevocation {
    let targets = RevocationTargets::Matching(criteria);
    world.access.begin_bulk_revocation(principal.clone(), targets).await.unwrap()
}

async fn finish(mut revocation: BulkRevocation) -> (Vec<TokenRevocation>, RevocationSummary) {
    let mut lines = Vec::new();
    loop {
        let batch = revocation.next_batch().await.unwrap();
        assert!(batch.len() <= 100);
        if batch.is_empty() {
            return (lines, revocation.summary(None));
        }
        lines.extend(batch);
    }
}

async fn make(world: &World, username: &str, count: usize) -> Vec<TokenResponse> {
    let mut made = Vec::new();
    for _ in 0..count {
        made.push(world.token_for(username, TokenRequest::default()).await);
    }
    made
}

fn of(username: &str) -> TokenCriteria {
    TokenCriteria { username: Some(username.to_owned()), ..TokenCriteria::default() }
}

#[tokio::test]
async fn a_filter_reaches_what_was_there_and_the_callers_own_token_last() {
    let world = world().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    let made = make(&world, "frog", 250).await;
    let toads = make(&world, "toad", 1).await;
    let frog = world.principal(&made[120].access_token).await;
    let mut revocation = begin(&world, &frog, TokenCriteria::default()).await;
    let first = revocation.next_batch().await.unwrap();
    assert_eq!(first.len(), 100);
    for token in &made {
        let was_told = first.iter().any(|line| line.token_id == token.token_id);
        assert_eq!(world.is_accepted(&token.access_token).await, !was_told);
    }
    // The clock stands still, so this one is as old as the others; only it was not there.
    let later = make(&world, "frog", 5).await;
    let (rest, summary) = finish(revocation).await;
    let lines = [first, rest].concat();
    let mut ids: Vec<&str> = lines.iter().map(|line| line.token_id.as_str()).collect();
    assert_eq!(ids.last(), Some(&made[120].token_id.as_str()));
    ids.sort_unstable();
    let mut expected: Vec<&str> = made.iter().map(|token| token.token_id.as_str()).collect();
    expected.sort_unstable();
    assert_eq!(ids, expected);
    assert!(lines.iter().all(|line| line.outcome == RevocationOutcome::Revoked));
    let counts =
        RevocationSummary { complete: true, error: None, revoked: 250, already_gone: 0, forbidden: 0 };
    assert_eq!(summary, counts);
    for token in &made {
        assert!(!world.is_accepted(&token.access_token).await);
    }
    for token in later.iter().chain(&toads) {
        assert!(world.is_accepted(&token.access_token).await);
    }
    let trail = world.store.audit_trail(260).await.unwrap();
    let revoked = trail.iter().filter(|record| record.action == AuditAction::TokenRevoked);
    assert!(revoked.clone().all(|record| record.actor_token_id == frog.token_id()));
    assert_eq!(revoked.count(), 250);
}

#[tokio::test]
async fn ids_are_told_one_by_one_in_their_order() {
    let world = world().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    let mine = make(&world, "frog", 3).await;
    let toads = make(&world, "toad", 1).await;
    let frog = world.principal(&mine[0].access_token).await;
    let old = world.token_for("frog", refreshable()).await;
    let new = world.refresh(&old.access_token, old.refresh_token.as_ref().unwrap()).await.unwrap();
    let ids = vec![
        toads[0].token_id.clone(),
        mine[0].token_id.clone(),
        "no-such".to_owned(),
        old.token_id.clone(),
        new.token_id.clone(),
        mine[1].token_id.clone(),
    ];
    let targets = RevocationTargets::Ids(ids.clone());
    let revocation = world.access.begin_bulk_revocation(frog, targets).await.unwrap();
    let (lines, summary) = finish(revocation).await;
    let told: Vec<(&str, RevocationOutcome)> =
        lines.iter().map(|line| (line.token_id.as_str(), line.outcome)).collect();
    use RevocationOutcome::{AlreadyGone, Forbidden, Revoked};
    let outcomes = [Forbidden, Revoked, AlreadyGone, Revoked, AlreadyGone, Revoked];
    let expected: Vec<(&str, RevocationOutcome)> = ids.iter().map(String::as_str).zip(outcomes).collect();
    assert_eq!(told, expected);
    assert_eq!((summary.revoked, summary.already_gone, summary.forbidden), (3, 2, 1));
    assert!(!world.is_accepted(&new.access_token).await, "what came of a replaced token goes with it");
    assert!(world.is_accepted(&toads[0].access_token).await);
    assert!(world.is_accepted(&mine[2].access_token).await);
}

#[tokio::test]
async fn storage_that_fails_midway_takes_nothing_back() {
    let world = world().await;
    world.user("frog").await;
    let made = make(&world, "frog", 150).await;
    let mut revocation = begin(&world, &world.admin, of("frog")).await;
    let told = revocation.next_batch().await.unwrap();
    world.store.fail("revoke_tokens", Fault::Before);
    assert!(matches!(revocation.next_batch().await, Err(AccessError::Unavailable(_))));
    let summary = revocation.summary(Some("why".to_owned()));
    assert_eq!((summary.complete, summary.revoked), (false, 100));
    world.store.heal();
    for token in &made {
        let was_told = told.iter().any(|line| line.token_id == token.token_id);
        assert_eq!(world.is_accepted(&token.access_token).await, !was_told);
    }
}

#[tokio::test]
async fn what_was_used_is_not_unused_though_it_is_not_written_yet() {
    let world = world().await;
    world.user("frog").await;
    let made = make(&world, "frog", 2).await;
    world.clock.advance(600);
    assert!(world.is_accepted(&made[0].access_token).await);
    let criteria = TokenCriteria { unused_for: Some(300), ..of("frog") };
    let (lines, _) = finish(begin(&world, &world.admin, criteria).await).await;
    assert_eq!(lines.iter().map(|line| &line.token_id).collect::<Vec<_>>(), [&made[1].token_id]);
    assert_eq!(world.now(), START + 600);
}

#[tokio::test]
async fn a_narrow_token_revokes_by_no_filter_and_itself_by_id() {
    let world = world().await;
    let narrow = world.token_for("robot", scope("system:info:r")).await;
    let robot = world.principal(&narrow.access_token).await;
    let all = RevocationTargets::Matching(TokenCriteria::default());
    let result = world.access.begin_bulk_revocation(robot.clone(), all).await;
    assert!(matches!(result.err(), Some(AccessError::Forbidden(_))));
    let itself = RevocationTargets::Ids(vec![narrow.token_id.clone()]);
    let (_, summary) = finish(world.access.begin_bulk_revocation(robot, itself).await.unwrap()).await;
    assert_eq!(summary.revoked, 1);
    assert!(!world.is_accepted(&narrow.access_token).await);
}

/// Who administers by being the user `boss`, by a group, and by a password.
async fn administrators(world: &World) -> [Principal; 3] {
    world.group("chiefs", true).await;
    world.user_with(UserInput { admin: Some(true), ..named("boss") }).await;
    let by_user = world.token_for("boss", TokenRequest::default()).await;
    let by_group = world.token_for("robot", scope("applied-permissions/groups:chiefs")).await;
    let by_password = world.access.authenticate(&basic("boss", PASSWORD)).await.unwrap();
    [world.principal(&by_user.access_token).await, world.principal(&by_group.access_token).await, by_password]
}

fn named(name: &str) -> UserInput {
    UserInput { username: Some(name.to_owned()), ..UserInput::default() }
}

#[tokio::test]
async fn who_is_no_administrator_any_more_goes_no_further() {
    for (at, refusal, change) in [
        (0, "Invalid token, revoked", Change::Token),
        (0, "its user was", Change::Status(UserStatus::Disabled)),
        (0, "administrator rights", Change::Status(UserStatus::Locked)),
        (0, "its user was", Change::Demotion),
        (1, "Invalid token, revoked", Change::Token),
        (1, "administrator rights", Change::Group),
        (2, "its user was", Change::Status(UserStatus::Disabled)),
        (2, "its user was", Change::Demotion),
    ] {
        let world = world().await;
        world.user("frog").await;
        let made = make(&world, "frog", 101).await;
        let asker = administrators(&world).await[at].clone();
        let mut revocation = begin(&world, &asker, of("frog")).await;
        let told = revocation.next_batch().await.unwrap();
        assert_eq!(told.len(), 100);
        change.make(&world, &asker).await;
        let error = revocation.next_batch().await.unwrap_err().to_string();
        assert!(error.contains(refusal), "{at} {change:?}: {error}");
        let mut alive = 0;
        for token in &made {
            alive += usize::from(world.is_accepted(&token.access_token).await);
        }
        assert_eq!(alive, 1, "{at} {change:?}");
    }
}

#[derive(Debug)]
enum Change {
    Token,
    Status(UserStatus),
    Demotion,
    Group,
}

impl Change {
    async fn make(&self, world: &World, asker: &Principal) {
        match self {
            Self::Token => {
                let id = TokenSelector::Id(asker.token_id().unwrap().to_string());
                world.access.revoke_token(&world.admin, &id).await.unwrap();
            }
            Self::Status(status) => {
                let input = UserInput { status: Some(*status), ..UserInput::default() };
                world.access.change_user(&world.admin, "boss", input).await.unwrap();
            }
            Self::Demotion => {
                let input = UserInput { admin: Some(false), ..UserInput::default() };
                world.access.change_user(&world.admin, "boss", input).await.unwrap();
            }
            Self::Group => {
                let input = GroupInput { admin_privileges: Some(false), ..GroupInput::default() };
                world.access.change_group(&world.admin, "chiefs", input).await.unwrap();
            }
        }
    }
}

#[tokio::test]
async fn a_token_that_revokes_itself_on_the_way_goes_on_and_one_whose_time_is_over_too() {
    let world = world().await;
    world.user("frog").await;
    let old = world.token_for("frog", refreshable()).await;
    let made = make(&world, "frog", 220).await;
    let own = world.refresh(&old.access_token, old.refresh_token.as_ref().unwrap()).await.unwrap();
    let frog = world.principal(&own.access_token).await;
    // Its own token is what came of the first one named.
    let mut ids = vec![old.token_id.clone()];
    ids.extend(made.iter().map(|token| token.token_id.clone()));
    let targets = RevocationTargets::Ids(ids);
    let mut revocation = world.access.begin_bulk_revocation(frog, targets).await.unwrap();
    assert_eq!(revocation.next_batch().await.unwrap().len(), 100);
    assert!(!world.is_accepted(&own.access_token).await);
    world.clock.advance(3601);
    assert_eq!(revocation.next_batch().await.unwrap().len(), 100);
    let disabled = UserInput { status: Some(UserStatus::Disabled), ..UserInput::default() };
    world.access.change_user(&world.admin, "frog", disabled).await.unwrap();
    let result = revocation.next_batch().await;
    assert!(matches!(result, Err(AccessError::Authentication(_))), "{result:?}");
}

#[tokio::test]
async fn what_is_used_meanwhile_or_may_have_been_is_spared() {
    let world = world().await;
    world.user("frog").await;
    let made = make(&world, "frog", 4).await;
    world.clock.set(START + 60);
    // Noted at the beginning of a minute, and not once more at its end.
    for second in [60, 119] {
        world.clock.set(START + second);
        assert!(world.is_accepted(&made[0].access_token).await);
        world.access.flush_uses().await.unwrap();
    }
    world.clock.set(START + 178);
    let criteria = TokenCriteria { unused_for: Some(60), ..of("frog") };
    let mut revocation = begin(&world, &world.admin, criteria.clone()).await;
    world.clock.set(START + 180);
    assert!(world.is_accepted(&made[1].access_token).await);
    assert!(world.is_accepted(&made[2].access_token).await);
    world.access.flush_uses().await.unwrap();
    assert!(world.is_accepted(&made[2].access_token).await, "one noted, one written");
    let lines = revocation.next_batch().await.unwrap();
    assert_eq!(lines.iter().map(|line| &line.token_id).collect::<Vec<_>>(), [&made[3].token_id]);
    assert_eq!(revocation.summary(None).revoked, 1);
    for token in &made[..3] {
        assert!(world.is_accepted(&token.access_token).await);
    }
}

#[tokio::test]
async fn a_batch_of_which_nothing_is_left_is_not_the_last_one() {
    let world = world().await;
    world.user("frog").await;
    let made = make(&world, "frog", 101).await;
    world.clock.advance(600);
    let criteria = TokenCriteria { unused_for: Some(300), ..of("frog") };
    let revocation = begin(&world, &world.admin, criteria).await;
    for token in &made[..100] {
        assert!(world.is_accepted(&token.access_token).await);
    }
    let (lines, summary) = finish(revocation).await;
    assert_eq!(lines.iter().map(|line| &line.token_id).collect::<Vec<_>>(), [&made[100].token_id]);
    assert!(summary.complete);
}
