//! Kinds of secrets cannot be swapped (J9): every kind, presented in every place where another is expected. Only the
//! cells that are meant to are accepted; a new kind or place is one line here.

use crate::support::{Answer, PASSWORD, TOKENS, USERS, World, request, text};
use access_core::{AccessSettings, SignatureAlgorithm};
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

/// Something that the service made or knows, and that opens something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    AccessToken,
    ReferenceToken,
    RefreshToken,
    Password,
    ApiKey,
    TokenId,
    TokenCursor,
    UserCursor,
    IdempotencyKey,
    KeyId,
    ServiceId,
}

use Kind::*;

const KINDS: [Kind; 11] = [
    AccessToken,
    ReferenceToken,
    RefreshToken,
    Password,
    ApiKey,
    TokenId,
    TokenCursor,
    UserCursor,
    IdempotencyKey,
    KeyId,
    ServiceId,
];

/// A place where a client puts a secret, and what belongs there.
struct Place {
    name: &'static str,
    takes: &'static [Kind],
    /// What is told to whoever puts something else there.
    refused: &'static [u16],
}

const PLACES: [Place; 10] = [
    Place { name: "bearer", takes: &[AccessToken, ReferenceToken], refused: &[401] },
    Place { name: "api key", takes: &[AccessToken, ReferenceToken, ApiKey], refused: &[401] },
    Place { name: "basic", takes: &[AccessToken, ReferenceToken, Password, ApiKey], refused: &[401] },
    Place { name: "bearer of a refresh", takes: &[AccessToken, ReferenceToken], refused: &[401] },
    Place { name: "refresh token", takes: &[RefreshToken], refused: &[404] },
    Place { name: "revoke by value", takes: &[AccessToken, ReferenceToken], refused: &[404] },
    Place { name: "show by id", takes: &[TokenId], refused: &[404] },
    // What is not there is as good as revoked.
    Place { name: "revoke by id", takes: &[TokenId], refused: &[204] },
    Place { name: "cursor of tokens", takes: &[TokenCursor], refused: &[400] },
    Place { name: "cursor of users", takes: &[UserCursor], refused: &[400] },
];

/// One of each kind; those of the owner are new, so that no cell sees what another has ended.
struct Secrets {
    owner: String,
    made: Value,
    api_key: String,
    token_cursor: String,
    user_cursor: String,
}

const KEY: &str = "00000000-1111-2222-3333-444444444444";
const LIST: &str = "/access/api/accessd/v1/tokens?limit=1";
const USER_LIST: &str = "/access/api/v2/users?limit=1";

impl Secrets {
    async fn new(world: &World, owner: &str) -> Self {
        let body = json!({"username": owner, "refreshable": true, "include_reference_token": true});
        let sent = request(Method::POST, TOKENS, &world.admin)
            .header("content-type", "application/json")
            .header("idempotency-key", KEY);
        // The key belongs to this body: the second time it gives the first token back, which may be revoked.
        world.send(sent.body(Body::from(r#"{"username":"frog"}"#)).unwrap()).await.expect(200);
        // So that there is a second page.
        world.token(&json!({"username": owner})).await;
        let made = world.token(&body).await;
        let token = text(&made, "access_token");
        let token_cursor = text(&world.get(LIST, &token).await.expect(200), "cursor");
        let user_cursor = text(&world.get(USER_LIST, &world.admin).await.expect(200), "cursor");
        let api_key = api_key(world, owner).await;
        Self { owner: owner.to_owned(), made, api_key, token_cursor, user_cursor }
    }

    fn get(&self, kind: Kind) -> String {
        match kind {
            AccessToken => text(&self.made, "access_token"),
            ReferenceToken => text(&self.made, "reference_token"),
            RefreshToken => text(&self.made, "refresh_token"),
            ApiKey => self.api_key.clone(),
            TokenId => text(&self.made, "token_id"),
            Password => PASSWORD.to_owned(),
            TokenCursor => self.token_cursor.clone(),
            UserCursor => self.user_cursor.clone(),
            IdempotencyKey => KEY.to_owned(),
            KeyId => header_field(&self.get(AccessToken), "kid"),
            ServiceId => "jfac@01h8z3b1k5m7n9p2q4r6s8t0v2".to_owned(),
        }
    }
}

/// The API key of a user, made now or before.
async fn api_key(world: &World, owner: &str) -> String {
    const PATH: &str = "/artifactory/api/security/apiKey";
    let basic = format!("Basic {}", STANDARD.encode(format!("{owner}:{PASSWORD}")));
    let ask = |method| {
        let sent = request(method, PATH, "").header("authorization", basic.as_str());
        world.send(sent.body(Body::empty()).unwrap())
    };
    let made = ask(Method::POST).await;
    let told = if made.status == 201 { made } else { ask(Method::GET).await };
    text(&told.expect(told.status), "apiKey")
}

/// A service that has every kind.
async fn world() -> World {
    let settings = AccessSettings {
        signature: SignatureAlgorithm::Es256,
        disable_api_key_creation: false,
        ..AccessSettings::default()
    };
    World::with(settings).await
}

fn header_field(token: &str, field: &str) -> String {
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    let header = URL_SAFE_NO_PAD.decode(token.split('.').next().unwrap()).unwrap();
    text(&serde_json::from_slice(&header).unwrap(), field)
}

async fn put(world: &World, place: &str, secret: &str, secrets: &Secrets) -> Answer {
    let own = secrets.get(AccessToken);
    let header = |name: &str, value: String| {
        request(Method::GET, TOKENS, "").header(name, value).body(Body::empty()).unwrap()
    };
    let refresh =
        |refresh_token: &str| json!({"grant_type": "refresh_token", "refresh_token": refresh_token});
    match place {
        "bearer" => world.get(TOKENS, secret).await,
        "api key" => world.send(header("x-jfrog-art-api", secret.to_owned())).await,
        "basic" => {
            let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", secrets.owner)));
            world.send(header("authorization", basic)).await
        }
        "bearer of a refresh" => world.post(TOKENS, secret, &refresh(&secrets.get(RefreshToken))).await,
        "refresh token" => world.post(TOKENS, &own, &refresh(secret)).await,
        "revoke by value" => {
            let body = json!({"token": secret});
            world.json(Method::DELETE, "/access/api/v1/tokens/revoke", &own, &body).await
        }
        "show by id" => world.get(&format!("{TOKENS}/{}", accessd::paths::segment(secret)), &own).await,
        "revoke by id" => world.delete(&format!("{TOKENS}/{}", accessd::paths::segment(secret)), &own).await,
        "cursor of tokens" => world.get(&format!("{LIST}&cursor={}", encoded(secret)), &own).await,
        "cursor of users" => {
            world.get(&format!("{USER_LIST}&cursor={}", encoded(secret)), &world.admin).await
        }
        other => panic!("{other}"),
    }
}

fn encoded(text: &str) -> String {
    text.bytes().map(|byte| format!("%{byte:02x}")).collect()
}

#[tokio::test]
async fn every_kind_is_accepted_where_it_belongs_and_nowhere_else() {
    let world = world().await;
    world.user("frog").await;
    world.user("toad").await;
    for kind in KINDS {
        for place in &PLACES {
            let mut owner = "frog".to_owned();
            if place.name == "basic" {
                // Who tries many wrong passwords for one name may be told to wait.
                owner = format!("frog-{kind:?}").to_lowercase();
                world.user(&owner).await;
            }
            let secrets = Secrets::new(&world, &owner).await;
            let answer = put(&world, place.name, &secrets.get(kind), &secrets).await;
            let cell = format!("{kind:?} as {}: {}", place.name, answer.status);
            if place.takes.contains(&kind) {
                assert_eq!(answer.status, 200, "{cell}");
            } else {
                assert!(place.refused.contains(&answer.status), "{cell}");
                let left = world.get(TOKENS, &secrets.get(AccessToken)).await.status;
                assert_eq!(left, 200, "{cell}, and the token is none the worse");
            }
        }
    }
}

#[tokio::test]
async fn what_the_service_knows_of_a_secret_is_no_secret() {
    let world = world().await;
    world.user("frog").await;
    let secrets = Secrets::new(&world, "frog").await;
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
