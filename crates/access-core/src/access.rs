//! The service without HTTP and SQL. Each other module adds to [`Access`] what it is named after.

use crate::clock::{Clock, EpochSeconds};
use crate::error::{AccessError, StartError};
use crate::keyring::Keyring;
use crate::last_used::PendingUses;
use crate::login_gate::LoginGate;
use crate::master_key::MasterKey;
use crate::model::{AuditAction, AuditRecord, FirstState, UserRecord};
use crate::oidc::documents::ProviderDocuments;
use crate::oidc::keys::ProviderKeys;
use crate::password::Passwords;
use crate::random::{self, Random, RandomFailed};
use crate::settings::AccessSettings;
use crate::signing_key::{RootCertificate, SigningKey};
use crate::store::{Cleaned, Store};
use crate::work::WorkPool;
use access_types::user::UserStatus;
use access_types::{Secret, ServiceId, opaque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use uuid::Uuid;

/// The first administrator's name.
const FIRST_ADMIN: &str = "admin";
/// Tokens written by one call of [`Access::clean`] or [`Access::revoke_past_due`].
const CLEANING_BATCH: usize = 256;
/// Signatures that may wait for each core: about three seconds of work with RSA of 2048 bits.
const SIGNATURES_WAITING: usize = 4096;
/// For how many seconds a create request can be repeated.
pub(crate) const IDEMPOTENCY_WINDOW: u64 = 24 * 3600;

/// The token service. Cheap to clone.
#[derive(Clone)]
pub struct Access(Arc<Parts>, Arc<ProviderKeys>);

struct Parts {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    random: Arc<dyn Random>,
    keyring: Arc<Keyring>,
    service_id: ServiceId,
    settings: AccessSettings,
    passwords: Passwords,
    signing: WorkPool,
    uses: PendingUses,
    logins: LoginGate,
    /// The second in which the database was last found ready.
    last_ready: AtomicU64,
}

/// What the first start made, to be shown once.
#[derive(Debug)]
pub struct FirstStart {
    /// Name of the first administrator.
    pub admin_username: String,
    /// The random password.
    pub admin_password: Secret,
}

impl Access {
    /// Opens the service over a database; on an empty one, makes service id, signing key and the first
    /// administrator. Before that is written, `keep_password` is given a fresh password to keep durably for the
    /// administrator; it gives the one to use: this one, or one that an earlier start kept and then ended.
    ///
    /// # Errors
    /// [`StartError`]: the database cannot be asked, the master key is not its, a key cannot be made, or the
    /// password cannot be kept.
    pub async fn open(
        store: Arc<dyn Store>,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        master_key: MasterKey,
        settings: AccessSettings,
        keep_password: impl FnOnce(Secret) -> Result<Secret, String>,
    ) -> Result<(Self, Option<FirstStart>), StartError> {
        let passwords = Passwords::new().map_err(StartError::Threads)?;
        let mut first_start = None;
        if store.service_id().await?.is_none() {
            let password = keep_password(random_password(random.as_ref())?.into())
                .map_err(StartError::PasswordNotKept)?;
            let (state, start) =
                first_state(password, &passwords, &master_key, &settings, random.as_ref(), clock.now())
                    .await?;
            if store.initialise(state).await? {
                first_start = Some(start);
            }
        }
        let service_id =
            store.service_id().await?.and_then(|text| ServiceId::parse(&text).ok()).ok_or_else(|| {
                crate::store::StoreError::Corrupt("the service id is missing or malformed".to_owned())
            })?;
        let keyring = Arc::new(Keyring::open(store.signing_keys().await?, &master_key)?);
        let signing = WorkPool::with_room_for(SIGNATURES_WAITING, "signer").map_err(StartError::Threads)?;
        let parts = Parts {
            store,
            clock,
            random,
            keyring,
            service_id,
            settings,
            passwords,
            signing,
            uses: PendingUses::default(),
            logins: LoginGate::new(),
            last_ready: AtomicU64::new(0),
        };
        Ok((Self(Arc::new(parts), Arc::default()), first_start))
    }

    /// The same service, which reads the documents of identity providers from `documents`. Without this it believes
    /// no ID token.
    #[must_use]
    pub fn with_provider_documents(self, documents: Arc<dyn ProviderDocuments>) -> Self {
        Self(self.0, Arc::new(ProviderKeys::new(documents)))
    }

    /// The service's own id, the issuer of its tokens.
    pub fn service_id(&self) -> &ServiceId {
        &self.0.service_id
    }

    /// The certificate under which new tokens are verified.
    pub fn root_certificate(&self) -> &RootCertificate {
        self.keyring().root_certificate()
    }

    /// The public keys as a JWK set (RFC 7517).
    pub fn jwks(&self) -> serde_json::Value {
        self.keyring().jwks()
    }

    /// Whether the database answers and can be written.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn ping(&self) -> Result<(), AccessError> {
        Ok(self.store().ping().await?)
    }

    /// The same for whoever asks, and as often as they like: a good answer counts for the second it was given in.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn ready(&self) -> Result<(), AccessError> {
        let now = self.now();
        if self.0.last_ready.load(Ordering::Relaxed) != now {
            self.ping().await?;
            self.0.last_ready.store(now, Ordering::Relaxed);
        }
        Ok(())
    }

    /// Frees the space of a small batch of tokens that ended long ago. Nothing depends on it.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn clean(&self) -> Result<Cleaned, AccessError> {
        // A day more than anything can still be refreshed or repeated.
        let kept = self.settings().refresh_expiry.max(IDEMPOTENCY_WINDOW) + 24 * 3600;
        let cleaned = self.store().clean(self.now().saturating_sub(kept), CLEANING_BATCH).await?;
        self.clean_logins().await?;
        Ok(cleaned)
    }

    /// Writes down that a small batch of tokens is revoked, those whose moment has passed, and counts them: they
    /// stay so if the clock is set back. To be called every few seconds.
    ///
    /// # Errors
    /// [`AccessError::Unavailable`].
    pub async fn revoke_past_due(&self) -> Result<usize, AccessError> {
        Ok(self.store().revoke_past_due(self.now(), CLEANING_BATCH).await?)
    }

    pub(crate) fn store(&self) -> &dyn Store {
        self.0.store.as_ref()
    }

    pub(crate) fn random(&self) -> &dyn Random {
        self.0.random.as_ref()
    }

    pub(crate) fn now(&self) -> EpochSeconds {
        self.0.clock.now()
    }

    /// A new id that grows with time.
    pub(crate) fn new_id(&self) -> Result<Uuid, RandomFailed> {
        random::uuid_v7(self.random(), self.0.clock.now_millis())
    }

    pub(crate) fn keyring(&self) -> &Keyring {
        &self.0.keyring
    }

    pub(crate) fn settings(&self) -> &AccessSettings {
        &self.0.settings
    }

    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.passwords
    }

    pub(crate) fn provider_keys(&self) -> &Arc<ProviderKeys> {
        &self.1
    }

    pub(crate) fn uses(&self) -> &PendingUses {
        &self.0.uses
    }

    pub(crate) fn logins(&self) -> &LoginGate {
        &self.0.logins
    }

    /// A new random token epoch; see [`UserRecord::token_epoch`].
    pub(crate) fn new_epoch(&self) -> Result<i64, RandomFailed> {
        Ok(i64::from_be_bytes(random::bytes(self.random())?))
    }

    /// Signatures that are being made or wait for it.
    pub(crate) fn signatures_under_way(&self) -> usize {
        self.0.signing.under_way()
    }

    /// Signs a payload off the async threads.
    pub(crate) async fn sign(&self, payload: String) -> Result<Secret, AccessError> {
        let keyring = Arc::clone(&self.0.keyring);
        let signed = self.0.signing.run(move || keyring.sign(&payload)).await?;
        signed.map(Secret::from).map_err(|_| AccessError::Internal("a token could not be signed".to_owned()))
    }
}

async fn first_state(
    password: Secret,
    passwords: &Passwords,
    master_key: &MasterKey,
    settings: &AccessSettings,
    random: &dyn Random,
    now: EpochSeconds,
) -> Result<(FirstState, FirstStart), StartError> {
    let service_id = new_service_id(random, now)?;
    let parsed = ServiceId::parse(&service_id).map_err(|e| StartError::SigningKey(e.to_string()))?;
    let password_hash = passwords.hash(password.clone(), random).await.map_err(|_| StartError::Password)?;
    let admin = UserRecord {
        username: FIRST_ADMIN.to_owned(),
        email: String::new(),
        admin: true,
        effective_admin: true,
        profile_updatable: true,
        disable_ui_access: false,
        internal_password_disabled: false,
        status: UserStatus::Enabled,
        realm: "internal".to_owned(),
        last_logged_in: None,
        password_hash: Some(password_hash),
        password_changed_at: Some(now),
        password_expired: false,
        token_epoch: i64::from_be_bytes(random::bytes(random)?),
        created_at: now,
        groups: Vec::new(),
    };
    let state = FirstState {
        signing_key: SigningKey::generate(settings.signature, &parsed, master_key, random, now)?,
        audit: AuditRecord {
            audit_id: random::uuid_v7(random, now.saturating_mul(1000))?,
            at: now,
            action: AuditAction::ServiceInitialised,
            actor: "accessd".to_owned(),
            actor_token_id: None,
            target: service_id.clone(),
            detail: format!("first administrator: {FIRST_ADMIN}"),
            asker: None,
        },
        service_id,
        admin,
    };
    Ok((state, FirstStart { admin_username: FIRST_ADMIN.to_owned(), admin_password: password }))
}

/// `jfac@` and a ULID in lower case: 48 bits of milliseconds, 80 random bits, in Crockford's base32.
fn new_service_id(random: &dyn Random, now: EpochSeconds) -> Result<String, RandomFailed> {
    const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
    let mut bytes: [u8; 16] = random::bytes(random)?;
    bytes[..6].copy_from_slice(&now.saturating_mul(1000).to_be_bytes()[2..]);
    let number = u128::from_be_bytes(bytes);
    let digits = (0..26).rev().map(|at| char::from(CROCKFORD[(number >> (5 * at)) as usize & 31]));
    Ok(format!("jfac@{}", digits.collect::<String>()))
}

fn random_password(random: &dyn Random) -> Result<String, RandomFailed> {
    let bytes: [u8; 64] = random::bytes(random)?;
    // 64 bytes hold 24 usable ones but for a chance too small to matter, which reads as a failure.
    opaque::alphanumerics(bytes, 24).ok_or(RandomFailed)
}
