//! OIDC providers and identity mappings: written, found, listed, replaced, deleted.

use super::cells::{Cells, seconds};
use super::db::{Db, values};
use super::engine::Engine;
use super::error::{Error, Result};
use super::store::SqlStore;
use super::work::{Stop, Work};
use super::{audit, oidc_exchange};
use access_core::model::AuditRecord;
use access_core::store::oidc::{
    ExchangeOutcome, ExchangedToken, OidcMappingRecord, OidcProviderRecord, OidcStore, ReplaceOutcome,
};
use access_core::store::{StoreResult, WriteOutcome};
use access_types::json::parse_object;
use access_types::oidc::{OidcMapping, OidcProvider, ProviderType, TokenSpec};
use async_trait::async_trait;
use serde_json::{Map, Value};
use uuid::Uuid;

macro_rules! provider_columns {
    () => {
        "name, revision, description, issuer_url, provider_type, audience, organization, project_key, token_issuer, \
         azure_app_id, use_default_proxy, permissive, created_at"
    };
}

macro_rules! mapping_columns {
    () => {
        "provider_name, name, revision, description, priority, claims, username, username_pattern, groups_pattern, \
         scope, audience, expires_in, project_key, created_at"
    };
}

#[async_trait]
impl<E: Engine> OidcStore for SqlStore<E> {
    async fn insert_oidc_provider(
        &self,
        record: OidcProviderRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>> {
        self.change(audit, move |tx, audit| insert_provider(tx, &record, audit)).await
    }

    async fn find_oidc_provider(&self, name: &str) -> StoreResult<Option<OidcProviderRecord>> {
        let name = name.to_owned();
        self.engine.find(move |db| find_provider(db, &name)).await
    }

    async fn list_oidc_providers(&self) -> StoreResult<Vec<OidcProviderRecord>> {
        self.engine.list(list_providers).await
    }

    async fn replace_oidc_provider(
        &self,
        record: OidcProviderRecord,
        expected: Uuid,
        audit: AuditRecord,
    ) -> StoreResult<ReplaceOutcome> {
        self.change(audit, move |tx, audit| replace_provider(tx, &record, expected, audit)).await
    }

    async fn delete_oidc_provider(&self, name: &str, audit: AuditRecord) -> StoreResult<bool> {
        let name = name.to_owned();
        let delete = "DELETE FROM oidc_providers WHERE name = ?1";
        self.change(audit, move |tx, audit| {
            let gone = tx.execute(delete, &values![&name])? == 1;
            noted(tx, gone, audit)
        })
        .await
    }

    async fn insert_oidc_mapping(
        &self,
        record: OidcMappingRecord,
        audit: AuditRecord,
    ) -> StoreResult<WriteOutcome<()>> {
        self.change(audit, move |tx, audit| insert_mapping(tx, &record, audit)).await
    }

    async fn find_oidc_mapping(&self, provider: &str, name: &str) -> StoreResult<Option<OidcMappingRecord>> {
        let (provider, name) = (provider.to_owned(), name.to_owned());
        self.engine.find(move |db| find_mapping(db, &provider, &name)).await
    }

    async fn list_oidc_mappings(&self, provider: &str) -> StoreResult<Vec<OidcMappingRecord>> {
        let provider = provider.to_owned();
        self.engine.find(move |db| list_mappings(db, &provider)).await
    }

    async fn replace_oidc_mapping(
        &self,
        record: OidcMappingRecord,
        expected: Uuid,
        audit: AuditRecord,
    ) -> StoreResult<ReplaceOutcome> {
        self.change(audit, move |tx, audit| replace_mapping(tx, &record, expected, audit)).await
    }

    async fn delete_oidc_mapping(&self, provider: &str, name: &str, audit: AuditRecord) -> StoreResult<bool> {
        let (provider, name) = (provider.to_owned(), name.to_owned());
        let delete = "DELETE FROM oidc_mappings WHERE provider_name = ?1 AND name = ?2";
        self.change(audit, move |tx, audit| {
            let gone = tx.execute(delete, &values![&provider, &name])? == 1;
            noted(tx, gone, audit)
        })
        .await
    }

    async fn insert_exchanged_token(&self, exchanged: ExchangedToken) -> StoreResult<ExchangeOutcome> {
        self.engine.write(move |tx| oidc_exchange::insert(tx, &exchanged)).await
    }
}

fn noted(tx: &Db<'_>, done: bool, record: &AuditRecord) -> Work<bool> {
    if !done {
        return Err(Stop::answer(false));
    }
    audit::write(tx, record)?;
    Ok(true)
}

fn insert_provider(tx: &Db<'_>, record: &OidcProviderRecord, audit: &AuditRecord) -> Work<WriteOutcome<()>> {
    if find_provider(tx, &record.provider.name)?.is_some() {
        return Err(Stop::answer(WriteOutcome::Exists));
    }
    let provider = &record.provider;
    tx.execute(
        concat!(
            "INSERT INTO oidc_providers (",
            provider_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)"
        ),
        &values![
            provider.name,
            record.revision,
            provider.description,
            provider.issuer_url,
            provider.provider_type.as_str(),
            provider.audience,
            provider.organization,
            provider.project_key,
            provider.token_issuer,
            provider.azure_app_id,
            provider.use_default_proxy,
            provider.enable_permissive_configuration,
            seconds(record.created_at),
        ],
    )?;
    audit::write(tx, audit)?;
    Ok(WriteOutcome::Done(()))
}

fn replace_provider(
    tx: &Db<'_>,
    record: &OidcProviderRecord,
    expected: Uuid,
    audit: &AuditRecord,
) -> Work<ReplaceOutcome> {
    let provider = &record.provider;
    let changed = tx.execute(
        "UPDATE oidc_providers SET revision = ?3, description = ?4, issuer_url = ?5, provider_type = ?6,
                 audience = ?7, organization = ?8, project_key = ?9, token_issuer = ?10, azure_app_id = ?11,
                 use_default_proxy = ?12, permissive = ?13
             WHERE name = ?1 AND revision = ?2",
        &values![
            provider.name,
            expected,
            record.revision,
            provider.description,
            provider.issuer_url,
            provider.provider_type.as_str(),
            provider.audience,
            provider.organization,
            provider.project_key,
            provider.token_issuer,
            provider.azure_app_id,
            provider.use_default_proxy,
            provider.enable_permissive_configuration,
        ],
    )?;
    if changed == 0 {
        let there = find_provider(tx, &provider.name)?.is_some();
        return Err(Stop::answer(if there { ReplaceOutcome::Changed } else { ReplaceOutcome::NotFound }));
    }
    audit::write(tx, audit)?;
    Ok(ReplaceOutcome::Replaced)
}

pub(crate) fn find_provider(db: &Db<'_>, name: &str) -> Result<Option<OidcProviderRecord>> {
    db.optional(
        concat!("SELECT ", provider_columns!(), " FROM oidc_providers WHERE name = ?1"),
        &values![name],
        read_provider,
    )
}

fn list_providers(db: &Db<'_>) -> Result<Vec<OidcProviderRecord>> {
    db.all(concat!("SELECT ", provider_columns!(), " FROM oidc_providers ORDER BY name"), &[], read_provider)
}

fn read_provider(cells: &mut Cells<'_>) -> Result<OidcProviderRecord> {
    let name = cells.take()?;
    let revision = cells.take()?;
    let provider = OidcProvider {
        name,
        description: cells.take()?,
        issuer_url: cells.take()?,
        provider_type: cells.word(ProviderType::parse)?,
        audience: cells.take()?,
        organization: cells.take()?,
        project_key: cells.take()?,
        token_issuer: cells.take()?,
        azure_app_id: cells.take()?,
        use_default_proxy: cells.take()?,
        enable_permissive_configuration: cells.take()?,
    };
    Ok(OidcProviderRecord { provider, revision, created_at: cells.seconds()? })
}

fn insert_mapping(tx: &Db<'_>, record: &OidcMappingRecord, audit: &AuditRecord) -> Work<WriteOutcome<()>> {
    let mapping = &record.mapping;
    if find_provider(tx, &mapping.provider_name)?.is_none() {
        return Err(Stop::answer(WriteOutcome::NotFound));
    }
    if find_mapping(tx, &mapping.provider_name, &mapping.name)?.is_some() {
        return Err(Stop::answer(WriteOutcome::Exists));
    }
    let spec = &mapping.token_spec;
    tx.execute(
        concat!(
            "INSERT INTO oidc_mappings (",
            mapping_columns!(),
            ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)"
        ),
        &values![
            mapping.provider_name,
            mapping.name,
            record.revision,
            mapping.description,
            mapping.priority,
            json(&mapping.claims),
            spec.username,
            spec.username_pattern,
            spec.groups_pattern,
            spec.scope,
            spec.audience,
            seconds(spec.expires_in),
            mapping.project_key,
            seconds(record.created_at),
        ],
    )?;
    audit::write(tx, audit)?;
    Ok(WriteOutcome::Done(()))
}

fn replace_mapping(
    tx: &Db<'_>,
    record: &OidcMappingRecord,
    expected: Uuid,
    audit: &AuditRecord,
) -> Work<ReplaceOutcome> {
    let (mapping, spec) = (&record.mapping, &record.mapping.token_spec);
    let changed = tx.execute(
        "UPDATE oidc_mappings SET revision = ?4, description = ?5, priority = ?6, claims = ?7, username = ?8,
                 username_pattern = ?9, groups_pattern = ?10, scope = ?11, audience = ?12, expires_in = ?13,
                 project_key = ?14
             WHERE provider_name = ?1 AND name = ?2 AND revision = ?3",
        &values![
            mapping.provider_name,
            mapping.name,
            expected,
            record.revision,
            mapping.description,
            mapping.priority,
            json(&mapping.claims),
            spec.username,
            spec.username_pattern,
            spec.groups_pattern,
            spec.scope,
            spec.audience,
            seconds(spec.expires_in),
            mapping.project_key,
        ],
    )?;
    if changed == 0 {
        let there = find_mapping(tx, &mapping.provider_name, &mapping.name)?.is_some();
        return Err(Stop::answer(if there { ReplaceOutcome::Changed } else { ReplaceOutcome::NotFound }));
    }
    audit::write(tx, audit)?;
    Ok(ReplaceOutcome::Replaced)
}

pub(crate) fn find_mapping(db: &Db<'_>, provider: &str, name: &str) -> Result<Option<OidcMappingRecord>> {
    db.optional(
        concat!("SELECT ", mapping_columns!(), " FROM oidc_mappings WHERE provider_name = ?1 AND name = ?2"),
        &values![provider, name],
        read_mapping,
    )
}

fn list_mappings(db: &Db<'_>, provider: &str) -> Result<Vec<OidcMappingRecord>> {
    db.all(
        concat!(
            "SELECT ",
            mapping_columns!(),
            " FROM oidc_mappings WHERE provider_name = ?1 ORDER BY priority, name"
        ),
        &values![provider],
        read_mapping,
    )
}

fn read_mapping(cells: &mut Cells<'_>) -> Result<OidcMappingRecord> {
    let provider_name = cells.take()?;
    let name = cells.take()?;
    let revision = cells.take()?;
    let mapping = OidcMapping {
        provider_name,
        name,
        description: cells.take()?,
        priority: cells.take()?,
        claims: claims(&cells.take::<String>()?)?,
        token_spec: TokenSpec {
            username: cells.take()?,
            username_pattern: cells.take()?,
            groups_pattern: cells.take()?,
            scope: cells.take()?,
            audience: cells.take()?,
            expires_in: cells.seconds()?,
        },
        project_key: cells.take()?,
    };
    Ok(OidcMappingRecord { mapping, revision, created_at: cells.seconds()? })
}

fn json(claims: &Map<String, Value>) -> String {
    Value::Object(claims.clone()).to_string()
}

/// Claims that cannot be read must not become claims that fit everybody.
fn claims(text: &str) -> Result<Map<String, Value>> {
    parse_object(text.as_bytes())
        .map_err(|error| Error::Unreadable(format!("the claims of an identity mapping: {error}")))
}
