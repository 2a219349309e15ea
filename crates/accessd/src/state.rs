//! What every handler can reach.

use access_core::Access;
use access_core::random::SystemSource;
use std::sync::Arc;

/// The service behind HTTP. Cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// Everything that decides.
    pub access: Access,
    /// What the outside calls this service, without a slash at the end; `None` = answers have paths only.
    pub base_url: Option<Arc<str>>,
    /// For request ids.
    pub random: Arc<SystemSource>,
}

impl AppState {
    /// The state around `access`.
    pub fn new(access: Access, base_url: Option<String>) -> Self {
        Self { access, base_url: base_url.map(Arc::from), random: Arc::new(SystemSource::default()) }
    }

    /// The address of `path`: never built from what the client sent as `Host`.
    pub fn uri(&self, path: &str) -> String {
        format!("{}{path}", self.base_url.as_deref().unwrap_or_default())
    }
}
