//! The older token endpoint: `/artifactory/api/security/token`.

use crate::support::{Answer, GROUPS, PASSWORD, TOKENS, USERS, World, request, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

const LEGACY: &str = "/artifactory/api/security/token";
const REVOKE: &str = "/artifactory/api/security/token/revoke";
const VERSION: &str = "/artifactory/api/system/version";

fn basic(name: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{name}:{password}")))
}

pub(crate) fn frogs() -> String {
    basic("frog", PASSWORD)
}

impl World {
    /// A form, with this `Authorization`; none if it is empty.
    pub(crate) async fn form(&self, path: &str, authorization: &str, pairs: &[(&str, &str)]) -> Answer {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let mut request = Request::builder()
            .method(Method::POST)
            .uri(path)
            .header("content-type", "application/x-www-form-urlencoded");
        if !authorization.is_empty() {
            request = request.header("authorization", authorization);
        }
        self.send(request.body(Body::from(body)).unwrap()).await
    }

    pub(crate) async fn legacy(&self, authorization: &str, pairs: &[(&str, &str)]) -> Answer {
        self.form(LEGACY, authorization, pairs).await
    }

    pub(crate) fn as_admin(&self) -> String {
        format!("Bearer {}", self.admin)
    }

    pub(crate) async fn group(&self, body: &Value) {
        self.post(GROUPS, &self.admin, body).await.expect(201);
    }

    pub(crate) async fn accepts(&self, token: &str) -> bool {
        self.get(VERSION, token).await.status == 200
    }
}

impl Answer {
    #[track_caller]
    pub(crate) fn oauth(&self, status: u16) -> (String, String) {
        let body = self.expect(status);
        (text(&body, "error"), text(&body, "error_description"))
    }
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn a_password_gets_a_token_for_the_paths_of_artifactory_only() {
    let world = World::new().await;
    world.user("frog").await;
    let answer = world.legacy(&frogs(), &[]).await;
    assert_eq!(answer.header("cache-control"), Some("no-store"));
    let body = answer.expect(200);
    let keys: Vec<&str> = body.as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["scope", "access_token", "expires_in", "token_type"], "no token_id");
    assert_eq!(
        (&body["scope"], &body["expires_in"], &body["token_type"]),
        (&json!("member-of-groups:*"), &json!(3600), &json!("Bearer"))
    );
    let token = text(&body, "access_token");
    let claims = claims(&token);
    let artifactory = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    assert_eq!(claims["aud"], json!(artifactory));
    assert!(text(&claims, "sub").ends_with("/users/frog"));
    assert!(world.accepts(&token).await);
    for path in ["/access/api/v1/tokens", "/access/api/v2/users/frog"] {
        assert_eq!(world.get(path, &token).await.refusal(401).1, "Invalid token, audience");
    }
}

#[tokio::test]
async fn a_token_for_access_only_is_refused_below_artifactory() {
    let world = World::new().await;
    let token = text(&world.token(&json!({"audience": "jfac@*"})).await, "access_token");
    let body = world.get(VERSION, &token).await.expect(401);
    assert_eq!(body["errors"][0]["message"], "Token failed verification: audience");
    world.get(TOKENS, &token).await.expect(200);
    let token = text(&world.token(&json!({"audience": "jfrt@*"})).await, "access_token");
    world.get(VERSION, &token).await.expect(200);
}

#[tokio::test]
async fn refusals_are_in_the_shape_and_the_words_of_the_wire() {
    let world = World::new().await;
    world.user("frog").await;
    let hour = "The user: 'frog' can only create user token(s) with expiry between 0 and 3600 seconds; ";
    for (pairs, status, error, beginning) in [
        (&[("expires_in", "3601")][..], 400, "invalid_request", hour),
        (&[("expires_in", "0")], 400, "invalid_request", hour),
        (&[("expires_in", "-1")], 400, "invalid_request", "expires_in"),
        (&[("audience", "nonsense")], 400, "invalid_request", "Illegal audience: "),
        (&[("scope", "applied-permissions/user")], 400, "invalid_request", "scope: the part"),
        (&[("scope", "jfrt@01:admin")], 400, "invalid_request", "scope: \"jfrt@01\" is another service"),
        (&[("grant_type", "password")], 400, "invalid_request", "grant_type"),
        (&[("username", "toad")], 403, "access_denied", "username: only administrators"),
        (&[("scope", "member-of-groups:readers")], 403, "access_denied", "scope: \"readers\" is not among"),
        (&[("audience", "*@*")], 403, "access_denied", "audience: with a password"),
        (&[("audience", "jfac@*")], 403, "access_denied", "audience"),
    ] {
        let refusal = world.legacy(&frogs(), pairs).await.oauth(status);
        assert_eq!(refusal.0, error, "{pairs:?}");
        assert!(refusal.1.starts_with(beginning), "{pairs:?}: {}", refusal.1);
    }
    let id = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    world.legacy(&frogs(), &[("scope", &format!("{id}:admin"))]).await.oauth(403);
}

#[tokio::test]
async fn who_is_nobody_learns_nothing() {
    let world = World::new().await;
    world.user("frog").await;
    for (authorization, words) in [
        (String::new(), "Authentication is required"),
        (basic("frog", "Wrong-horse-7-battery"), "Bad Credentials"),
        ("Bearer nonsense".to_owned(), "Bad Credentials"),
    ] {
        let answer = world.legacy(&authorization, &[("expires_in", "nonsense")]).await;
        assert_eq!(answer.header("www-authenticate"), Some("Basic realm=\"Artifactory Realm\""));
        assert_eq!(answer.oauth(401), ("invalid_client".to_owned(), words.to_owned()));
    }
    let json = request(Method::POST, LEGACY, &world.admin).header("content-type", "application/json");
    world.send(json.body(Body::from("{}")).unwrap()).await.oauth(415);
}

#[tokio::test]
async fn passwords_make_tokens_where_they_may() {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        allow_legacy_token_creation_by_password: false,
        ..AccessSettings::default()
    };
    let world = World::with(settings.clone()).await;
    world.user("frog").await;
    let (error, words) = world.legacy(&frogs(), &[]).await.oauth(403);
    assert!(error == "access_denied" && words.contains("allow-legacy-token-creation-by-password"), "{words}");
    let bearer = format!("Bearer {}", world.token_of("frog").await);
    world.legacy(&bearer, &[]).await.expect(200);
    // Where a password makes any token, it may make one for every service here too.
    let allow_basic_token_creation = true;
    let settings = AccessSettings {
        allow_basic_token_creation,
        allow_legacy_token_creation_by_password: true,
        ..settings
    };
    let world = World::with(settings).await;
    world.user("frog").await;
    let body = world.legacy(&frogs(), &[("audience", "*@*")]).await.expect(200);
    // It has no user scope, so it lists nothing.
    world.get(TOKENS, &text(&body, "access_token")).await.refusal(403);
}

#[tokio::test]
async fn the_rights_of_groups_are_those_of_today() {
    let world = World::new().await;
    world.user("frog").await;
    world.group(&json!({"name": "web admins", "members": ["frog"]})).await;
    let all = text(&world.legacy(&frogs(), &[]).await.expect(200), "access_token");
    let scope = [("scope", "member-of-groups:\"web admins\" api:*")];
    let named = text(&world.legacy(&frogs(), &scope).await.expect(200), "access_token");
    let service_id = "/artifactory/api/system/service_id";
    for token in [&all, &named] {
        world.get(service_id, token).await.expect(403);
    }
    let admins = |flag: bool| json!({"admin_privileges": flag});
    let path = format!("{GROUPS}/web%20admins");
    world.json(Method::PATCH, &path, &world.admin, &admins(true)).await.expect(200);
    for token in [&all, &named] {
        assert_eq!(world.get(service_id, token).await.status, 200, "administrator through the group");
    }
    world.json(Method::PATCH, &path, &world.admin, &admins(false)).await.expect(200);
    for token in [&all, &named] {
        assert!(!world.accepts(token).await, "who is demoted loses its tokens");
    }
}

#[tokio::test]
async fn a_group_that_was_left_gives_nothing() {
    let world = World::new().await;
    world.user("frog").await;
    world.group(&json!({"name": "web", "members": ["frog"]})).await;
    let scope = [("scope", "member-of-groups:web")];
    let token = text(&world.legacy(&frogs(), &scope).await.expect(200), "access_token");
    let leave = json!({"remove": ["frog"]});
    world.json(Method::PATCH, &format!("{GROUPS}/web/members"), &world.admin, &leave).await.expect(200);
    let admins = json!({"admin_privileges": true});
    world.json(Method::PATCH, &format!("{GROUPS}/web"), &world.admin, &admins).await.expect(200);
    assert!(world.accepts(&token).await);
    world.get("/artifactory/api/system/service_id", &token).await.expect(403);
}

#[tokio::test]
async fn administrators_make_tokens_for_anybody() {
    let world = World::new().await;
    world.user("frog").await;
    world.group(&json!({"name": "web"})).await;
    let admin = world.as_admin();
    let service = world.access.service_id().as_str().replace("jfac@", "jfrt@");
    let body = world
        .legacy(&admin, &[("username", "robot"), ("scope", "member-of-groups:web"), ("expires_in", "0")])
        .await
        .expect(200);
    assert_eq!(body.get("expires_in"), None, "never expires");
    assert!(text(&claims(&text(&body, "access_token")), "sub").ends_with("/users/robot"));
    let subject = format!("{service}/users/frog");
    let answer = world.legacy(&admin, &[("username", &subject), ("scope", "member-of-groups:web")]).await;
    assert!(answer.header("warning").unwrap().contains("is not in the group"), "{:?}", answer.headers);
    assert!(text(&claims(&text(&answer.expect(200), "access_token")), "sub").ends_with("/users/frog"));
    // Nobody's groups are none.
    world.legacy(&admin, &[("username", "robot")]).await.oauth(400);
    let scope = format!("{service}:admin");
    let body = world.legacy(&admin, &[("scope", &scope), ("audience", "jfrt@*")]).await.expect(200);
    let token = text(&body, "access_token");
    let id = world.get("/artifactory/api/system/service_id", &token).await;
    assert_eq!((id.status, id.body), (200, service.into_bytes()));
    assert_eq!(world.get(USERS, &token).await.refusal(401).1, "Invalid token, audience");
}

#[tokio::test]
async fn reg_30_a_token_never_makes_a_wider_one() {
    let world = World::new().await;
    world.user("frog").await;
    for name in ["a", "b"] {
        world.group(&json!({"name": name, "members": ["frog"]})).await;
    }
    let make =
        async |authorization: &str, scope: &str| world.legacy(authorization, &[("scope", scope)]).await;
    let bearer = |answer: &Answer| format!("Bearer {}", text(&answer.expect(200), "access_token"));
    let all = bearer(&make(&frogs(), "member-of-groups:*").await);
    let some = bearer(&make(&all, "member-of-groups:a").await);
    let none = bearer(&make(&some, "api:*").await);
    assert_eq!(make(&some, "member-of-groups:a").await.status, 200);
    for (parent, scope) in [
        (&some, "member-of-groups:*"),
        (&some, "member-of-groups:b"),
        (&some, "member-of-groups:a,b"),
        (&none, "member-of-groups:a"),
        (&none, "api:*"),
    ] {
        make(parent, scope).await.oauth(403);
    }
    // One with the rights of a group that an administrator gave is not its user's.
    let given = json!({"username": "frog", "scope": "applied-permissions/groups:a"});
    let given = format!("Bearer {}", text(&world.token(&given).await, "access_token"));
    make(&given, "member-of-groups:*").await.oauth(403);
    // The newer endpoint does not know these scopes, whoever asks.
    let wanted = json!({"scope": "member-of-groups:*"});
    world.post(TOKENS, &world.admin, &wanted).await.refusal(400);
}

#[tokio::test]
async fn tokens_are_listed_and_revoked() {
    let world = World::new().await;
    world.user("frog").await;
    let made = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let other = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let by_id = world.legacy(&frogs(), &[]).await.expect(200);
    let list = world.get(LEGACY, &world.admin).await.expect(200);
    let tokens = list["tokens"].as_array().unwrap();
    assert_eq!(tokens.len(), 4, "one is the administrator's own");
    let keys: Vec<&str> = tokens[1].as_object().unwrap().keys().map(String::as_str).collect();
    assert_eq!(keys, ["issuer", "subject", "expiry", "refreshable", "token_id", "issued_at"]);
    let own = world.get(LEGACY, &world.token_of("frog").await).await.expect(200);
    assert_eq!(own["tokens"].as_array().unwrap().len(), 4, "three, and the one presented");

    let admin = world.as_admin();
    let revoke = async |authorization: &str, field: &str, value: &str| {
        let answer = world.form(REVOKE, authorization, &[(field, value)]).await;
        assert_eq!(answer.status, 200, "{}", String::from_utf8_lossy(&answer.body));
        String::from_utf8(answer.body).unwrap()
    };
    let token = text(&made, "access_token");
    assert_eq!(revoke(&admin, "token", &token).await, "Token revoked");
    assert_eq!(revoke(&admin, "token", &token).await, "Token not found");
    assert!(!world.accepts(&token).await);
    assert_eq!(revoke(&frogs(), "token", &text(&other, "refresh_token")).await, "Token revoked");
    assert_eq!(revoke(&frogs(), "token", &text(&other, "refresh_token")).await, "Token not found");
    assert!(!world.accepts(&text(&other, "access_token")).await, "the refresh token took it along");
    let id = text(&claims(&text(&by_id, "access_token")), "jti");
    assert_eq!(revoke(&admin, "token_id", &id).await, "Token revoked");
    for (field, value) in [("token_id", id.as_str()), ("token_id", "x"), ("token", "x"), ("token", "acrt_x")]
    {
        assert_eq!(revoke(&admin, field, value).await, "Token not found");
    }
    world.form(REVOKE, &admin, &[("token", "x"), ("token_id", "y")]).await.expect(400);
    world.form(REVOKE, &admin, &[]).await.expect(400);
}

#[tokio::test]
async fn others_tokens_are_not_revoked() {
    let world = World::new().await;
    for name in ["frog", "toad"] {
        world.user(name).await;
    }
    let made = world.legacy(&frogs(), &[("refreshable", "true")]).await.expect(200);
    let toad = basic("toad", PASSWORD);
    for field in ["access_token", "refresh_token"] {
        let answer = world.form(REVOKE, &toad, &[("token", &text(&made, field))]).await;
        assert_eq!(answer.expect(403)["errors"][0]["status"], 403);
    }
    let id = text(&claims(&text(&made, "access_token")), "jti");
    world.form(REVOKE, &toad, &[("token_id", &id)]).await.expect(403);
    assert!(world.accepts(&text(&made, "access_token")).await);
}

#[tokio::test]
async fn a_repeated_create_gives_the_same_token() {
    let world = World::new().await;
    world.user("frog").await;
    let create = async |scope: &str| {
        let request = Request::builder()
            .method(Method::POST)
            .uri(LEGACY)
            .header("authorization", frogs())
            .header("idempotency-key", "one")
            .header("content-type", "application/x-www-form-urlencoded");
        world.send(request.body(Body::from(format!("scope={scope}"))).unwrap()).await
    };
    let (one, two) = (create("api:*").await.expect(200), create("api:*").await.expect(200));
    let id = |body: &Value| claims(&text(body, "access_token"))["jti"].clone();
    assert_eq!(id(&one), id(&two));
    create("member-of-groups:*").await.oauth(422);
    // Neither does the other endpoint take it for the same.
    let bearer = world.token_of("frog").await;
    let ask = async |path: &str| {
        let request = request(Method::POST, path, &bearer).header("idempotency-key", "two");
        world.send(request.body(Body::empty()).unwrap()).await
    };
    ask(TOKENS).await.expect(200);
    ask(LEGACY).await.oauth(422);
}
