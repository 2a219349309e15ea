//! What core asks of a database for log-in by ID tokens; the rules are those of [`super`].

use super::{NewToken, StoreResult, WriteOutcome};
use crate::clock::EpochSeconds;
use crate::model::{AuditRecord, IdempotencyRecord};
use access_types::oidc::{OidcMapping, OidcProvider};
use async_trait::async_trait;
use uuid::Uuid;

/// A provider as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcProviderRecord {
    /// The provider.
    pub provider: OidcProvider,
    /// Another one after each change, so that what was decided on an old state is not done on a new one.
    pub revision: Uuid,
    /// When it was made.
    pub created_at: EpochSeconds,
}

/// An identity mapping as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OidcMappingRecord {
    /// The mapping.
    pub mapping: OidcMapping,
    /// As [`OidcProviderRecord::revision`].
    pub revision: Uuid,
    /// When it was made.
    pub created_at: EpochSeconds,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReplaceOutcome {
    /// Done.
    Replaced,
    /// Nothing was written: it has another revision than the one expected. Read and decide again.
    Changed,
    /// Nothing was written: it does not exist.
    NotFound,
}

/// A proof that may be used once: its kind, and what tells it from all others of that kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsedProof {
    /// What kind of proof it is. Proofs of different kinds never meet.
    pub kind: &'static str,
    /// SHA-256 of what tells it apart.
    pub hash: [u8; 32],
    /// Moment from which it is refused without looking here.
    pub expires_at: EpochSeconds,
}

/// A token that was asked for with an ID token.
#[derive(Debug, Clone)]
pub struct ExchangedToken {
    /// The token. Its asker is the user it is for, if there is one.
    pub new: NewToken,
    /// The ID token.
    pub proof: UsedProof,
    /// The provider by name, in the revision that was decided on.
    pub provider: (String, Uuid),
    /// The mapping of that provider by name, in the revision that was decided on.
    pub mapping: (String, Uuid),
}

/// What became of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExchangeOutcome {
    /// Token and used proof are stored.
    Inserted,
    /// Nothing was written: a request with the same idempotency key came first, and this is its record.
    Repeated(IdempotencyRecord),
    /// Nothing was written: the proof was used before.
    Replayed,
    /// Nothing was written: the provider or the mapping was changed or deleted, or the user was disabled or deleted
    /// since it was decided. Read and decide again.
    Changed,
    /// Nothing was written: there is no such project.
    ProjectGone,
}

/// Providers, identity mappings, and used ID tokens.
#[async_trait]
pub trait OidcStore: Send + Sync + 'static {
    /// Writes a provider.
    async fn insert_oidc_provider(
        &self,
        record: OidcProviderRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>>;

    /// A provider by name.
    async fn find_oidc_provider(&self, name: &str) -> StoreResult<Option<OidcProviderRecord>>;

    /// All providers, by name.
    async fn list_oidc_providers(&self) -> StoreResult<Vec<OidcProviderRecord>>;

    /// Puts `record` in the place of the provider of its name, if that has the revision `expected`.
    async fn replace_oidc_provider(
        &self,
        record: OidcProviderRecord,
        expected: Uuid,
        audit: AuditRecord,
    ) -> StoreResult<ReplaceOutcome>;

    /// Deletes a provider with its mappings. `false` (and no audit record) if there is none.
    async fn delete_oidc_provider(&self, name: &str, audit: AuditRecord) -> StoreResult<bool>;

    /// Writes a mapping. [`WriteOutcome::NotFound`] if there is no such provider.
    async fn insert_oidc_mapping(
        &self,
        record: OidcMappingRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>>;

    /// A mapping by the names of its provider and its own.
    async fn find_oidc_mapping(&self, provider: &str, name: &str) -> StoreResult<Option<OidcMappingRecord>>;

    /// All mappings of a provider, by priority and then by name.
    async fn list_oidc_mappings(&self, provider: &str) -> StoreResult<Vec<OidcMappingRecord>>;

    /// Puts `record` in the place of the mapping of its names, if that has the revision `expected`.
    async fn replace_oidc_mapping(
        &self,
        record: OidcMappingRecord,
        expected: Uuid,
        audit: AuditRecord,
    ) -> StoreResult<ReplaceOutcome>;

    /// Deletes a mapping. `false` (and no audit record) if there is none.
    async fn delete_oidc_mapping(&self, provider: &str, name: &str, audit: AuditRecord) -> StoreResult<bool>;

    /// Writes token and used proof, and frees a few proofs that are refused by their age. Looks once more at provider,
    /// mapping and user.
    async fn insert_exchanged_token(&self, exchanged: ExchangedToken) -> StoreResult<ExchangeOutcome>;
}
