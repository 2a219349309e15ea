//! Providers: made, read, listed, changed and deleted by administrators.

use crate::access::Access;
use crate::error::AccessError;
use crate::model::AuditAction;
use crate::principal::Principal;
use crate::store::oidc::{OidcProviderRecord, ReplaceOutcome};
use crate::users::{done, require_admin};
use access_types::oidc::{OidcProvider, OidcProviderInput};
use access_types::{FieldError, Scope};

/// Most providers of a service.
const MOST_PROVIDERS: usize = 1000;
/// How often a change is decided anew because another came in between.
pub(super) const TRIES: usize = 5;

impl Access {
    /// Makes a provider. With `project` it is that project's.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], also for a project that is not there,
    /// [`AccessError::Conflict`] if the name is taken.
    pub async fn create_oidc_provider(
        &self,
        principal: &Principal,
        input: OidcProviderInput,
        project: Option<&str>,
    ) -> Result<OidcProvider, AccessError> {
        require_admin(principal)?;
        let project_key = of_project(input.project_key.clone(), project)?;
        let provider = OidcProviderInput { project_key, ..input }.create()?;
        self.check_project(provider.project_key.as_deref(), &Scope::user()).await?;
        if self.store().list_oidc_providers().await?.len() >= MOST_PROVIDERS {
            return Err(AccessError::Conflict(format!(
                "there are {MOST_PROVIDERS} providers, which is the limit"
            )));
        }
        let record = OidcProviderRecord {
            provider: provider.clone(),
            revision: self.new_id()?,
            created_at: self.now(),
        };
        let detail = described(&provider);
        let audit = self.audit(principal, AuditAction::OidcProviderCreated, provider.name.clone(), detail)?;
        done(self.store().insert_oidc_provider(record, audit).await?, KIND, &provider.name)?;
        Ok(provider)
    }

    /// A provider.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`]: there is none of that name, or not in that project.
    pub async fn read_oidc_provider(
        &self,
        principal: &Principal,
        name: &str,
        project: Option<&str>,
    ) -> Result<OidcProvider, AccessError> {
        require_admin(principal)?;
        Ok(self.oidc_provider(name, project).await?.provider)
    }

    /// All providers, or those of a project, by name.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`].
    pub async fn list_oidc_providers(
        &self,
        principal: &Principal,
        project: Option<&str>,
    ) -> Result<Vec<OidcProvider>, AccessError> {
        require_admin(principal)?;
        let records = self.store().list_oidc_providers().await?;
        let providers = records.into_iter().map(|record| record.provider);
        Ok(providers.filter(|provider| is_in(provider.project_key.as_deref(), project)).collect())
    }

    /// Changes a provider; what the input does not name stays as it is. Tokens made before live on to their end.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::Invalid`], [`AccessError::NotFound`].
    pub async fn change_oidc_provider(
        &self,
        principal: &Principal,
        name: &str,
        input: OidcProviderInput,
        project: Option<&str>,
    ) -> Result<OidcProvider, AccessError> {
        require_admin(principal)?;
        for _ in 0..TRIES {
            let now = self.oidc_provider(name, project).await?;
            let provider = input.clone().apply(now.provider)?;
            self.check_project(provider.project_key.as_deref(), &Scope::user()).await?;
            let detail = described(&provider);
            let audit = self.audit(principal, AuditAction::OidcProviderChanged, name, detail)?;
            let record = OidcProviderRecord {
                provider: provider.clone(),
                revision: self.new_id()?,
                created_at: now.created_at,
            };
            match self.store().replace_oidc_provider(record, now.revision, audit).await? {
                ReplaceOutcome::Replaced => return Ok(provider),
                ReplaceOutcome::NotFound => return Err(no_provider(name)),
                ReplaceOutcome::Changed => {}
            }
        }
        Err(changed_too_often(KIND, name))
    }

    /// Deletes a provider with its mappings. Tokens made before live on to their end.
    ///
    /// # Errors
    /// [`AccessError::Forbidden`], [`AccessError::NotFound`].
    pub async fn delete_oidc_provider(
        &self,
        principal: &Principal,
        name: &str,
        project: Option<&str>,
    ) -> Result<(), AccessError> {
        require_admin(principal)?;
        self.oidc_provider(name, project).await?;
        let audit = self.audit(principal, AuditAction::OidcProviderDeleted, name, "")?;
        match self.store().delete_oidc_provider(name, audit).await? {
            true => Ok(()),
            false => Err(no_provider(name)),
        }
    }

    pub(super) async fn oidc_provider(
        &self,
        name: &str,
        project: Option<&str>,
    ) -> Result<OidcProviderRecord, AccessError> {
        let found = self.store().find_oidc_provider(name).await?;
        found
            .filter(|record| is_in(record.provider.project_key.as_deref(), project))
            .ok_or_else(|| no_provider(name))
    }
}

const KIND: &str = "OIDC provider";

fn no_provider(name: &str) -> AccessError {
    AccessError::NotFound(format!("there is no {KIND} {name:?}"))
}

pub(super) fn changed_too_often(kind: &str, name: &str) -> AccessError {
    AccessError::Busy(format!("the {kind} {name:?} is being changed by others; try again"))
}

/// Whether what belongs to `owner` is seen when `asked` is asked for.
pub(super) fn is_in(owner: Option<&str>, asked: Option<&str>) -> bool {
    asked.is_none() || owner == asked
}

/// The project that body and query name, which must not be two.
pub(super) fn of_project(
    body: Option<Option<String>>,
    query: Option<&str>,
) -> Result<Option<Option<String>>, FieldError> {
    match (body.flatten(), query) {
        (Some(body), Some(query)) if body != query => {
            Err(FieldError::new("project_key", format!("is {body:?} in the body and {query:?} in the query")))
        }
        (body, query) => Ok(Some(body.or_else(|| query.map(str::to_owned)))),
    }
}

/// For the audit trail.
fn described(provider: &OidcProvider) -> String {
    format!(
        "{}, issuer {:?}, token_issuer {:?}, audience {:?}, organization {:?}, azure_app_id {:?}, project {:?}, \
         permissive {}",
        provider.provider_type.as_str(),
        provider.issuer_url,
        provider.token_issuer,
        provider.audience,
        provider.organization,
        provider.azure_app_id,
        provider.project_key,
        provider.enable_permissive_configuration
    )
}
