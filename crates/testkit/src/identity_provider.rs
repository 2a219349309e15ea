//! An identity provider: a TLS server with the two documents of OpenID Connect, or with what a test puts in their
//! place.

use crate::id_token::IdTokenKey;
use crate::scripted::Reply;
use crate::tls::{Certificate, TlsServer};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

const DISCOVERY: &str = "/.well-known/openid-configuration";
const KEYS: &str = "/jwks";

#[derive(Debug, Default)]
struct State {
    replies: HashMap<String, Reply>,
    asked: Vec<String>,
    delay: Duration,
}

/// The provider. It ends when dropped.
#[derive(Debug)]
pub struct IdentityProvider {
    /// Its certificate, for whoever shall trust it.
    pub certificate: Certificate,
    state: Arc<Mutex<State>>,
    server: TlsServer,
}

impl IdentityProvider {
    /// One with these keys.
    ///
    /// # Panics
    /// If there is no free port.
    pub fn start(keys: &[&IdTokenKey]) -> Self {
        let certificate = Certificate::for_host("localhost");
        let state = Arc::new(Mutex::new(State::default()));
        let shared = Arc::clone(&state);
        let server = TlsServer::serving(&certificate, move |request| {
            let path = request.line.strip_prefix("GET ").unwrap_or(&request.line).to_owned();
            let (reply, delay) = {
                let mut state = shared.lock().expect("no panic holds the lock");
                let reply = state.replies.get(&path).cloned();
                state.asked.push(path);
                (reply, state.delay)
            };
            std::thread::sleep(delay);
            reply.unwrap_or_else(|| Reply::json(404, "{}"))
        });
        let provider = Self { certificate, state, server };
        let issuer = provider.issuer();
        let description = json!({"issuer": issuer, "jwks_uri": format!("{issuer}{KEYS}")});
        provider.put(DISCOVERY, Reply::json(200, &description.to_string()));
        provider.publish(keys);
        provider
    }

    /// Its issuer address.
    pub fn issuer(&self) -> String {
        self.server.url("localhost")
    }

    /// It has these keys from now on.
    pub fn publish(&self, keys: &[&IdTokenKey]) {
        let keys: Vec<Value> = keys.iter().map(|key| key.jwk()).collect();
        self.put(KEYS, Reply::json(200, &json!({ "keys": keys }).to_string()));
    }

    /// It gives this reply at `path` from now on.
    ///
    /// # Panics
    /// If the server panicked.
    pub fn put(&self, path: &str, reply: Reply) {
        self.state.lock().expect("no panic holds the lock").replies.insert(path.to_owned(), reply);
    }

    /// It describes itself by this reply from now on.
    pub fn describe_by(&self, reply: Reply) {
        self.put(DISCOVERY, reply);
    }

    /// It takes so long for every answer from now on.
    ///
    /// # Panics
    /// If the server panicked.
    pub fn delay(&self, delay: Duration) {
        self.state.lock().expect("no panic holds the lock").delay = delay;
    }

    /// The paths it was asked for so far.
    ///
    /// # Panics
    /// If the server panicked.
    pub fn asked(&self) -> Vec<String> {
        self.state.lock().expect("no panic holds the lock").asked.clone()
    }

    /// The claims of a job's ID token, as GitHub's are, with a `jti` of its own.
    ///
    /// # Panics
    /// If the clock is before 1970.
    pub fn claims(&self, audience: &str) -> Value {
        let now = now();
        json!({
            "jti": crate::unique("jti"),
            "sub": "repo:octo/app:ref:refs/heads/main",
            "aud": audience,
            "ref": "refs/heads/main",
            "repository": "octo/app",
            "repository_owner": "octo",
            "actor": "frog",
            "iss": self.issuer(),
            "nbf": now - 5,
            "exp": now + 300,
            "iat": now - 5,
        })
    }
}

#[expect(clippy::disallowed_methods, reason = "the service under test reads the machine's clock, too")]
fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970").as_secs()
}
