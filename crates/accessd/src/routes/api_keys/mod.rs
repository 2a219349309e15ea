//! API keys, `/artifactory/api/security/apiKey` (access-api.md 1.9).

pub mod create;
pub mod delete;
pub mod show;

use access_core::ShownApiKey;
use secrecy::ExposeSecret;
use serde::Serialize;
use utoipa::{OpenApi, ToSchema};

#[derive(Debug, OpenApi)]
#[openapi(paths(show::handle, create::handle, create::replace, delete::handle, delete::of_user))]
pub(crate) struct Description;

/// An API key.
#[derive(Serialize, ToSchema)]
pub(crate) struct ApiKeyBody {
    /// The key: `AKCp8` and 68 letters and digits.
    #[serde(rename = "apiKey")]
    api_key: String,
}

impl From<ShownApiKey> for ApiKeyBody {
    fn from(key: ShownApiKey) -> Self {
        Self { api_key: key.0.expose_secret().to_owned() }
    }
}
