//! Rights as they are today: what each credential may do, and what ends it.

use crate::support::{PASSWORD, World, basic, bearer, refreshable, scope, world, world_with};
use access_core::{
    AccessError, AccessSettings, AuthenticationError, Credential, Revoked, TokenFilter, TokenSelector,
    UserFilter,
};
use access_types::user::{UserInput, UserStatus};
use access_types::{Secret, TokenRequest};

async fn create(world: &World, token: &Secret, request: TokenRequest) -> Result<(), AccessError> {
    let principal = world.access.authenticate(&bearer(token)).await?;
    world.access.create_token(&principal, request, None).await.map(|_| ())
}

fn named(name: &str) -> TokenRequest {
    TokenRequest { username: Some(name.to_owned()), ..TokenRequest::default() }
}

async fn change(world: &World, name: &str, input: UserInput) {
    world.access.change_user(&world.admin, name, input).await.unwrap();
}

fn with_status(status: UserStatus) -> UserInput {
    UserInput { status: Some(status), ..UserInput::default() }
}

#[tokio::test]
async fn a_narrow_token_mints_nothing_even_an_administrators() {
    let world = world().await;
    world.group("readers", false).await;
    for narrow in ["applied-permissions/groups:readers", "system:metrics:r", "artifact:libs:r", "api:*"] {
        let token = world.token_for("admin", scope(narrow)).await;
        for request in [TokenRequest::default(), scope(narrow), scope("applied-permissions/admin")] {
            let result = create(&world, &token.access_token, request).await;
            assert!(matches!(result, Err(AccessError::Forbidden(_))), "{narrow}: {result:?}");
        }
    }
}

#[tokio::test]
async fn an_ordinary_user_mints_for_itself_only() {
    let world = world().await;
    world.user("frog").await;
    world.user("toad").await;
    let token = world.token_for("frog", TokenRequest::default()).await.access_token;
    create(&world, &token, TokenRequest::default()).await.unwrap();
    create(&world, &token, named("FROG")).await.unwrap();
    let full = format!("{}/users/frog", world.access.service_id());
    create(&world, &token, named(&full)).await.unwrap();
    assert!(matches!(create(&world, &token, named("toad")).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(
        create(&world, &token, scope("applied-permissions/admin")).await,
        Err(AccessError::Forbidden(_))
    ));
}

#[tokio::test]
async fn a_user_in_an_administrators_group_is_one_as_long_as_it_is_in() {
    let world = world().await;
    world.group("admins", true).await;
    world.user("frog").await;
    let join = |add: &[&str], remove: &[&str]| access_core::model::MembershipChange {
        add: add.iter().map(|name| (*name).to_owned()).collect(),
        remove: remove.iter().map(|name| (*name).to_owned()).collect(),
    };
    let ordinary = world.token_for("frog", TokenRequest::default()).await.access_token;
    assert!(create(&world, &ordinary, named("admin")).await.is_err());
    world.access.change_user_groups(&world.admin, "frog", join(&["admins"], &[])).await.unwrap();
    create(&world, &ordinary, named("admin")).await.unwrap();
    world.access.change_user_groups(&world.admin, "frog", join(&[], &["admins"])).await.unwrap();
    assert!(!world.is_accepted(&ordinary).await, "a demoted user's tokens are dead");
}

#[tokio::test]
async fn disabled_deleted_and_demoted_users_lose_every_token_for_good() {
    let world = world().await;
    for (name, end) in [("a", 0), ("b", 1), ("c", 2)] {
        world
            .user_with(UserInput { username: Some(name.into()), admin: Some(true), ..UserInput::default() })
            .await;
        let mut tokens = Vec::new();
        for request in
            [refreshable(), scope("applied-permissions/admin"), scope("applied-permissions/groups:g")]
        {
            let request = TokenRequest { include_reference_token: Some(true), ..request };
            let token = world.token_for(name, request).await;
            tokens.extend([token.access_token, token.reference_token.unwrap()]);
        }
        for token in &tokens {
            assert!(world.is_accepted(token).await);
        }
        match end {
            0 => change(&world, name, with_status(UserStatus::Disabled)).await,
            1 => world.access.delete_user(&world.admin, name).await.unwrap(),
            _ => change(&world, name, UserInput { admin: Some(false), ..UserInput::default() }).await,
        }
        for token in &tokens {
            assert!(!world.is_accepted(token).await, "{name}");
        }
        match end {
            0 => change(&world, name, with_status(UserStatus::Enabled)).await,
            1 => world.user(name).await,
            _ => change(&world, name, UserInput { admin: Some(true), ..UserInput::default() }).await,
        }
        for token in &tokens {
            assert!(!world.is_accepted(token).await, "{name} came back, its tokens must not");
        }
        let filter = TokenFilter { username: Some(name.to_owned()), ..TokenFilter::default() };
        assert!(world.access.list_tokens(&world.admin, &filter, None).await.unwrap().tokens.is_empty());
    }
}

#[tokio::test]
async fn names_that_nobody_has_are_warned_about_or_refused() {
    let world = world().await;
    let unknown = create(&world, &admin_token(&world).await, named("nobody")).await;
    assert!(matches!(&unknown, Err(AccessError::Invalid(error)) if error.field == "username"), "{unknown:?}");
    let request = TokenRequest {
        username: Some("robot".into()),
        ..scope("applied-permissions/groups:here,\"not here\"")
    };
    world.group("here", false).await;
    let created = world.access.create_token(&world.admin, request, None).await.unwrap();
    assert_eq!(created.warnings.len(), 2, "{:?}", created.warnings);
    assert!(created.warnings[0].contains("robot") && created.warnings[1].contains("not here"));
    world.user("frog").await;
    change(&world, "frog", with_status(UserStatus::Disabled)).await;
    for request in [
        named("frog"),
        TokenRequest { username: Some("frog".into()), ..scope("applied-permissions/groups:here") },
    ] {
        assert!(world.access.create_token(&world.admin, request, None).await.is_err());
    }
}

async fn admin_token(world: &World) -> Secret {
    world.token_for("admin", TokenRequest::default()).await.access_token
}

#[tokio::test]
async fn a_locked_user_keeps_its_tokens_but_gets_no_new_ones() {
    let world = world().await;
    world.user("frog").await;
    let token = world.token_for("frog", TokenRequest::default()).await.access_token;
    change(&world, "frog", with_status(UserStatus::Locked)).await;
    assert!(world.is_accepted(&token).await);
    assert!(matches!(create(&world, &token, TokenRequest::default()).await, Err(AccessError::Forbidden(_))));
    assert!(world.access.authenticate(&basic("frog", PASSWORD)).await.is_err());
    world.access.unlock_user(&world.admin, "frog").await.unwrap();
    assert!(world.access.authenticate(&basic("frog", PASSWORD)).await.is_ok());
}

#[tokio::test]
async fn every_kind_of_credential_is_accepted() {
    let world =
        world_with(AccessSettings { allow_basic_token_creation: true, ..AccessSettings::default() }).await;
    world.user("frog").await;
    let request = TokenRequest { include_reference_token: Some(true), ..TokenRequest::default() };
    let token = world.token_for("frog", request).await;
    let (jwt, reference) = (token.access_token, token.reference_token.unwrap());
    let with = |username: &str, password: &Secret| Credential::Basic {
        username: username.into(),
        password: password.clone(),
    };
    for good in [
        Credential::Bearer(jwt.clone()),
        Credential::Bearer(reference.clone()),
        Credential::ApiKey(jwt.clone()),
        Credential::ApiKey(reference.clone()),
        basic("frog", PASSWORD),
        basic("FROG", PASSWORD),
        with("frog", &jwt),
        with("", &reference),
        with("Frog", &reference),
    ] {
        let principal = world.access.authenticate(&good).await.unwrap();
        assert_eq!(principal.username(), Some("frog"));
        world.access.create_token(&principal, TokenRequest::default(), None).await.unwrap();
    }
    for bad in
        [with("toad", &jwt), basic("frog", "wrong password"), basic("nobody", PASSWORD), basic("", PASSWORD)]
    {
        let error = world.access.authenticate(&bad).await.unwrap_err();
        assert!(
            matches!(error, AccessError::Authentication(AuthenticationError::BadCredentials)),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn passwords_create_tokens_only_where_the_setting_allows() {
    let world = world().await;
    world.user("frog").await;
    let principal = world.access.authenticate(&basic("frog", PASSWORD)).await.unwrap();
    let error = world.access.create_token(&principal, TokenRequest::default(), None).await.unwrap_err();
    assert!(
        matches!(&error, AccessError::Forbidden(text) if text.contains("allow-basic-token-creation")),
        "{error}"
    );
}

#[tokio::test]
async fn tokens_are_seen_and_revoked_by_their_owner_or_an_administrator() {
    let world = world().await;
    world.user("frog").await;
    world.user("toad").await;
    let frogs = world.token_for("frog", TokenRequest::default()).await;
    let toads = world.token_for("toad", TokenRequest::default()).await;
    let narrow = world.token_for("frog", scope("applied-permissions/groups:g")).await;
    let frog = world.principal(&frogs.access_token).await;
    let narrow_frog = world.principal(&narrow.access_token).await;
    let id = |token: &access_types::TokenResponse| TokenSelector::Id(token.token_id.clone());

    let listed = world.access.list_tokens(&frog, &TokenFilter::default(), None).await.unwrap().tokens;
    assert_eq!(listed.len(), 2);
    assert!(world.access.list_tokens(&narrow_frog, &TokenFilter::default(), None).await.is_err());
    assert!(matches!(world.access.show_token(&frog, &id(&toads)).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(world.access.revoke_token(&frog, &id(&toads)).await, Err(AccessError::Forbidden(_))));
    assert!(matches!(
        world.access.revoke_token_by_value(&frog, &toads.access_token).await,
        Err(AccessError::Forbidden(_))
    ));
    assert!(matches!(
        world.access.show_token(&narrow_frog, &id(&frogs)).await,
        Err(AccessError::Forbidden(_))
    ));
    assert!(world.access.show_token(&narrow_frog, &TokenSelector::Me).await.is_ok());
    assert!(world.is_accepted(&toads.access_token).await);
    world.access.revoke_token(&frog, &id(&narrow)).await.unwrap();
    assert!(!world.is_accepted(&narrow.access_token).await);
    world.access.revoke_token_by_value(&world.admin, &toads.access_token).await.unwrap();
    assert!(!world.is_accepted(&toads.access_token).await);
    assert!(matches!(
        world.access.revoke_token_by_value(&world.admin, &toads.access_token).await,
        Err(AccessError::NotFound(_))
    ));
}

#[tokio::test]
async fn the_last_administrator_stays() {
    let world = world().await;
    for input in [with_status(UserStatus::Disabled), UserInput { admin: Some(false), ..UserInput::default() }]
    {
        let result = world.access.change_user(&world.admin, "admin", input).await;
        assert!(matches!(result, Err(AccessError::Conflict(_))), "{result:?}");
    }
    assert!(matches!(world.access.delete_user(&world.admin, "admin").await, Err(AccessError::Conflict(_))));
}

#[tokio::test]
async fn nothing_comes_of_a_credential_that_ended_after_it_was_checked() {
    let world = world().await;
    world
        .user_with(UserInput { username: Some("boss".into()), admin: Some(true), ..UserInput::default() })
        .await;
    let ghost = || TokenRequest { username: Some("ghost".into()), ..scope("applied-permissions/admin") };
    let token = world.token_for("boss", TokenRequest::default()).await;
    let checked = world.principal(&token.access_token).await;
    world.access.revoke_token(&checked, &TokenSelector::Me).await.unwrap();
    let result = world.access.create_token(&checked, ghost(), None).await;
    assert!(matches!(result, Err(AccessError::Authentication(_))), "{result:?}");
    let result = world.access.show_token(&checked, &TokenSelector::Me).await;
    assert!(matches!(result, Err(AccessError::Authentication(_))), "{result:?}");

    let checked = world.principal(&world.token_for("boss", TokenRequest::default()).await.access_token).await;
    change(&world, "boss", UserInput { admin: Some(false), ..UserInput::default() }).await;
    let result = world.access.create_token(&checked, ghost(), None).await;
    assert!(matches!(result, Err(AccessError::Authentication(_))), "{result:?}");
}

#[tokio::test]
async fn revoking_a_replaced_token_ends_its_successor() {
    let world = world().await;
    world.user("frog").await;
    let old = world.token_for("frog", refreshable()).await;
    let new = world.refresh(&old.access_token, old.refresh_token.as_ref().unwrap()).await.unwrap();
    let id = TokenSelector::Id(old.token_id);
    assert_eq!(world.access.revoke_token(&world.admin, &id).await.unwrap(), Revoked::Now);
    assert!(!world.is_accepted(&new.access_token).await);
    assert_eq!(world.access.revoke_token(&world.admin, &id).await.unwrap(), Revoked::AlreadyGone);
}

#[tokio::test]
async fn a_locked_administrator_administers_nothing() {
    let world = world().await;
    world
        .user_with(UserInput { username: Some("boss".into()), admin: Some(true), ..UserInput::default() })
        .await;
    let token = world.token_for("boss", TokenRequest::default()).await;
    change(&world, "boss", with_status(UserStatus::Locked)).await;
    let boss = world.principal(&token.access_token).await;
    assert!(world.access.create_token(&boss, scope("applied-permissions/admin"), None).await.is_err());
    assert!(matches!(world.access.unlock_user(&boss, "boss").await, Err(AccessError::Forbidden(_))));
}

#[tokio::test]
async fn a_token_bound_to_a_project_reaches_nothing_outside_it() {
    let world = world().await;
    world.project("web").await;
    let bound = |text: &str| TokenRequest { project_key: Some("web".into()), ..scope(text) };
    let admin = world
        .principal(&world.token_for("admin", bound("applied-permissions/admin")).await.access_token)
        .await;
    let reader =
        world.principal(&world.token_for("admin", bound("system:identities:r")).await.access_token).await;
    let own = world
        .principal(&world.token_for("admin", bound("applied-permissions/user")).await.access_token)
        .await;
    assert!(world.access.delete_user(&admin, "admin").await.is_err());
    assert!(world.access.list_users(&reader, &UserFilter::default()).await.is_err());
    assert!(world.access.list_tokens(&own, &TokenFilter::default(), None).await.is_err());
    let child = world.access.create_token(&own, TokenRequest::default(), None).await.unwrap().response;
    let child = world.access.show_token(&world.admin, &TokenSelector::Id(child.token_id)).await.unwrap();
    assert_eq!(child.project_key.as_deref(), Some("web"));
}

#[tokio::test]
async fn who_can_write_to_the_database_alone_widens_no_token() {
    let world = world().await;
    world.user("frog").await;
    for column in
        ["scope = 'applied-permissions/admin'", "audience = 'jfac@*'", "expires_at = expires_at + 1"]
    {
        let token = world.token_for("frog", scope("system:metrics:r")).await.access_token;
        assert!(world.is_accepted(&token).await);
        world.tamper(&format!("UPDATE tokens SET {column} WHERE scope = 'system:metrics:r'"));
        assert!(!world.is_accepted(&token).await, "{column}");
        world.tamper("DELETE FROM tokens WHERE user_epoch IS NOT NULL AND description IS NULL");
    }
}
