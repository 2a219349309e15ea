//! A service of the test's own, and requests to it.

use access_core::clock::{Clock as _, ManualClock};
use access_core::oidc::documents::ProviderDocuments;
use access_core::random::SystemSource;
use access_core::{Access, AccessSettings, FirstStart, MasterKey, SignatureAlgorithm};
use access_store::{FaultStore, SqliteStore};
use accessd::router::router;
use accessd::state::AppState;
use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request};
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::sync::Arc;
use tempfile::TempDir;
use tower::ServiceExt as _;

/// When the tests take place.
pub(crate) const NOW: u64 = 1_800_000_000;
pub(crate) const TOKENS: &str = "/access/api/v1/tokens";
pub(crate) const USERS: &str = "/access/api/v2/users";
pub(crate) const GROUPS: &str = "/access/api/v2/groups";
pub(crate) const PROJECTS: &str = "/access/api/v1/projects";
/// Long enough for every rule about passwords.
pub(crate) const PASSWORD: &str = "Correct-horse-7-battery";

/// A running service.
pub(crate) struct World {
    pub(crate) access: Access,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) store: Arc<FaultStore>,
    pub(crate) first: FirstStart,
    /// An administrator's token.
    pub(crate) admin: String,
    router: Router,
    _folder: TempDir,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl World {
    pub(crate) async fn new() -> Self {
        // Making an RSA key takes long.
        let signature = SignatureAlgorithm::Es256;
        Self::with(AccessSettings { signature, ..AccessSettings::default() }).await
    }

    pub(crate) async fn with(settings: AccessSettings) -> Self {
        Self::with_all(settings, None, None).await
    }

    /// One that knows what the outside calls it.
    pub(crate) async fn called(settings: AccessSettings, base_url: Option<&str>) -> Self {
        Self::with_all(settings, base_url, None).await
    }

    /// One that reads these documents of identity providers.
    pub(crate) async fn with_documents(
        settings: AccessSettings,
        documents: Arc<dyn ProviderDocuments>,
    ) -> Self {
        Self::with_all(settings, None, Some(documents)).await
    }

    async fn with_all(
        settings: AccessSettings,
        base_url: Option<&str>,
        documents: Option<Arc<dyn ProviderDocuments>>,
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let sqlite = SqliteStore::open(&folder.path().join("accessd.db")).unwrap();
        let store = Arc::new(FaultStore::new(Arc::new(sqlite)));
        let clock = Arc::new(ManualClock::at(NOW));
        let random = Arc::new(SystemSource::default());
        let master_key = MasterKey::generate(random.as_ref()).unwrap();
        let (access, first) =
            Access::open(store.clone(), clock.clone(), random, master_key, settings, Ok).await.unwrap();
        let access = match documents {
            Some(documents) => access.with_provider_documents(documents),
            None => access,
        };
        let admin = access.mint_admin_token("admin", 36_000).await.unwrap();
        let router = router(AppState::new(access.clone(), base_url.map(str::to_owned)));
        let admin = admin.access_token.expose_secret().to_owned();
        Self { access, clock, store, first: first.unwrap(), admin, router, _folder: folder }
    }

    /// What time it is there.
    pub(crate) fn access_now(&self) -> u64 {
        self.clock.now()
    }

    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let body = to_bytes(body, usize::MAX).await.unwrap().to_vec();
        Answer { status: parts.status.as_u16(), headers: parts.headers, body }
    }

    /// Whether the answer to an administrator's GET begins with 200 and then breaks off.
    pub(crate) async fn breaks_off(&self, path: &str) -> bool {
        to_bytes(self.begun(path, &self.admin).await, usize::MAX).await.is_err()
    }

    /// The body of the answer to a GET that begins with 200, not read yet.
    pub(crate) async fn begun(&self, path: &str, token: &str) -> Body {
        let request = request(Method::GET, path, token).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status().as_u16(), 200);
        response.into_body()
    }

    /// Without a body.
    pub(crate) async fn call(&self, method: Method, path: &str, token: &str) -> Answer {
        self.send(request(method, path, token).body(Body::empty()).unwrap()).await
    }

    pub(crate) async fn get(&self, path: &str, token: &str) -> Answer {
        self.call(Method::GET, path, token).await
    }

    pub(crate) async fn delete(&self, path: &str, token: &str) -> Answer {
        self.call(Method::DELETE, path, token).await
    }

    /// With a JSON body.
    pub(crate) async fn json(&self, method: Method, path: &str, token: &str, body: &Value) -> Answer {
        let request = request(method, path, token).header("content-type", "application/json");
        self.send(request.body(Body::from(body.to_string())).unwrap()).await
    }

    pub(crate) async fn post(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.json(Method::POST, path, token, body).await
    }

    /// Makes a user that can log in with [`PASSWORD`].
    pub(crate) async fn user(&self, name: &str) {
        let body = json!({"username": name, "email": "a@example.org", "password": PASSWORD});
        self.post(USERS, &self.admin, &body).await.expect(201);
    }

    /// Makes a project whose administrators manage its members.
    pub(crate) async fn project(&self, key: &str) {
        let body = json!({"project_key": key, "admin_privileges": {"manage_members": true}});
        self.post(PROJECTS, &self.admin, &body).await.expect(201);
    }

    /// Makes a token as administrator, and gives the answer's body.
    pub(crate) async fn token(&self, body: &Value) -> Value {
        self.post(TOKENS, &self.admin, body).await.expect(200)
    }

    /// Makes a token with user scope for a user.
    pub(crate) async fn token_of(&self, name: &str) -> String {
        text(&self.token(&json!({"username": name})).await, "access_token")
    }
}

/// A request with a Bearer token; none if it is empty.
pub(crate) fn request(method: Method, path: &str, token: &str) -> axum::http::request::Builder {
    let request = Request::builder().method(method).uri(path);
    if token.is_empty() { request } else { request.header("authorization", format!("Bearer {token}")) }
}

/// A field that has to be text.
pub(crate) fn text(body: &Value, field: &str) -> String {
    body[field].as_str().unwrap_or_else(|| panic!("{field} in {body}")).to_owned()
}

impl Answer {
    /// The body as JSON, `null` if there is none; the status has to be this.
    #[track_caller]
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", String::from_utf8_lossy(&self.body));
        if self.body.is_empty() {
            assert!((200..300).contains(&status), "a refusal without a body");
            return Value::Null;
        }
        serde_json::from_slice(&self.body).unwrap()
    }

    /// Code and message of a refusal of `/access`.
    #[track_caller]
    pub(crate) fn refusal(&self, status: u16) -> (String, String) {
        let body = self.expect(status);
        let [error] = body["errors"].as_array().unwrap().as_slice() else { panic!("{body}") };
        (text(error, "code"), text(error, "message"))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}
