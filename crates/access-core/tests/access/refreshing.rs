//! Refreshing under a clock that is moved by hand.

use crate::support::{World, basic, bearer, refreshable, scope, world, world_with};
use access_core::model::AuditAction;
use access_core::store::Store;
use access_core::{AccessError, AccessSettings, TokenSelector};
use access_types::{Secret, TokenRequest, TokenResponse};
use secrecy::ExposeSecret;

fn refresh_token(response: &TokenResponse) -> &Secret {
    response.refresh_token.as_ref().expect("a refreshable token has a refresh token")
}

fn passwords_allowed() -> AccessSettings {
    AccessSettings { allow_basic_token_creation: true, ..AccessSettings::default() }
}

#[tokio::test]
async fn a_password_refreshes_only_where_it_may_create() {
    let world = world().await;
    let old = first(&world).await;
    let result =
        world.access.refresh_token(&basic("frog", crate::support::PASSWORD), refresh_request(&old)).await;
    assert!(matches!(result, Err(AccessError::Forbidden(_))), "{result:?}");
}

async fn first(world: &World) -> TokenResponse {
    world.user("frog").await;
    world.token_for("frog", refreshable()).await
}

fn assert_not_found(result: Result<TokenResponse, AccessError>) {
    match result {
        Err(AccessError::NotFound(text)) => {
            assert_eq!(text, "Token matching the provided refresh token was not found.");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_refresh_gives_the_same_rights_and_kills_the_old_token() {
    let world = world().await;
    let old = first(&world).await;
    world.clock.advance(100);
    let new = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    assert_ne!(new.token_id, old.token_id);
    assert_ne!(refresh_token(&new).expose_secret(), refresh_token(&old).expose_secret());
    assert_eq!((new.scope, new.expires_in), (old.scope, Some(3600)));
    assert!(!world.is_accepted(&old.access_token).await);
    assert!(world.is_accepted(&new.access_token).await);
}

#[tokio::test]
async fn a_spent_refresh_token_ends_the_family_once_its_successor_was_used() {
    let world = world().await;
    let old = first(&world).await;
    let new = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    assert!(world.is_accepted(&new.access_token).await);
    assert_not_found(world.refresh(&old.access_token, refresh_token(&old)).await);
    assert!(!world.is_accepted(&new.access_token).await, "the family is revoked");
    assert!(world.access.authenticate(&bearer(&old.access_token)).await.is_err());
    let trail = world.store.audit_trail(10).await.unwrap();
    assert!(trail.iter().any(|record| record.action == AuditAction::RefreshTokenReused));
}

#[tokio::test]
async fn a_lost_answer_is_repeated_once() {
    let world = world().await;
    let old = first(&world).await;
    let lost = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    world.clock.advance(30);
    let again = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    assert_not_found(world.refresh(&old.access_token, refresh_token(&old)).await);
    assert!(!world.is_accepted(&lost.access_token).await);
    let next = world.refresh(&again.access_token, refresh_token(&again)).await.unwrap();
    assert!(world.is_accepted(&next.access_token).await);
}

#[tokio::test]
async fn after_the_window_a_spent_refresh_token_ends_the_family() {
    let world = world().await;
    let old = first(&world).await;
    let new = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    world.clock.advance(31);
    assert_not_found(world.refresh(&old.access_token, refresh_token(&old)).await);
    assert!(!world.is_accepted(&new.access_token).await);
    assert!(world.refresh(&new.access_token, refresh_token(&new)).await.is_err());
}

#[tokio::test]
async fn an_expired_token_can_be_refreshed_within_the_grace() {
    let world = world_with(AccessSettings { refresh_expiry: 600, ..passwords_allowed() }).await;
    let old = first(&world).await;
    world.clock.advance(3600 + 599);
    assert!(!world.is_accepted(&old.access_token).await);
    let new = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    assert!(world.is_accepted(&new.access_token).await);
    world.clock.advance(3600 + 600);
    let late = world.refresh(&new.access_token, refresh_token(&new)).await;
    assert!(matches!(late, Err(AccessError::Authentication(_))), "{late:?}");
    assert_not_found(
        world
            .access
            .refresh_token(&basic("frog", crate::support::PASSWORD), refresh_request(&new))
            .await
            .map(|created| created.response),
    );
}

fn refresh_request(token: &TokenResponse) -> TokenRequest {
    TokenRequest { refresh_token: token.refresh_token.clone(), ..TokenRequest::default() }
}

#[tokio::test]
async fn only_the_owner_refreshes() {
    let world = world_with(passwords_allowed()).await;
    let old = first(&world).await;
    world.user("toad").await;
    let toads = world.token_for("toad", TokenRequest::default()).await;
    let result = world.refresh(&toads.access_token, refresh_token(&old)).await;
    assert!(matches!(result, Err(AccessError::Forbidden(_))), "{result:?}");
    assert!(world.is_accepted(&old.access_token).await, "nothing was spent");
    let with_password =
        world.access.refresh_token(&basic("frog", crate::support::PASSWORD), refresh_request(&old)).await;
    assert!(with_password.is_ok());
}

#[tokio::test]
async fn a_revoked_token_takes_its_refresh_token_along() {
    let world = world_with(passwords_allowed()).await;
    let old = first(&world).await;
    let id = TokenSelector::Id(old.token_id.clone());
    world.access.revoke_token(&world.admin, &id).await.unwrap();
    assert!(world.refresh(&old.access_token, refresh_token(&old)).await.is_err());
    let with_password =
        world.access.refresh_token(&basic("frog", crate::support::PASSWORD), refresh_request(&old)).await;
    assert!(matches!(with_password, Err(AccessError::NotFound(_))));
}

#[tokio::test]
async fn a_refresh_cannot_widen_a_token() {
    let world = world().await;
    world.user("frog").await;
    let request = TokenRequest { audience: Some("jfac@*".into()), ..refreshable() };
    let old = world.token_for("frog", request).await;
    let base = refresh_request(&old);
    for wider in [
        TokenRequest { scope: Some("applied-permissions/admin".into()), ..base.clone() },
        TokenRequest { audience: Some("*@*".into()), ..base.clone() },
        TokenRequest { username: Some("admin".into()), ..base.clone() },
        TokenRequest { project_key: Some("web".into()), ..base.clone() },
        TokenRequest { expires_in: Some(3601), ..base.clone() },
    ] {
        let result = world.access.refresh_token(&bearer(&old.access_token), wider).await;
        assert!(matches!(result, Err(AccessError::Invalid(_))), "{result:?}");
    }
    let same = TokenRequest {
        expires_in: Some(0),
        username: Some("FROG".into()),
        scope: Some("applied-permissions/user".into()),
        refreshable: Some(true),
        ..base
    };
    let new = world.access.refresh_token(&bearer(&old.access_token), same).await.unwrap().response;
    assert_eq!(new.expires_in, Some(3600), "0 keeps the original's lifetime");
}

#[tokio::test]
async fn a_demoted_owner_refreshes_nothing() {
    let world = world().await;
    let old = first(&world).await;
    let disabled = access_types::user::UserInput {
        status: Some(access_types::user::UserStatus::Disabled),
        ..Default::default()
    };
    world.access.change_user(&world.admin, "frog", disabled).await.unwrap();
    let result = world.refresh(&old.access_token, refresh_token(&old)).await;
    assert!(matches!(result, Err(AccessError::Authentication(_))), "{result:?}");
}

#[tokio::test]
async fn a_token_of_an_unknown_name_can_be_refreshed_too() {
    let world = world().await;
    let request = TokenRequest { refreshable: Some(true), ..scope("applied-permissions/groups:readers") };
    let old = world.token_for("robot", request).await;
    let new = world.refresh(&old.access_token, refresh_token(&old)).await.unwrap();
    assert_eq!(new.scope, "applied-permissions/groups:readers");
}

#[tokio::test]
async fn a_revoked_token_is_not_refreshed_whatever_its_family_says() {
    let world = world().await;
    let old = first(&world).await;
    let other = world.token_for("frog", TokenRequest::default()).await;
    let active = async || world.access.introspect(&world.admin, refresh_token(&old)).await.unwrap().active;
    assert!(active().await);
    world.tamper("UPDATE tokens SET revoked_at = 1, revoked_for = 'requested' WHERE family_id IS NOT NULL");
    assert_not_found(world.refresh(&other.access_token, refresh_token(&old)).await);
    assert!(!active().await);
}

#[tokio::test]
async fn nonsense_is_not_found_and_changes_nothing() {
    let world = world().await;
    let old = first(&world).await;
    let text = refresh_token(&old).expose_secret().to_owned();
    for at in 5..text.len() {
        let mut changed = text.clone().into_bytes();
        changed[at] = if changed[at] == b'x' { b'y' } else { b'x' };
        let changed = String::from_utf8(changed).unwrap();
        assert_not_found(world.refresh(&old.access_token, &changed.into()).await);
    }
    assert_not_found(world.refresh(&old.access_token, &old.access_token).await);
    assert!(world.refresh(&old.access_token, refresh_token(&old)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn many_refreshes_at_once_leave_one_live_branch() {
    let world = std::sync::Arc::new(world().await);
    let old = first(&world).await;
    let tasks: Vec<_> = (0..64)
        .map(|_| {
            let (world, old) = (world.clone(), old.clone());
            tokio::spawn(async move { world.refresh(&old.access_token, refresh_token(&old)).await.ok() })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.extend(task.await.unwrap());
    }
    assert!((1..=2).contains(&answers.len()), "{} answers", answers.len());
    let mut live = 0;
    for answer in &answers {
        live += usize::from(world.is_accepted(&answer.access_token).await);
    }
    assert_eq!(live, 1);
}
