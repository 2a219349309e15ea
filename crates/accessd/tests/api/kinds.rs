//! Kinds of secrets cannot be swapped (J9): every kind, presented in every place where another is expected. Only the
//! cells that are meant to are accepted; a new kind or place is one line here.

use crate::kinds_places::{PLACES, put};
use crate::oidc_world::{EC, OidcWorld, claims};
use crate::support::{PASSWORD, TOKENS, USERS, World, request, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use axum::body::Body;
use axum::http::{Method, Request};
use base64::Engine as _;
use serde_json::{Value, json};
use std::sync::atomic::{AtomicUsize, Ordering};

/// Something that the service made or knows, and that opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    AccessToken,
    ReferenceToken,
    RefreshToken,
    OlderAccessToken,
    OlderRefreshToken,
    Password,
    ApiKey,
    IdToken,
    PendingWebLogin,
    ApprovedWebLogin,
    TokenId,
    TokenCursor,
    UserCursor,
    IdempotencyKey,
    KeyId,
    ServiceId,
}

use Kind::*;

const KINDS: [Kind; 16] = [
    AccessToken,
    ReferenceToken,
    RefreshToken,
    OlderAccessToken,
    OlderRefreshToken,
    Password,
    ApiKey,
    IdToken,
    PendingWebLogin,
    ApprovedWebLogin,
    TokenId,
    TokenCursor,
    UserCursor,
    IdempotencyKey,
    KeyId,
    ServiceId,
];

/// One of each kind; those of the owner are new, so that no cell sees what another has ended.
pub(crate) struct Secrets {
    pub(crate) owner: String,
    made: Value,
    older: Value,
    /// Of the kinds that cost much, only the one that the cell is about.
    costly: String,
}

const KEY: &str = "00000000-1111-2222-3333-444444444444";
pub(crate) const LIST: &str = "/access/api/accessd/v1/tokens?limit=1";
pub(crate) const USER_LIST: &str = "/access/api/v2/users?limit=1";
const INTROSPECT: &str = "/access/api/accessd/v1/oauth/introspect";

impl Secrets {
    async fn new(world: &World, owner: &str, kind: Kind) -> Self {
        let body = json!({"username": owner, "refreshable": true, "include_reference_token": true});
        let made = world.token(&body).await;
        let form = [("username", owner), ("scope", "member-of-groups:*"), ("refreshable", "true")];
        let older = world.legacy(&world.as_admin(), &form).await.expect(200);
        let costly = costly(world, owner, kind, &text(&made, "access_token")).await;
        Self { owner: owner.to_owned(), made, older, costly }
    }

    pub(crate) fn get(&self, kind: Kind) -> String {
        match kind {
            AccessToken => text(&self.made, "access_token"),
            ReferenceToken => text(&self.made, "reference_token"),
            RefreshToken => text(&self.made, "refresh_token"),
            OlderAccessToken => text(&self.older, "access_token"),
            OlderRefreshToken => text(&self.older, "refresh_token"),
            Password => PASSWORD.to_owned(),
            TokenId => text(&self.made, "token_id"),
            IdempotencyKey => KEY.to_owned(),
            KeyId => header_field(&self.get(AccessToken), "kid"),
            ServiceId => "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2".to_owned(),
            ApiKey | IdToken | PendingWebLogin | ApprovedWebLogin | TokenCursor | UserCursor => {
                self.costly.clone()
            }
        }
    }

    /// Whether the tokens are as good as they were: those of the newer endpoint, and those of the older.
    async fn alive(&self, world: &World) -> (bool, bool) {
        let active = async |kind| {
            let token = self.get(kind);
            let answer = world.form(INTROSPECT, &world.as_admin(), &[("token", token.as_str())]).await;
            answer.expect(200)["active"] == true
        };
        (active(AccessToken).await, active(OlderAccessToken).await)
    }
}

/// What only some cells need; empty for all other kinds.
async fn costly(world: &World, owner: &str, kind: Kind, token: &str) -> String {
    match kind {
        ApiKey => api_key(world, token).await,
        IdToken => EC.token(&claims()),
        PendingWebLogin => web_login(world, owner, false).await,
        ApprovedWebLogin => web_login(world, owner, true).await,
        TokenCursor => {
            // So that there is a second page.
            world.token(&json!({"username": owner})).await;
            text(&world.get(LIST, token).await.expect(200), "cursor")
        }
        UserCursor => text(&world.get(USER_LIST, &world.admin).await.expect(200), "cursor"),
        IdempotencyKey => {
            // The key belongs to this body: the second time it gives the first token back, which may be revoked.
            let sent = request(Method::POST, TOKENS, &world.admin)
                .header("content-type", "application/json")
                .header("idempotency-key", KEY);
            world.send(sent.body(Body::from(r#"{"username":"frog"}"#)).unwrap()).await.expect(200);
            String::new()
        }
        _ => String::new(),
    }
}

/// The API key of a user, made now or before.
async fn api_key(world: &World, token: &str) -> String {
    const PATH: &str = "/artifactory/api/security/apiKey";
    let made = world.call(Method::POST, PATH, token).await;
    let told = if made.status == 201 { made } else { world.get(PATH, token).await };
    text(&told.expect(told.status), "apiKey")
}

/// A session of a log-in in the browser, from its opening to the approval on the page.
async fn web_login(world: &World, owner: &str, approved: bool) -> String {
    static COUNTER: AtomicUsize = AtomicUsize::new(1);
    let number = COUNTER.fetch_add(1, Ordering::SeqCst);
    let session = format!("0b2ff2b5-3a0e-4f0e-9d4c-{number:012x}");
    let path = "/access/api/v2/authentication/jfrog_client_login/request";
    world.post(path, "", &json!({"session": session})).await.expect(200);
    if approved {
        let fields = [
            ("session", session.as_str()),
            ("client", "JFrog-CLI"),
            ("username", owner),
            ("password", PASSWORD),
            ("code", &session[32..]),
        ];
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        let sent = Request::post("/ui/login")
            .header("host", "a.example")
            .header("origin", "http://a.example")
            .header("content-type", "application/x-www-form-urlencoded");
        let page = world.send(sent.body(Body::from(form)).unwrap()).await;
        assert_eq!(page.status, 200, "{}", String::from_utf8_lossy(&page.body));
    }
    session
}

/// A service that has every kind.
async fn world() -> World {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        disable_api_key_creation: false,
        ..AccessSettings::default()
    };
    let landscape = OidcWorld::with(settings).await;
    landscape.map(json!({"username": "frog"})).await;
    landscape.world
}

fn header_field(token: &str, field: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    text(&serde_json::from_slice(&header).unwrap(), field)
}

#[tokio::test]
async fn every_kind_is_accepted_where_it_belongs_and_nowhere_else() {
    let world = world().await;
    let mut wrong = Vec::new();
    for kind in KINDS {
        for place in &PLACES {
            let mut owner = "frog".to_owned();
            if place.counts_guesses {
                // Who tries many wrong passwords for one name may be told to wait.
                owner = format!("{}-{kind:?}", place.name.replace(' ', "-")).to_lowercase();
                world.user(&owner).await;
            }
            let secrets = Secrets::new(&world, &owner, kind).await;
            let answer = put(&world, place.name, &secrets.get(kind), &secrets).await;
            let alive = secrets.alive(&world).await;
            let (accepted, untouched) = match place.name {
                // It says 200 whatever it was given.
                "oauth revoke" => (alive != (true, true), true),
                "introspect" => (answer.expect(200)["active"] == true, alive == (true, true)),
                _ => (answer.status == 200, alive == (true, true)),
            };
            let cell = format!("{kind:?} as {}: {}, {alive:?}", place.name, answer.status);
            let right = if place.takes.contains(&kind) {
                accepted
            } else {
                !accepted && untouched && place.refused.contains(&answer.status)
            };
            if !right {
                wrong.push(cell);
            }
        }
    }
    assert_eq!(wrong, Vec::<String>::new());
}

#[tokio::test]
async fn what_the_service_knows_of_a_secret_is_no_secret() {
    let world = world().await;
    let secrets = Secrets::new(&world, "frog", ApprovedWebLogin).await;
    let mut told = vec![text(&secrets.made, "token_id"), "frog".to_owned(), String::new()];
    for path in [TOKENS, "/access/api/accessd/v1/tokens", USERS, "/.well-known/jwks.json"] {
        collect(&world.get(path, &world.admin).await.expect(200), &mut told);
    }
    assert!(told.len() > 20);
    for word in told.iter().filter(|word| word.bytes().all(|byte| byte.is_ascii_graphic())) {
        assert_eq!(world.get(TOKENS, word).await.status, 401, "{word}");
    }
}

/// Every text in a JSON value.
fn collect(value: &Value, into: &mut Vec<String>) {
    match value {
        Value::String(text) => into.push(text.clone()),
        Value::Array(items) => items.iter().for_each(|item| collect(item, into)),
        Value::Object(fields) => fields.values().for_each(|field| collect(field, into)),
        _ => {}
    }
}
