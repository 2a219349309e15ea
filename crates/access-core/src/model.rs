//! What is stored: tokens, refresh-token families, users, groups, keys, audit records.

use crate::clock::EpochSeconds;
use access_types::user::UserStatus;
use std::fmt;
use uuid::Uuid;

mod audit;

pub use audit::{AuditAction, AuditRecord};

/// A keyed hash (HMAC-SHA-256) of a secret: all that is stored of it.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SecretHash(pub [u8; 32]);

impl fmt::Debug for SecretHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretHash")
    }
}

/// A token as it is stored. Its text is not.
#[derive(Clone, PartialEq, Eq)]
pub struct TokenRecord {
    /// Token id, UUID version 7, equal to the JWT's `jti`.
    pub token_id: Uuid,
    /// Subject in full form.
    pub subject: String,
    /// The user name within this service; `None` for a subject of another form.
    pub username: Option<String>,
    /// If the subject was an existing user at creation: that user's [`UserRecord::token_epoch`] then.
    /// The token lives only while the user exists, is enabled and still has this epoch.
    pub user_epoch: Option<i64>,
    /// The scope exactly as asked for.
    pub scope: String,
    /// The audience, space separated.
    pub audience: String,
    /// Free text.
    pub description: Option<String>,
    /// The project it is bound to.
    pub project_key: Option<String>,
    /// When it was made.
    pub issued_at: EpochSeconds,
    /// When it ends; `None` = never.
    pub expires_at: Option<EpochSeconds>,
    /// Its refresh-token family, if it is refreshable.
    pub family_id: Option<Uuid>,
    /// Subject of the credential that made it.
    pub created_by: String,
    /// The token that made it; `None` if it was a password or the command line.
    pub parent_token_id: Option<Uuid>,
    /// Hash of its reference token, if it has one.
    pub reference_hash: Option<SecretHash>,
    /// When and why it was revoked.
    pub revocation: Option<Revocation>,
    /// When it is to be revoked: from then on it counts as revoked, as it counts as expired after its expiry.
    /// In a family, of the current access token, and so of its refresh token; a successor inherits it.
    pub revocation_due: Option<EpochSeconds>,
    /// When it was last presented and accepted, exact to a minute; `None` = never.
    pub last_used: Option<EpochSeconds>,
}

impl TokenRecord {
    /// Whether the moment has come at which it was to be revoked.
    pub fn is_past_due(&self, now: EpochSeconds) -> bool {
        self.revocation_due.is_some_and(|due| now >= due)
    }

    /// Whether it was revoked, by somebody or by the moment at which it was to be.
    pub fn is_revoked(&self, now: EpochSeconds) -> bool {
        self.revocation.is_some() || self.is_past_due(now)
    }

    /// Whether its time is over.
    pub fn is_expired(&self, now: EpochSeconds) -> bool {
        self.expires_at.is_some_and(|expires_at| now >= expires_at)
    }
}

/// Without what is secret or long.
impl fmt::Debug for TokenRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenRecord")
            .field("token_id", &self.token_id)
            .field("subject", &self.subject)
            .field("scope", &self.scope)
            .finish_non_exhaustive()
    }
}

/// The fact that a token was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revocation {
    /// When.
    pub at: EpochSeconds,
    /// Why.
    pub reason: RevocationReason,
}

/// Why a token was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevocationReason {
    /// Somebody asked for it.
    Requested,
    /// A refresh replaced it. It may still name its owner in a retry of that refresh.
    Refreshed,
    /// Its refresh-token family was revoked.
    Family,
}

impl RevocationReason {
    /// The word in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Refreshed => "refreshed",
            Self::Family => "family",
        }
    }

    /// Reads the word in the database. An unknown word is no reason to accept a token, so it reads as
    /// [`RevocationReason::Requested`].
    pub fn parse(text: &str) -> Self {
        match text {
            "refreshed" => Self::Refreshed,
            "family" => Self::Family,
            _ => Self::Requested,
        }
    }
}

/// A token with everything a check of it needs, read at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenState {
    /// The token.
    pub token: TokenRecord,
    /// The user whose name is the token's `username`, as of now; `None` if there is none.
    pub user: Option<UserRecord>,
    /// The token's refresh-token family.
    pub family: Option<FamilyRecord>,
}

impl TokenState {
    /// Whether it is revoked at `now`, by itself or with its family.
    pub fn is_revoked(&self, now: EpochSeconds) -> bool {
        self.token.is_revoked(now) || self.family.as_ref().is_some_and(|family| family.revoked_at.is_some())
    }
}

/// A refresh-token family: one authorisation, of which one refresh token at a time is current.
#[derive(Clone, PartialEq, Eq)]
pub struct FamilyRecord {
    /// Family id; secret, since it is part of every refresh token of the family.
    pub family_id: Uuid,
    /// The access token that is current.
    pub token_id: Uuid,
    /// Generation of the current refresh token, from 0.
    pub generation: u32,
    /// Hash of the current refresh token.
    pub current_hash: SecretHash,
    /// Hash of the refresh token before it.
    pub previous_hash: Option<SecretHash>,
    /// When the current generation began.
    pub rotated_at: EpochSeconds,
    /// Whether the predecessor was already accepted a second time (the lost-answer rule).
    pub retried: bool,
    /// Whether the current access token or refresh token was ever used.
    pub successor_used: bool,
    /// Lifetime of each access token of the family, in seconds; `None` = never expires.
    pub lifetime: Option<u64>,
    /// When the family was revoked.
    pub revoked_at: Option<EpochSeconds>,
}

/// Without what is secret or long.
impl fmt::Debug for FamilyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FamilyRecord")
            .field("token_id", &self.token_id)
            .field("generation", &self.generation)
            .finish_non_exhaustive()
    }
}

/// A user as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserRecord {
    /// Name, normalised.
    pub username: String,
    /// E-mail address, may be empty.
    pub email: String,
    /// Administrator by itself.
    pub admin: bool,
    /// Administrator by itself or through a group. Derived; not written.
    pub effective_admin: bool,
    /// Whether the user may change the own profile.
    pub profile_updatable: bool,
    /// Whether the web pages are closed to the user.
    pub disable_ui_access: bool,
    /// Whether log-in by password is off.
    pub internal_password_disabled: bool,
    /// State.
    pub status: UserStatus,
    /// Where the user comes from; `internal`.
    pub realm: String,
    /// Last log-in by password, to the minute.
    pub last_logged_in: Option<EpochSeconds>,
    /// Argon2id hash in PHC form; `None` = no password.
    pub password_hash: Option<PasswordHash>,
    /// When the password was set; `None` = when the user was made.
    pub password_changed_at: Option<EpochSeconds>,
    /// Whether an administrator has let the password expire: it is good for setting a new one only.
    pub password_expired: bool,
    /// Random number that tokens of the user carry. A new one kills them all at once: it changes when
    /// the user is disabled or stops being an administrator, and a user made anew has another one.
    pub token_epoch: i64,
    /// When the user was made.
    pub created_at: EpochSeconds,
    /// Names of the user's groups, sorted. Derived; written through the group methods.
    pub groups: Vec<String>,
}

/// An Argon2id hash in PHC form, which must not reach a log.
#[derive(Clone, PartialEq, Eq)]
pub struct PasswordHash(pub String);

impl fmt::Debug for PasswordHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PasswordHash")
    }
}

/// What to change of a user; `None` = leave as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UserChange {
    /// New e-mail address.
    pub email: Option<String>,
    /// New administrator flag.
    pub admin: Option<bool>,
    /// See [`UserRecord::profile_updatable`].
    pub profile_updatable: Option<bool>,
    /// See [`UserRecord::disable_ui_access`].
    pub disable_ui_access: Option<bool>,
    /// See [`UserRecord::internal_password_disabled`].
    pub internal_password_disabled: Option<bool>,
    /// New state.
    pub status: Option<UserStatus>,
    /// New password. It is set as of the audit record's time, and has not expired.
    pub password_hash: Option<PasswordHash>,
    /// See [`UserRecord::password_expired`]; counts without a new password only.
    pub password_expired: Option<bool>,
    /// The user's groups, replacing all others. Every one must exist.
    pub groups: Option<Vec<String>>,
}

/// A group as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GroupRecord {
    /// Name.
    pub name: String,
    /// Description.
    pub description: Option<String>,
    /// Whether every new user becomes a member.
    pub auto_join: bool,
    /// Whether members are administrators.
    pub admin_privileges: bool,
    /// Where the group comes from; `internal`.
    pub realm: String,
    /// Free text for an external realm.
    pub realm_attributes: Option<String>,
    /// Id in an external realm.
    pub external_id: Option<String>,
    /// When the group was made.
    pub created_at: EpochSeconds,
    /// Names of the members, sorted. On insert, every one must exist.
    pub members: Vec<String>,
}

/// What to change of a group; `None` = leave as it is. `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct GroupChange {
    /// New description.
    pub description: Option<Option<String>>,
    /// See [`GroupRecord::auto_join`].
    pub auto_join: Option<bool>,
    /// See [`GroupRecord::admin_privileges`].
    pub admin_privileges: Option<bool>,
    /// See [`GroupRecord::realm_attributes`].
    pub realm_attributes: Option<Option<String>>,
    /// See [`GroupRecord::external_id`].
    pub external_id: Option<Option<String>>,
    /// The members, replacing all others. Every one must exist.
    pub members: Option<Vec<String>>,
}

/// Names to add and to remove, of a user's groups or a group's members.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MembershipChange {
    /// Names to add; every one must exist.
    pub add: Vec<String>,
    /// Names to remove; one that is no member is passed over.
    pub remove: Vec<String>,
}

/// A create request that can be repeated without making a second token
/// (draft-ietf-httpapi-idempotency-key-header).
#[derive(Clone, PartialEq, Eq)]
pub struct IdempotencyRecord {
    /// Keyed hash of who asked and the `Idempotency-Key` sent.
    pub key_hash: SecretHash,
    /// Keyed hash of the request body's meaning.
    pub request_hash: SecretHash,
    /// Random seed from which, with a key outside the database, the token's secrets are derived.
    pub seed: [u8; 32],
    /// The token made.
    pub token_id: Uuid,
    /// When it was made.
    pub created_at: EpochSeconds,
}

/// Without what is secret or long.
impl fmt::Debug for IdempotencyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IdempotencyRecord").field("token_id", &self.token_id).finish_non_exhaustive()
    }
}

/// A user's API key as it is stored: the key itself is not, but whoever has the keys outside the database derives it
/// from the seed.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKeyRecord {
    /// Whose it is.
    pub username: String,
    /// That user's [`UserRecord::token_epoch`] when the key was made; the key lives while the user has it.
    pub user_epoch: i64,
    /// Keyed hash of the key.
    pub key_hash: SecretHash,
    /// Random seed from which, with a key outside the database, the key is derived.
    pub seed: [u8; 32],
    /// When it was made.
    pub created_at: EpochSeconds,
}

/// Without what is secret or long.
impl fmt::Debug for ApiKeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiKeyRecord").field("username", &self.username).finish_non_exhaustive()
    }
}

/// A signing key as it is stored: sealed.
#[derive(Clone, PartialEq, Eq)]
pub struct SigningKeyRecord {
    /// Key id: base64url, unpadded, of the SHA-256 of the root certificate's DER.
    pub kid: String,
    /// `RS256` or `ES256`.
    pub algorithm: String,
    /// PKCS#8, sealed with the key-encryption key.
    pub sealed_private_key: Vec<u8>,
    /// The root certificate, DER.
    pub certificate: Vec<u8>,
    /// When it was made; the newest signs.
    pub created_at: EpochSeconds,
}

impl fmt::Debug for SigningKeyRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SigningKeyRecord").field("kid", &self.kid).finish_non_exhaustive()
    }
}

/// Everything that the first start writes, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FirstState {
    /// Service id.
    pub service_id: String,
    /// The first signing key.
    pub signing_key: SigningKeyRecord,
    /// The first administrator.
    pub admin: UserRecord,
    /// Audit record of the start.
    pub audit: AuditRecord,
}
