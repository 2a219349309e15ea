//! A service with an identity provider that exists only in the test, and its ID tokens.

use crate::support::{Answer, NOW, World, request};
use access_core::oidc::documents::{DocumentError, ProviderDocuments};
use access_core::{AccessSettings, SignatureAlgorithm};
use async_trait::async_trait;
use axum::body::Body;
use axum::http::Method;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use testkit::IdTokenKey;

pub(crate) const OIDC: &str = "/access/api/v1/oidc";
pub(crate) const EXCHANGE: &str = "/access/api/v1/oidc/token";
pub(crate) const ISSUER: &str = "https://token.actions.githubusercontent.com";
pub(crate) const AUDIENCE: &str = "jfrog-github";

/// Making an RSA key takes long, so there is one for all tests.
pub(crate) static RSA: LazyLock<IdTokenKey> = LazyLock::new(|| IdTokenKey::rsa("key-1", "RS256"));
pub(crate) static OTHER_RSA: LazyLock<IdTokenKey> = LazyLock::new(|| IdTokenKey::rsa("key-1", "RS256"));
pub(crate) static EC: LazyLock<IdTokenKey> = LazyLock::new(|| IdTokenKey::ec("key-2", "ES256"));

static COUNTER: AtomicUsize = AtomicUsize::new(1);

/// The documents of the identity providers of a test.
#[derive(Debug, Default)]
pub(crate) struct Documents {
    by_url: Mutex<HashMap<String, Value>>,
    asked: AtomicUsize,
    /// Held while no provider answers.
    silence: tokio::sync::Mutex<()>,
}

impl Documents {
    /// The provider at `issuer` has these keys from now on.
    pub(crate) fn publish(&self, issuer: &str, keys: &[&IdTokenKey]) {
        let jwks: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.put(&format!("{issuer}/jwks"), json!({ "keys": jwks }));
        let description = json!({"issuer": issuer, "jwks_uri": format!("{issuer}/jwks")});
        self.put(&format!("{issuer}/.well-known/openid-configuration"), description);
    }

    /// There is this at `url` from now on.
    pub(crate) fn put(&self, url: &str, document: Value) {
        self.by_url.lock().unwrap().insert(url.to_owned(), document);
    }

    /// No provider answers any more.
    pub(crate) fn vanish(&self) {
        self.by_url.lock().unwrap().clear();
    }

    /// No provider answers while this is held; those that are asked do afterwards.
    pub(crate) async fn silence(&self) -> tokio::sync::MutexGuard<'_, ()> {
        self.silence.lock().await
    }

    /// How many documents were asked for since the last call.
    pub(crate) fn asked(&self) -> usize {
        self.asked.swap(0, Ordering::SeqCst)
    }
}

#[async_trait]
impl ProviderDocuments for Documents {
    async fn read(&self, url: &str) -> Result<Vec<u8>, DocumentError> {
        self.asked.fetch_add(1, Ordering::SeqCst);
        // Others come to run meanwhile.
        tokio::task::yield_now().await;
        drop(self.silence.lock().await);
        let document = self.by_url.lock().unwrap().get(url).map(|document| document.to_string().into_bytes());
        document.ok_or_else(|| DocumentError::Failed("it answered 404".to_owned()))
    }
}

/// A service that knows the provider `github`, and the user `frog`.
pub(crate) struct OidcWorld {
    pub(crate) world: World,
    pub(crate) documents: Arc<Documents>,
}

impl OidcWorld {
    pub(crate) async fn new() -> Self {
        Self::with(AccessSettings::default()).await
    }

    pub(crate) async fn with(settings: AccessSettings) -> Self {
        let documents = Arc::new(Documents::default());
        documents.publish(ISSUER, &[&RSA, &EC]);
        let settings = AccessSettings { signature: SignatureAlgorithm::Es256, ..settings };
        let world = World::with_documents(settings, documents.clone()).await;
        world.user("frog").await;
        let this = Self { world, documents };
        this.create(OIDC, &github()).await.expect(201);
        this
    }

    /// As an administrator.
    pub(crate) async fn create(&self, path: &str, body: &Value) -> Answer {
        self.world.post(path, &self.world.admin, body).await
    }

    /// As an administrator.
    pub(crate) async fn change(&self, path: &str, body: &Value) -> Answer {
        self.world.json(Method::PUT, path, &self.world.admin, body).await
    }

    /// Makes the mapping `ci` of `github`, for the repository `octo/app`.
    pub(crate) async fn map(&self, token_spec: Value) {
        let body = json!({
            "name": "ci", "priority": 1, "claims": {"repository": "octo/app"}, "token_spec": token_spec,
        });
        self.create(&mappings(), &body).await.expect(201);
    }

    /// The exchange of an ID token of `github`.
    pub(crate) async fn exchange(&self, id_token: &str) -> Answer {
        self.exchange_with(id_token, &json!({})).await
    }

    /// The same with other fields besides, or in their place.
    pub(crate) async fn exchange_with(&self, id_token: &str, fields: &Value) -> Answer {
        let mut body = exchange_body(id_token);
        for (name, value) in fields.as_object().unwrap() {
            body[name] = value.clone();
        }
        self.world.post(EXCHANGE, "", &body).await
    }

    /// The same with an `Idempotency-Key`.
    pub(crate) async fn exchange_by_key(&self, id_token: &str, key: &str) -> Answer {
        let request = request(Method::POST, EXCHANGE, "")
            .header("content-type", "application/json")
            .header("idempotency-key", key);
        self.world.send(request.body(Body::from(exchange_body(id_token).to_string())).unwrap()).await
    }
}

pub(crate) fn github() -> Value {
    json!({"name": "github", "issuer_url": ISSUER, "provider_type": "GitHub", "audience": AUDIENCE})
}

pub(crate) fn mappings() -> String {
    format!("{OIDC}/github/identity_mappings")
}

pub(crate) fn exchange_body(id_token: &str) -> Value {
    json!({
        "grant_type": "urn:ietf:params:oauth:grant-type:token-exchange",
        "subject_token_type": "urn:ietf:params:oauth:token-type:id_token",
        "subject_token": id_token,
        "provider_name": "github",
    })
}

/// What GitHub says of a job, with a `jti` that no other has.
pub(crate) fn claims() -> Value {
    json!({
        "jti": format!("jti-{}", COUNTER.fetch_add(1, Ordering::SeqCst)),
        "sub": "repo:octo/app:ref:refs/heads/main",
        "aud": AUDIENCE,
        "ref": "refs/heads/main",
        "repository": "octo/app",
        "repository_owner": "octo",
        "repository_owner_id": "1",
        "repository_id": "2",
        "actor": "Frog",
        "workflow": "ci",
        "run_attempt": "1",
        "job_workflow_ref": "octo/app/.github/workflows/ci.yml@refs/heads/main",
        "iss": ISSUER,
        "nbf": NOW - 10,
        "exp": NOW + 300,
        "iat": NOW - 10,
    })
}

/// The same with other claims besides, or in their place; those that are `null` are taken out.
pub(crate) fn claims_with(others: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in others.as_object().unwrap() {
        if value.is_null() {
            claims.as_object_mut().unwrap().remove(name);
        } else {
            claims[name] = value.clone();
        }
    }
    claims
}

/// An ID token with other claims besides, or in their place.
pub(crate) fn id_token(others: &Value) -> String {
    RSA.token(&claims_with(others))
}
