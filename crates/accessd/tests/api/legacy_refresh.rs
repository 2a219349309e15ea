//! The next pair of the older token endpoint, against the pair before.

use crate::legacy_tokens::frogs;
use crate::support::{NOW, World, text};
use serde_json::{Value, json};

/// What the existing CLI does with a server that is configured with user and password.
#[tokio::test]
async fn the_pair_is_renewed_and_a_new_one_made_by_password() {
    let world = World::new().await;
    world.user("frog").await;
    let form = [("scope", "member-of-groups:*"), ("expires_in", "3600"), ("refreshable", "true")];
    let first = world.legacy(&frogs(), &form).await.expect(200);
    let keys: Vec<&str> = first.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["scope", "access_token", "expires_in", "token_type", "refresh_token"]);
    let pair = |body: &Value| (text(body, "access_token"), text(body, "refresh_token"));
    let renew = async |pair: &(String, String)| {
        let form = [("grant_type", "refresh_token"), ("access_token", &pair.0), ("refresh_token", &pair.1)];
        world.legacy("", &form).await
    };
    world.clock.set(NOW + 3001);
    let second = renew(&pair(&first)).await.expect(200);
    assert_eq!((&second["scope"], &second["expires_in"]), (&first["scope"], &first["expires_in"]));
    assert!(!world.accepts(&text(&first, "access_token")).await);
    assert!(world.accepts(&text(&second, "access_token")).await);
    // Slept over the expiry.
    world.clock.set(NOW + 3001 + 3700);
    assert!(!world.accepts(&text(&second, "access_token")).await);
    let third = renew(&pair(&second)).await.expect(200);
    assert!(world.accepts(&text(&third, "access_token")).await);
    // Too long: by password then.
    world.clock.set(NOW + 1_000_000);
    renew(&pair(&third)).await.oauth(401);
    world.legacy(&frogs(), &form).await.expect(200);
}

#[tokio::test]
async fn only_a_pair_that_belongs_together_is_renewed() {
    let world = World::new().await;
    world.user("frog").await;
    let make = async || world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let (one, two) = (make().await, make().await);
    let (access, refresh) = (text(&one, "access_token"), text(&two, "refresh_token"));
    let renew = async |access: &str, refresh: &str, more: (&str, &str)| {
        let grant = ("grant_type", "refresh_token");
        world.legacy("", &[grant, ("access_token", access), ("refresh_token", refresh), more]).await
    };
    let none = ("x", "");
    let (_, words) = renew(&access, &refresh, none).await.oauth(404);
    assert!(words.starts_with("Token matching the provided refresh token was not found"), "{words}");
    renew(&access, "acrt_nonsense", none).await.oauth(404);
    renew("nonsense", &refresh, none).await.oauth(401);
    let (head, tail) = access.split_at(access.len() - 10);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    let damaged = format!("{head}{other}{}", &tail[1..]);
    renew(&damaged, &text(&one, "refresh_token"), none).await.oauth(401);
    renew("", &refresh, none).await.oauth(400);
    let refresh = text(&one, "refresh_token");
    renew(&access, &refresh, ("username", "frog")).await.oauth(400);
    renew(&access, &refresh, ("scope", "member-of-groups:a")).await.oauth(400);
    renew(&access, &refresh, ("audience", "*@*")).await.oauth(400);
    renew(&access, &refresh, none).await.expect(200);
    // Both are as good as ever for the other.
    let grant =
        [("grant_type", "refresh_token"), ("refresh_token", text(&two, "refresh_token").leak() as &str)];
    world.legacy(&format!("Bearer {}", text(&two, "access_token")), &grant).await.expect(200);
}

#[tokio::test]
async fn a_spent_refresh_token_ends_its_family() {
    let world = World::new().await;
    world.user("frog").await;
    let first = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let form = [
        ("grant_type", "refresh_token"),
        ("access_token", text(&first, "access_token").leak() as &str),
        ("refresh_token", text(&first, "refresh_token").leak()),
    ];
    let second = world.legacy("", &form).await.expect(200);
    assert!(world.accepts(&text(&second, "access_token")).await);
    world.legacy("", &form).await.oauth(404);
    assert!(!world.accepts(&text(&second, "access_token")).await);
}

/// 401 would have clients throw away a pair that is as good as ever.
#[tokio::test]
async fn a_refresh_that_cannot_be_read_is_the_requests_fault() {
    let world = World::new().await;
    world.user("frog").await;
    let made = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let (access, refresh) = (text(&made, "access_token"), text(&made, "refresh_token"));
    let grant = ("grant_type", "refresh_token");
    for form in [
        &[grant, ("access_token", &access)][..],
        &[grant, ("refresh_token", "")],
        &[grant, ("refresh_token", &refresh), ("expires_in", "soon"), ("access_token", &access)],
        &[grant, ("refresh_token", &refresh), ("refresh_token", &refresh)],
    ] {
        world.legacy("", form).await.oauth(400);
    }
    let body = json!({"grant_type": "refresh_token", "refresh_token": refresh, "access_token": access});
    world.post("/artifactory/api/security/token", "", &body).await.oauth(415);
    // Who is nobody, and renews nothing, is told that first; so is who presents what is good for nothing.
    world.legacy("", &[("expires_in", "soon")]).await.oauth(401);
    world.legacy("", &[("grant_type", "nonsense")]).await.oauth(401);
    world.legacy("Bearer nonsense", &[grant]).await.oauth(401);
    world.post("/artifactory/api/security/token", "nonsense", &body).await.oauth(401);
    let pair = [grant, ("refresh_token", &refresh), ("access_token", &access)];
    world.legacy("", &pair).await.expect(200);
}
