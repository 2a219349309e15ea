//! The keys of providers, kept for a while: fetched by one request at a time, no more often than
//! [`BETWEEN_FETCHES`], and used for a while when the provider cannot be reached. Who brings a token of a key that is
//! known and fresh waits for no fetch, whoever has caused one.

use crate::clock::EpochSeconds;
use crate::error::AccessError;
use crate::oidc::documents::{NoDocuments, ProviderDocuments};
use crate::oidc::jwk::{ProviderKey, read_key_set};
use access_types::oidc::OidcProvider;
use access_types::oidc::provider::check_https;
use serde_json::Value;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::OwnedMutexGuard;
use tracing::Instrument as _;

/// For how many seconds keys are used without being fetched again.
const FRESH: u64 = 3600;
/// For how many seconds keys are used while the provider cannot be reached.
const STALE: u64 = 24 * 3600;
/// Least seconds between two fetches, whoever asks for which key.
const BETWEEN_FETCHES: u64 = 10;
/// How long newer keys are waited for where those that are kept would do. They come behind that, too, for the next.
const PATIENCE: Duration = Duration::from_secs(1);
/// Most providers whose keys are kept at one time.
const MOST_KEPT: usize = 1000;

/// Keys by issuer address.
pub(crate) struct ProviderKeys {
    documents: Arc<dyn ProviderDocuments>,
    kept: Mutex<HashMap<String, Arc<Entry>>>,
}

#[derive(Default)]
struct Entry {
    kept: Mutex<Kept>,
    /// Who has it fetches.
    turn: Arc<tokio::sync::Mutex<()>>,
}

impl Entry {
    /// What is kept, never over an await.
    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
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
        self.keys.iter().any(|key| kid.is_none() || key.kid.as_deref() == kid)
    }
}

impl Kept {
    /// The keys that are kept, if they are younger than `age` and the one of the id `kid` is among them.
    fn younger_than(&self, age: u64, kid: Option<&str>, now: EpochSeconds) -> Option<Arc<KeySet>> {
        self.keys.clone().filter(|keys| keys.is_younger_than(age, now) && keys.has(kid))
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
        let entry = self.entry(&provider.issuer_url);
        let (fresh, stale) = {
            let kept = entry.kept();
            (kept.younger_than(FRESH, kid, now), kept.younger_than(STALE, kid, now))
        };
        let keys = match (fresh, stale) {
            (Some(keys), _) => Some(keys),
            (None, None) => self.renewed(&entry, provider, kid, now).await,
            // A provider that is slow must not stop what worked a moment ago.
            (None, Some(old)) => {
                let renewed = tokio::time::timeout(PATIENCE, self.renewed(&entry, provider, kid, now)).await;
                renewed.unwrap_or(Some(old))
            }
        };
        let keys =
            keys.filter(|keys| keys.is_younger_than(STALE, now) && keys.has(None)).ok_or_else(|| {
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

    /// The keys that are kept after a fetch, if it is time for one.
    async fn renewed(
        self: &Arc<Self>,
        entry: &Arc<Entry>,
        provider: &OidcProvider,
        kid: Option<&str>,
        now: EpochSeconds,
    ) -> Option<Arc<KeySet>> {
        // Whoever asks meanwhile waits for this fetch instead of making another.
        let turn = Arc::clone(&entry.turn).lock_owned().await;
        {
            let mut kept = entry.kept();
            let waited = kept.tried_at.is_none_or(|tried| now < tried || now - tried >= BETWEEN_FETCHES);
            if !waited || kept.younger_than(FRESH, kid, now).is_some() {
                return kept.keys.clone();
            }
            kept.tried_at = Some(now);
        }
        // A task of its own: a client that goes away must not end it, or strangers could see to it that there are
        // never any keys.
        let fetch = Arc::clone(self).fetch_into(Arc::clone(entry), turn, provider.clone(), now);
        tokio::spawn(fetch.in_current_span()).await.unwrap_or_default()
    }

    /// The keys that are kept afterwards: the new ones, or those from before if there was nothing to be read.
    async fn fetch_into(
        self: Arc<Self>,
        entry: Arc<Entry>,
        _turn: OwnedMutexGuard<()>,
        provider: OidcProvider,
        now: EpochSeconds,
    ) -> Option<Arc<KeySet>> {
        let fetched = self.fetch(&provider.issuer_url, now).await;
        let mut kept = entry.kept();
        match fetched {
            Ok(keys) => {
                if keys.keys.is_empty() {
                    let why = "its key set has no key that signs ID tokens";
                    tracing::warn!(provider = provider.name, why, "no keys of the identity provider");
                }
                kept.keys = Some(Arc::new(keys));
            }
            Err(why) => tracing::warn!(provider = provider.name, why, "no keys of the identity provider"),
        }
        kept.keys.clone()
    }

    fn entry(&self, issuer_url: &str) -> Arc<Entry> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() >= MOST_KEPT && !kept.contains_key(issuer_url) {
            kept.clear();
        }
        Arc::clone(kept.entry(issuer_url.to_owned()).or_default())
    }

    /// OpenID Connect Discovery 1.0 section 4, then the key set that it names. One without a key takes back all keys.
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
        Ok(KeySet { issuer, keys, fetched_at: now })
    }
}
