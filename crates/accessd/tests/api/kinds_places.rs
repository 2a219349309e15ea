//! The places where a client puts a secret, and what belongs there; a new place is one line here.

use crate::kinds::Kind::{self, *};
use crate::kinds::{LIST, Secrets, USER_LIST};
use crate::oidc_world::{EXCHANGE, exchange_body};
use crate::support::{Answer, TOKENS, World, request};
use axum::body::Body;
use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

/// A place where a client puts a secret.
pub(crate) struct Place {
    pub(crate) name: &'static str,
    pub(crate) takes: &'static [Kind],
    /// What is told to whoever puts something else there.
    pub(crate) refused: &'static [u16],
    /// Whether what is wrong there counts as a wrong password.
    pub(crate) counts_guesses: bool,
}

impl Place {
    const fn new(name: &'static str, takes: &'static [Kind], refused: &'static [u16]) -> Self {
        Self { name, takes, refused, counts_guesses: false }
    }

    const fn of_password(name: &'static str, takes: &'static [Kind], refused: &'static [u16]) -> Self {
        Self { name, takes, refused, counts_guesses: true }
    }
}

const TOKEN_TEXTS: &[Kind] =
    &[AccessToken, ReferenceToken, RefreshToken, OlderAccessToken, OlderRefreshToken];

pub(crate) const PLACES: [Place; 18] = [
    Place::new("bearer", &[AccessToken, ReferenceToken], &[401]),
    Place::new("api key", &[AccessToken, ReferenceToken, ApiKey], &[401]),
    Place::of_password("basic", &[AccessToken, ReferenceToken, Password, ApiKey], &[401]),
    // A token of the older endpoint is known there, and has not its user's rights.
    Place::new("api key path", &[AccessToken, ReferenceToken, ApiKey], &[401, 403]),
    // Whose it is counts, not what it is for: a token may be for other services only, and is refreshed here.
    Place::new("bearer of a refresh", &[AccessToken, ReferenceToken, OlderAccessToken], &[401]),
    Place::new("refresh token", &[RefreshToken, OlderRefreshToken], &[404]),
    Place::new("older refresh: access_token", &[OlderAccessToken], &[400, 401, 404]),
    Place::new("older refresh: refresh_token", &[OlderRefreshToken], &[404]),
    Place::new("revoke by value", &[AccessToken, ReferenceToken, OlderAccessToken], &[404]),
    Place::new("oauth revoke", TOKEN_TEXTS, &[200]),
    Place::new("introspect", TOKEN_TEXTS, &[200]),
    Place::new("show by id", &[TokenId], &[404]),
    // What is not there is as good as revoked.
    Place::new("revoke by id", &[TokenId], &[204]),
    Place::new("ID token", &[IdToken], &[400, 401]),
    Place::new("web login", &[ApprovedWebLogin], &[400, 404]),
    Place::of_password("changePassword", &[Password], &[400, 401]),
    Place::new("cursor of tokens", &[TokenCursor], &[400]),
    Place::new("cursor of users", &[UserCursor], &[400]),
];

/// Puts a secret there.
pub(crate) async fn put(world: &World, place: &str, secret: &str, secrets: &Secrets) -> Answer {
    const OAUTH: &str = "/access/api/accessd/v1/oauth";
    const CHANGE: &str = "/artifactory/api/security/users/authorization/changePassword";
    const WEB_LOGIN: &str = "/access/api/v2/authentication/jfrog_client_login";
    let own = secrets.get(AccessToken);
    let bearer = format!("Bearer {own}");
    let header = |path: &str, name: &str, value: &str| {
        request(Method::GET, path, "").header(name, value).body(Body::empty()).unwrap()
    };
    let by_id = || format!("{TOKENS}/{}", accessd::paths::segment(secret));
    let refresh =
        |refresh_token: &str| json!({"grant_type": "refresh_token", "refresh_token": refresh_token});
    let pair = async |access: &str, refresh: &str| {
        let form = [("grant_type", "refresh_token"), ("access_token", access), ("refresh_token", refresh)];
        world.legacy("", &form).await
    };
    match place {
        "bearer" => world.get(TOKENS, secret).await,
        "api key" => world.send(header(TOKENS, "x-jfrog-art-api", secret)).await,
        "api key path" => {
            world.send(header("/artifactory/api/security/apiKey", "x-jfrog-art-api", secret)).await
        }
        "basic" => {
            let basic = format!("Basic {}", STANDARD.encode(format!("{}:{secret}", secrets.owner)));
            world.send(header(TOKENS, "authorization", &basic)).await
        }
        "bearer of a refresh" => world.post(TOKENS, secret, &refresh(&secrets.get(RefreshToken))).await,
        "refresh token" => world.post(TOKENS, &own, &refresh(secret)).await,
        "older refresh: access_token" => pair(secret, &secrets.get(OlderRefreshToken)).await,
        "older refresh: refresh_token" => pair(&secrets.get(OlderAccessToken), secret).await,
        "revoke by value" => {
            let body = json!({"token": secret});
            world.json(Method::DELETE, "/access/api/v1/tokens/revoke", &own, &body).await
        }
        "oauth revoke" => world.form(&format!("{OAUTH}/revoke"), &bearer, &[("token", secret)]).await,
        "introspect" => world.form(&format!("{OAUTH}/introspect"), &bearer, &[("token", secret)]).await,
        "show by id" => world.get(&by_id(), &own).await,
        "revoke by id" => world.delete(&by_id(), &own).await,
        "ID token" => world.post(EXCHANGE, "", &exchange_body(secret)).await,
        "web login" => world.get(&format!("{WEB_LOGIN}/token/{}", accessd::paths::segment(secret)), "").await,
        "changePassword" => {
            let new = "Another-horse-8-battery";
            let body = json!({
                "userName": secrets.owner, "oldPassword": secret, "newPassword1": new, "newPassword2": new,
            });
            world.post(CHANGE, "", &body).await
        }
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
