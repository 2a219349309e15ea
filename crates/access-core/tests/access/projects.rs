//! Administrators of projects: what they lose between the check and the write, and what their tokens are.

use crate::support::{World, scope, world, world_with};
use access_core::model::AuditAction;
use access_core::store::{MemberKind, PROJECT_ADMIN, Store, TokenQuery};
use access_core::{
    AccessError, AccessSettings, AuthenticationError, Principal, RevocationTargets, TokenCriteria,
    TokenFilter,
};
use access_types::TokenRequest;
use access_types::project::{MemberInput, ProjectInput, RoleInput};
use std::sync::atomic::{AtomicBool, Ordering};

const ROLES: &str = "applied-permissions/roles:web:Viewer";

fn member(roles: &[&str]) -> MemberInput {
    MemberInput { name: None, roles: roles.iter().map(|role| (*role).to_owned()).collect() }
}

/// A service whose project `web` is administered by `frog`, who asks.
async fn administered() -> (World, Principal) {
    let world = world().await;
    world.project("web").await;
    world.user("frog").await;
    let admins = member(&[PROJECT_ADMIN]);
    world.access.set_project_member(&world.admin, "web", MemberKind::User, "frog", admins).await.unwrap();
    let frog = world.principal(&world.token_for("frog", TokenRequest::default()).await.access_token).await;
    (world, frog)
}

/// Takes something from `frog` in the moment when `method` of the store is called for the first time.
fn taking(world: &World, method: &'static str, sql: &str) {
    let (take, done) = (world.tampering(sql), AtomicBool::new(false));
    world.store.set_plan(move |called| {
        if called == method && !done.swap(true, Ordering::SeqCst) {
            take();
        }
        None
    });
}

const LEAVES: &str = "DELETE FROM project_users WHERE username = 'frog'";
const IS_DISABLED: &str = "UPDATE users SET status = 'disabled' WHERE username = 'frog'";

#[tokio::test]
async fn who_stops_between_the_check_and_the_write_makes_nothing() {
    for (sql, is_told) in [
        (LEAVES, (|error| matches!(error, AccessError::Forbidden(_))) as fn(&AccessError) -> bool),
        (IS_DISABLED, |error| {
            matches!(error, AccessError::Authentication(AuthenticationError::UserUnavailable))
        }),
    ] {
        let (world, frog) = administered().await;
        let before = world.store.audit_trail(100).await.unwrap().len();
        taking(&world, "insert_token", sql);
        let error = world.access.create_token(&frog, scope(ROLES), None).await.unwrap_err();
        assert!(is_told(&error), "{error:?}");
        world.store.heal();
        assert_eq!(world.store.audit_trail(100).await.unwrap().len(), before);
        let (world, frog) = administered().await;
        taking(&world, "set_member", sql);
        let again = member(&[PROJECT_ADMIN]);
        let error =
            world.access.set_project_member(&frog, "web", MemberKind::User, "frog", again).await.unwrap_err();
        assert!(is_told(&error), "{error:?}");
        let (world, frog) = administered().await;
        taking(&world, "insert_role", sql);
        let role = RoleInput { name: Some("QA".to_owned()), ..RoleInput::default() };
        let error = world.access.create_project_role(&frog, "web", role).await.unwrap_err();
        assert!(is_told(&error), "{error:?}");
    }
}

#[tokio::test]
async fn who_stops_during_a_bulk_revocation_revokes_no_more() {
    let (world, frog) = administered().await;
    for _ in 0..150 {
        world.token_for("robot", scope(ROLES)).await;
    }
    let targets = || {
        let username = Some("robot".to_owned());
        RevocationTargets::Matching(TokenCriteria { username, ..TokenCriteria::default() })
    };
    let live = async || {
        world
            .access
            .list_tokens(
                &world.admin,
                &TokenFilter { username: Some("robot".to_owned()), ..TokenFilter::default() },
                None,
            )
            .await
            .unwrap()
            .tokens
            .len()
    };
    taking(&world, "revoke_tokens", LEAVES);
    let mut work = world.access.begin_bulk_revocation(frog.clone(), targets()).await.unwrap();
    assert!(matches!(work.next_batch().await, Err(AccessError::Forbidden(_))));
    world.store.heal();
    assert_eq!(live().await, 150);
    let admins = || member(&[PROJECT_ADMIN]);
    world.access.set_project_member(&world.admin, "web", MemberKind::User, "frog", admins()).await.unwrap();
    let mut work = world.access.begin_bulk_revocation(frog, targets()).await.unwrap();
    assert_eq!(work.next_batch().await.unwrap().len(), 100);
    world.tamper(LEAVES);
    let rest = work.next_batch().await.unwrap();
    assert!(
        rest.iter().all(|line| line.outcome == access_types::token_revocation::RevocationOutcome::Forbidden)
    );
    assert_eq!((rest.len(), live().await), (50, 50));
}

#[tokio::test]
async fn a_project_that_goes_between_the_check_and_the_write_gets_no_token() {
    let (world, frog) = administered().await;
    taking(&world, "insert_token", "DELETE FROM projects");
    let error = world.access.create_token(&frog, scope(ROLES), None).await.unwrap_err();
    assert!(matches!(error, AccessError::Forbidden(_)), "the right went with it: {error:?}");
    let world = world_with(AccessSettings::default()).await;
    world.project("web").await;
    taking(&world, "insert_token", "DELETE FROM projects");
    let bound = TokenRequest { project_key: Some("web".to_owned()), ..TokenRequest::default() };
    let error = world.access.create_token(&world.admin, bound, None).await.unwrap_err();
    assert!(matches!(&error, AccessError::Invalid(field) if field.field == "project_key"), "{error:?}");
}

#[tokio::test]
async fn a_locked_administrator_of_a_project_is_none() {
    let (world, _) = administered().await;
    let token = world.token_for("frog", TokenRequest::default()).await.access_token;
    world.tamper("UPDATE users SET status = 'locked' WHERE username = 'frog'");
    let frog = world.principal(&token).await;
    assert!(world.access.create_token(&frog, scope(ROLES), None).await.is_err());
    assert!(world.access.list_project_members(&frog, "web", MemberKind::User).await.is_err());
    let again = member(&[PROJECT_ADMIN]);
    assert!(world.access.set_project_member(&frog, "web", MemberKind::User, "frog", again).await.is_err());
}

#[tokio::test]
async fn a_token_of_a_project_is_refreshed_into_one_of_the_same() {
    let (world, frog) = administered().await;
    let request =
        TokenRequest { refreshable: Some(true), username: Some("robot".to_owned()), ..scope(ROLES) };
    let first = world.access.create_token(&frog, request, None).await.unwrap().response;
    let next = world.refresh(&first.access_token, first.refresh_token.as_ref().unwrap()).await.unwrap();
    assert_eq!(next.scope, ROLES);
    let state = world.store.find_token(next.token_id.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(state.token.project_key.as_deref(), Some("web"));
    world.access.delete_project(&world.admin, "web").await.unwrap();
    assert!(!world.is_accepted(&next.access_token).await);
    assert!(world.refresh(&next.access_token, next.refresh_token.as_ref().unwrap()).await.is_err());
}

#[tokio::test]
async fn every_change_is_in_the_audit_trail_with_who_made_it() {
    let (world, frog) = administered().await;
    let access = &world.access;
    let role = RoleInput { name: Some("QA".to_owned()), ..RoleInput::default() };
    access.create_project_role(&frog, "web", role).await.unwrap();
    access
        .set_project_member(&frog, "web", MemberKind::User, "frog", member(&[PROJECT_ADMIN, "QA"]))
        .await
        .unwrap();
    access.delete_project_role(&frog, "web", "QA").await.unwrap();
    access.change_project(&world.admin, "web", ProjectInput::default()).await.unwrap();
    access.remove_project_member(&frog, "web", MemberKind::User, "frog").await.unwrap();
    access.delete_project(&world.admin, "web").await.unwrap();
    let trail = world.store.audit_trail(6).await.unwrap();
    let told: Vec<_> = trail
        .iter()
        .rev()
        .map(|row| (row.action, row.actor.ends_with("/frog"), row.target.as_str()))
        .collect();
    use AuditAction as A;
    assert_eq!(
        told,
        [
            (A::ProjectRolesChanged, true, "web"),
            (A::ProjectMembersChanged, true, "web"),
            (A::ProjectRolesChanged, true, "web"),
            (A::ProjectChanged, false, "web"),
            (A::ProjectMembersChanged, true, "web"),
            (A::ProjectDeleted, false, "web"),
        ]
    );
}

#[tokio::test]
async fn very_many_tokens_of_a_project_end_in_pieces_before_it() {
    let world = world().await;
    world.project("web").await;
    world.user("frog").await;
    let request = TokenRequest { project_key: Some("web".to_owned()), ..scope("applied-permissions/user") };
    let first = world.token_for("frog", request).await;
    world.tamper(
        "INSERT INTO tokens (token_id, subject_no, scope, audience, project_key, issued_at, expires_at)
         WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 10001)
         SELECT randomblob(16), subject_no, scope, audience, project_key, issued_at, expires_at
         FROM tokens, numbers WHERE project_key = 'web'",
    );
    let before = world.store.audit_trail(100).await.unwrap().len();
    world.access.delete_project(&world.admin, "web").await.unwrap();
    let trail = world.store.audit_trail(100).await.unwrap();
    let told: Vec<_> = trail[..trail.len() - before].iter().map(|record| record.action).collect();
    assert_eq!(told, [AuditAction::ProjectDeleted, AuditAction::ProjectChanged, AuditAction::ProjectChanged]);
    assert!(!world.is_accepted(&first.access_token).await);
    // What is left over of the pieces went with the project.
    let live = TokenQuery { project_key: Some("web".to_owned()), now: world.now(), ..TokenQuery::default() };
    assert_eq!(world.store.matching_tokens(live).await.unwrap(), [] as [uuid::Uuid; 0]);
}
