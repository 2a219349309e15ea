//! Identity mappings: made, read, listed, changed and deleted by administrators.

use super::providers::{TRIES, changed_too_often, is_in, of_project};
use super::rules;
use crate::access::Access;
use crate::error::AccessError;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::store::oidc::{OidcMappingRecord, ReplaceOutcome};
use crate::users::{done, require_admin};
use access_types::oidc::{OidcMapping, OidcMappingInput, OidcProvider};
use access_types::{FieldError, Scope};
use serde_json::Value;

/// Most mappings of a provider, all of which an exchange may look at.
const MOST_MAPPINGS: usize = 1000;
const KIND: &str = "identity mapping";

impl Access {
    /// Makes a mapping of the provider `provider`. With `project` it is that project's.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`] for the provider,
    /// [`AccessError::Conflict`] if the name is taken.
    pub async fn create_oidc_mapping(
        &self,
        principal: &Principal,
        provider: &str,
        input: OidcMappingInput,
        project: Option<&str>,
    ) -> Result<OidcMapping, AccessError> {
        require_admin(principal)?;
        let owner = self.oidc_provider(provider, None).await?.provider;
        let project_key = of_project(input.project_key.clone(), project)?;
        let mapping = OidcMappingInput { project_key, ..input }.create(&owner.name)?;
        self.check_mapping(&owner, &mapping).await?;
        if self.store().list_oidc_mappings(provider).await?.len() >= MOST_MAPPINGS {
            let problem = format!("the provider has {MOST_MAPPINGS} identity mappings, which is the limit");
            return Err(AccessError::Conflict(problem));
        }
        let record =
            OidcMappingRecord { mapping: mapping.clone(), revision: self.new_id()?, created_at: self.now() };
        let target = target(provider, &mapping.name);
        let audit = self.audit(principal, AuditAction::OidcMappingCreated, target, described(&mapping))?;
        done(self.store().insert_oidc_mapping(record, audit).await?, KIND, &mapping.name)?;
        Ok(mapping)
    }

    /// A mapping.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn read_oidc_mapping(
        &self,
        principal: &Principal,
        provider: &str,
        name: &str,
        project: Option<&str>,
    ) -> Result<OidcMapping, AccessError> {
        require_admin(principal)?;
        Ok(self.oidc_mapping(provider, name, project).await?.mapping)
    }

    /// All mappings of a provider, or those that are a project's, in the order in which they are looked at.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`] for the provider.
    pub async fn list_oidc_mappings(
        &self,
        principal: &Principal,
        provider: &str,
        project: Option<&str>,
    ) -> Result<Vec<OidcMapping>, AccessError> {
        require_admin(principal)?;
        self.oidc_provider(provider, None).await?;
        let records = self.store().list_oidc_mappings(provider).await?;
        let mappings = records.into_iter().map(|record| record.mapping);
        Ok(mappings.filter(|mapping| is_in(mapping.project_key.as_deref(), project)).collect())
    }

    /// Changes a mapping; what the input does not name stays as it is. Tokens made before live on to their end.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`].
    pub async fn change_oidc_mapping(
        &self,
        principal: &Principal,
        provider: &str,
        name: &str,
        input: OidcMappingInput,
        project: Option<&str>,
    ) -> Result<OidcMapping, AccessError> {
        require_admin(principal)?;
        for _ in 0..TRIES {
            let owner = self.oidc_provider(provider, None).await?.provider;
            let now = self.oidc_mapping(provider, name, project).await?;
            let mapping = input.clone().apply(now.mapping)?;
            self.check_mapping(&owner, &mapping).await?;
            let target = target(provider, name);
            let audit =
                self.audit(principal, AuditAction::OidcMappingChanged, target, described(&mapping))?;
            let record = OidcMappingRecord {
                mapping: mapping.clone(),
                revision: self.new_id()?,
                created_at: now.created_at,
            };
            match self.store().replace_oidc_mapping(record, now.revision, audit).await? {
                ReplaceOutcome::Replaced => return Ok(mapping),
                ReplaceOutcome::NotFound => return Err(no_mapping(name)),
                ReplaceOutcome::Changed => {}
            }
        }
        Err(changed_too_often(KIND, name))
    }

    /// Deletes a mapping. Tokens made before live on to their end.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn delete_oidc_mapping(
        &self,
        principal: &Principal,
        provider: &str,
        name: &str,
        project: Option<&str>,
    ) -> Result<(), AccessError> {
        require_admin(principal)?;
        self.oidc_mapping(provider, name, project).await?;
        let audit = self.audit(principal, AuditAction::OidcMappingDeleted, target(provider, name), "")?;
        match self.store().delete_oidc_mapping(provider, name, audit).await? {
            true => Ok(()),
            false => Err(no_mapping(name)),
        }
    }

    async fn oidc_mapping(
        &self,
        provider: &str,
        name: &str,
        project: Option<&str>,
    ) -> Result<OidcMappingRecord, AccessError> {
        let found = self.store().find_oidc_mapping(provider, name).await?;
        found
            .filter(|record| is_in(record.mapping.project_key.as_deref(), project))
            .ok_or_else(|| no_mapping(name))
    }

    async fn check_mapping(&self, provider: &OidcProvider, mapping: &OidcMapping) -> Result<(), AccessError> {
        if let Some(problem) = rules::too_wide(provider, mapping) {
            return Err(FieldError::new("claims", problem).into());
        }
        if rules::contradict(provider, mapping) {
            let theirs = provider.project_key.as_deref().unwrap_or_default();
            let problem = format!("must be that of the provider, {theirs:?}, or be left out");
            return Err(FieldError::new("project_key", problem).into());
        }
        let scope = mapping.token_spec.scope.as_deref().map_or_else(|| Ok(Scope::user()), Scope::parse)?;
        self.check_project(project_of(provider, mapping, &scope), &scope).await?;
        let (asked, most) = (mapping.token_spec.expires_in, self.settings().max_expiry);
        if most > 0 && asked > most {
            let problem = format!(
                "Invalid expiry: {asked} is above the limit of {most} seconds that this service sets (token.max-expiry)"
            );
            return Err(FieldError::new("expires_in", problem).into());
        }
        Ok(())
    }
}

/// The project that a token of the mapping is bound to: the mapping's, or the provider's, or that of its roles if it
/// has nothing else.
pub(super) fn project_of<'a>(
    provider: &'a OidcProvider,
    mapping: &'a OidcMapping,
    scope: &'a Scope,
) -> Option<&'a str> {
    let named = mapping.project_key.as_deref().or(provider.project_key.as_deref());
    named.or_else(|| scope.project_of_roles())
}

fn no_mapping(name: &str) -> AccessError {
    AccessError::NotFound(format!("there is no {KIND} {name:?} of this provider"))
}

fn target(provider: &str, name: &str) -> String {
    format!("{provider}/{name}")
}

/// For the audit trail.
fn described(mapping: &OidcMapping) -> String {
    let spec = serde_json::to_string(&mapping.token_spec).unwrap_or_default();
    let claims = Value::Object(mapping.claims.clone());
    format!("priority {}, project {:?}, claims {claims}, token {spec}", mapping.priority, mapping.project_key)
}
