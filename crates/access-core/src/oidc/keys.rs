//! The keys of providers, kept for a while: fetched by one request at a time, no more often than
//! [`BETWEEN_FETCHES`], and used for a while when the provider cannot be reached.

use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::oidc::documents::{NoDocuments, ProviderDocuments};
use crate::oidc::jwk::{ProviderKey, read_key_set};
use access_types::oidc::OidcProvider;
use access_types::oidc::provider::check_https;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

/// For how many seconds keys are used without being fetched again.
const FRESH: u64 = 3600;
/// For how many seconds keys are used while the provider cannot be reached.
const STALE: u64 = 24 * 3600;
/// Least seconds between two fetches, whoever asks for which key.
const BETWEEN_FETCHES: u64 = 10;
/// Most providers whose keys are kept at one time.
const MOST_KEPT: usize = 1000;

/// Keys by issuer address.
pub(crate) struct ProviderKeys {
    documents: Arc<dyn ProviderDocuments>,
    kept: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Kept>>>>,
}

#[derive(Default)]
struct Kept {
    keys: Option<Arc<KeySet>>,
    tried_at: Option<EpochSeconds>,
}

/// What a provider told of itself.
pub(crate) struct KeySet {
    issuer: String,
    pub(crate) keys: Vec<ProviderKey>,
    fetched_at: EpochSeconds,
}

impl KeySet {
    fn is_younger_than(&self, age: u64, now: EpochSeconds) -> bool {
        // Keys of a future that a clock set back has left are of no age.
        now >= self.fetched_at && now - self.fetched_at < age
    }

    fn has(&self, kid: Option<&str>) -> bool {
        kid.is_none_or(|kid| self.keys.iter().any(|key| key.kid.as_deref() == Some(kid)))
    }
}

impl Default for ProviderKeys {
    fn default() -> Self {
        Self::new(Arc::new(NoDocuments))
    }
}

impl ProviderKeys {
    pub(crate) fn new(documents: Arc<dyn ProviderDocuments>) -> Self {
        Self { documents, kept: Mutex::default() }
    }

    /// The keys of `provider`, fetched if there is none of the id `kid` among those that are kept.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`] if there are none.
    pub(crate) async fn of(
        self: &Arc<Self>,
        provider: &OidcProvider,
        kid: Option<&str>,
        now: EpochSeconds,
    ) -> Result<Arc<KeySet>, AccessError> {
        // Whoever asks meanwhile waits for this fetch instead of making another.
        let mut kept = self.entry(&provider.issuer_url).lock_owned().await;
        let waited = kept.tried_at.is_none_or(|tried| now < tried || now - tried >= BETWEEN_FETCHES);
        let known = kept.keys.as_ref().is_some_and(|keys| keys.is_younger_than(FRESH, now) && keys.has(kid));
        let keys = if known || !waited {
            kept.keys.clone()
        } else {
            kept.tried_at = Some(now);
            // A task of its own: a client that goes away must not end it, or strangers could see to it that there are
            // never any keys.
            let fetch = Arc::clone(self).fetch_into(kept, provider.clone(), now);
            tokio::spawn(fetch.in_current_span()).await.unwrap_or_default()
        };
        let keys = keys.filter(|keys| keys.is_younger_than(STALE, now)).ok_or_else(|| {
            let problem = format!("the keys of the identity provider {:?} cannot be had", provider.name);
            AccessError::Unavailable(problem)
        })?;
        if keys.issuer != provider.issuer_url && Some(&keys.issuer) != provider.token_issuer.as_ref() {
            let problem = format!(
                "the identity provider {:?} calls itself {:?}; its issuer_url or token_issuer must be that",
                provider.name, keys.issuer
            );
            return Err(AccessError::Unavailable(problem));
        }
        Ok(keys)
    }

    /// The keys that are kept afterwards: the new ones, or those from before.
    async fn fetch_into(
        self: Arc<Self>,
        mut kept: OwnedMutexGuard<Kept>,
        provider: OidcProvider,
        now: EpochSeconds,
    ) -> Option<Arc<KeySet>> {
        match self.fetch(&provider.issuer_url, now).await {
            Ok(keys) => kept.keys = Some(Arc::new(keys)),
            Err(why) => tracing::warn!(provider = provider.name, why, "no keys of the identity provider"),
        }
        kept.keys.clone()
    }

    fn entry(&self, issuer_url: &str) -> Arc<tokio::sync::Mutex<Kept>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(issuer_url) {
            kept.clear();
        }
        Arc::clone(kept.entry(issuer_url.to_owned()).or_default())
    }

    /// OpenID Connect Discovery 1.0 section 4, then the key set that it names.
    async fn fetch(&self, issuer_url: &str, now: EpochSeconds) -> Result<KeySet, String> {
        let at = format!("{}/.well-known/openid-configuration", issuer_url.trim_end_matches('/'));
        let read =
            async |url: &str| self.documents.read(url).await.map_err(|error| format!("{url}: {error}"));
        let document =
            access_types::json::parse_object(&read(&at).await?).map_err(|error| format!("{at}: {error}"))?;
        let text = |name: &str| {
            let text = document.get(name).and_then(Value::as_str);
            text.map(str::to_owned).ok_or_else(|| format!("{at}: it has no {name}"))
        };
        let (issuer, address) = (text("issuer")?, text("jwks_uri")?);
        check_https("jwks_uri", &address).map_err(|error| format!("{at}: {error}"))?;
        let keys = read_key_set(&read(&address).await?).map_err(|error| format!("{address}: {error}"))?;
        if keys.is_empty() {
            return Err(format!("{address}: it has no key that signs ID tokens"));
        }
        Ok(KeySet { issuer, keys, fetched_at: now })
    }
}
