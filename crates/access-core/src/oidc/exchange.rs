//! The exchange: an ID token in, an access token out. Who has no token that a provider signed learns nothing: neither
//! which providers there are, nor what their mappings want.

use super::id_token::{self, Expected, IdToken, Refusal};
use super::mint::{Grant, NoGrant};
use super::providers::{TRIES, is_in};
use super::rules;
use crate::access::Access;
use crate::error::{AccessError, AuthenticationError};
use crate::store::oidc::{OidcMappingRecord, OidcProviderRecord};
use access_types::FieldError;
use access_types::oidc::{ExchangeRequest, ExchangeResponse, claims};
use secrecy::ExposeSecret;

/// A provider and a mapping that admit an ID token.
pub(super) struct Admitted {
    pub(super) provider: OidcProviderRecord,
    pub(super) mapping: OidcMappingRecord,
    pub(super) token: IdToken,
}

impl Access {
    /// Gives an access token for an ID token, once. A request with an `idempotency_key` that was used before with the
    /// same ID token gives the same access token again.
    ///
    /// # Errors
    /// [`AccessError::Authentication`] if the ID token is not accepted, [`AccessError::BadRequest`] for its audience,
    /// [`AccessError::Invalid`] if it is no ID token at all, [`AccessError::Unavailable`] if the provider's keys
    /// cannot be had or the token cannot be stored: then it does not exist. [`AccessError::Busy`] if what decides was
    /// changed each time before the token was stored.
    pub async fn exchange_id_token(
        &self,
        request: &ExchangeRequest,
        idempotency_key: Option<&str>,
    ) -> Result<ExchangeResponse, AccessError> {
        for _ in 0..TRIES {
            let admitted = self.admit_id_token(request).await?;
            let grant = self.grant(&admitted).await?;
            if let Some(answer) = self.mint_for_id_token(request, admitted, grant, idempotency_key).await? {
                return Ok(answer);
            }
        }
        let problem = "the identity provider, its mapping or its user is being changed by others; try again";
        Err(AccessError::Busy(problem.to_owned()))
    }

    async fn admit_id_token(&self, request: &ExchangeRequest) -> Result<Admitted, AccessError> {
        let text = request.subject_token.expose_secret();
        let unverified = id_token::read(text)
            .map_err(|refusal| FieldError::new("subject_token", format!("is not accepted: {refusal}")))?;
        let name = request.provider_name.as_str();
        let found = self.store().find_oidc_provider(name).await?;
        let project = request.project_key.as_deref();
        let provider = found
            .filter(|record| {
                record.provider.project_key.is_none()
                    || is_in(record.provider.project_key.as_deref(), project)
            })
            .ok_or_else(|| refused(name, "there is no such provider"))?;
        let expected = Expected { issuer: provider.provider.expected_issuer(), now: self.now() };
        // Nobody is asked for keys on behalf of a token that is not from there.
        if unverified.claimed_issuer() != Some(expected.issuer) {
            return Err(refused(name, Refusal::Issuer));
        }
        let keys =
            self.provider_keys().of(&provider.provider, unverified.kid.as_deref(), expected.now).await?;
        let verified = unverified.verify(&keys.keys).map_err(|refusal| refused(name, refusal))?;
        let token = verified.check(expected).map_err(|refusal| match refusal {
            Refusal::Expired => AuthenticationError::IdTokenExpired.into(),
            other => refused(name, other),
        })?;
        self.check_audience(&provider, request, &token)?;
        if !rules::is_of_the_tenant(&provider.provider, &token) {
            return Err(refused(name, "it is from another organization or application"));
        }
        let mapping = self.choose_mapping(&provider, request, &token).await?;
        Ok(Admitted { provider, mapping, token })
    }

    fn check_audience(
        &self,
        provider: &OidcProviderRecord,
        request: &ExchangeRequest,
        token: &IdToken,
    ) -> Result<(), AccessError> {
        let accepted = rules::audiences(&provider.provider);
        let asked = request.audience.as_ref().is_none_or(|asked| token.audiences.contains(asked));
        if asked && token.is_meant_for(&accepted) {
            return Ok(());
        }
        tracing::info!(
            provider = provider.provider.name,
            ?accepted,
            "an ID token was refused: its audience is none of those accepted, or not the one asked for"
        );
        // As it is on the wire.
        Err(AccessError::BadRequest("Invalid audience".to_owned()))
    }

    /// The first in the order of priority whose claims fit is the one that counts, whatever comes of it.
    async fn choose_mapping(
        &self,
        provider: &OidcProviderRecord,
        request: &ExchangeRequest,
        token: &IdToken,
    ) -> Result<OidcMappingRecord, AccessError> {
        let name = &provider.provider.name;
        let wanted = |mapping: &access_types::oidc::OidcMapping| {
            request.identity_mapping_name.as_ref().is_none_or(|wanted| *wanted == mapping.name)
                && (mapping.project_key.is_none()
                    || request.project_key.is_none()
                    || mapping.project_key == request.project_key)
        };
        let mappings = self.store().list_oidc_mappings(name).await?;
        let chosen = mappings
            .into_iter()
            .find(|record| wanted(&record.mapping) && claims::fit(&record.mapping.claims, &token.claims));
        let chosen = chosen.ok_or_else(|| refused(name, "no identity mapping fits its claims"))?;
        // The provider may have been changed since the mapping was made: in both.
        if rules::contradict(&provider.provider, &chosen.mapping) {
            let why = "its identity mapping is of another project than the provider";
            return Err(refused(name, why));
        }
        match rules::too_wide(&provider.provider, &chosen.mapping) {
            None => Ok(chosen),
            Some(_) => {
                tracing::warn!(
                    provider = name,
                    mapping = chosen.mapping.name,
                    "this identity mapping says not whose tokens are meant; see enable_permissive_configuration"
                );
                Err(AuthenticationError::IdToken.into())
            }
        }
    }

    async fn grant(&self, admitted: &Admitted) -> Result<Grant, AccessError> {
        let name = &admitted.provider.provider.name;
        Grant::of(self, admitted).await.map_err(|no_grant| match no_grant {
            NoGrant::Failed(error) => error,
            NoGrant::Refused(why) => {
                let mapping = &admitted.mapping.mapping.name;
                tracing::info!(provider = name, mapping, why, "an ID token was refused");
                AuthenticationError::IdToken.into()
            }
        })
    }
}

/// The same words for all; the reason is for the log. The name is not written there as it was sent.
fn refused(provider: &str, why: impl std::fmt::Display) -> AccessError {
    tracing::info!(?provider, %why, "an ID token was refused");
    AuthenticationError::IdToken.into()
}
