//! What every handler can reach.

use access_core::Access;
use access_core::random::SystemSource;
use std::ops::Deref;
use std::sync::Arc;

/// The service behind HTTP. Each layer of each request takes a clone: one count that all threads share, not several.
#[derive(Clone)]
pub struct AppState(Arc<Parts>);

/// What an [`AppState`] stands for.
pub struct Parts {
    /// Everything that decides.
    pub access: Access,
    /// What the outside calls this service, without a slash at the end; `None` = answers have paths only.
    pub base_url: Option<String>,
    /// For request ids.
    pub random: SystemSource,
}

impl AppState {
    /// The state around `access`.
    pub fn new(access: Access, base_url: Option<String>) -> Self {
        Self(Arc::new(Parts { access, base_url, random: SystemSource::default() }))
    }

    /// The address of `path`: never built from what the client sent as `Host`.
    pub fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_deref().unwrap_or_default())
    }
}

impl Deref for AppState {
    type Target = Parts;

    fn deref(&self) -> &Parts {
        &self.0
    }
}
