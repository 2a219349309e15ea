//! Which ID tokens of a provider are ours at all, before any identity mapping is looked at.

use crate::oidc::id_token::IdToken;
use access_types::oidc::{OidcMapping, OidcProvider, ProviderType};
use serde_json::{Map, Value};

const GITHUBS_ISSUER: &str = "https://token.actions.githubusercontent.com";

/// The audiences of which an ID token must have one. A provider without one accepts what its kind gives by default to
/// whom the provider's settings name; a generic one has no such thing, and accepts none.
pub(super) fn audiences(provider: &OidcProvider) -> Vec<String> {
    match (&provider.audience, provider.provider_type) {
        (Some(audience), _) => vec![audience.clone()],
        (None, ProviderType::GitHub | ProviderType::GitHubEnterprise) => provider
            .organization
            .iter()
            .map(|organization| format!("https://github.com/{organization}"))
            .collect(),
        (None, ProviderType::Azure) => provider.azure_app_id.iter().flat_map(|id| forms_of(id)).collect(),
        (None, ProviderType::Generic) => Vec::new(),
    }
}

/// How Azure writes an application as an audience.
fn forms_of(app_id: &str) -> [String; 2] {
    [app_id.to_owned(), format!("api://{app_id}")]
}

/// Whether the token is from the organization, or for the application, that the provider names.
pub(super) fn is_of_the_tenant(provider: &OidcProvider, token: &IdToken) -> bool {
    let claim = |name: &str| token.claims.get(name).and_then(Value::as_str);
    match provider.provider_type {
        ProviderType::GitHub | ProviderType::GitHubEnterprise => {
            provider.organization.as_deref().is_none_or(|organization| {
                // GitHub tells names apart without their case.
                claim("repository_owner").is_some_and(|owner| owner.eq_ignore_ascii_case(organization))
            })
        }
        ProviderType::Azure => provider.azure_app_id.as_deref().is_none_or(|app_id| {
            forms_of(app_id).iter().any(|form| token.audiences.contains(form))
                || ["azp", "appid"].iter().any(|name| claim(name) == Some(app_id))
        }),
        ProviderType::Generic => true,
    }
}

/// Whether provider and mapping are of different projects: a token can be bound to one only.
pub(super) fn contradict(provider: &OidcProvider, mapping: &OidcMapping) -> bool {
    provider.project_key.is_some()
        && mapping.project_key.is_some()
        && provider.project_key != mapping.project_key
}

/// Why a mapping lets in more than it may; `None` if it does not. An issuer that serves the whole world, as GitHub's
/// does, takes something that says whose token it is; any other takes at least one claim.
pub(super) fn too_wide(provider: &OidcProvider, mapping: &OidcMapping) -> Option<&'static str> {
    if provider.enable_permissive_configuration {
        return None;
    }
    if provider.provider_type == ProviderType::GitHub || is_githubs(provider) {
        let by_type =
            provider.provider_type != ProviderType::Generic && provider.provider_type != ProviderType::Azure;
        let known = (by_type && provider.organization.is_some()) || names_an_owner(&mapping.claims);
        return (!known).then_some(
            "must say whose repositories are meant, e.g. with repository_owner or repository, because everybody's \
             workflows get ID tokens from GitHub; or set organization of the provider",
        );
    }
    mapping.claims.is_empty().then_some("must name at least one claim")
}

/// Whether the issuer is that of github.com, whatever the provider's type says.
fn is_githubs(provider: &OidcProvider) -> bool {
    [Some(&provider.issuer_url), provider.token_issuer.as_ref()]
        .into_iter()
        .flatten()
        .any(|url| url.trim_end_matches('/').eq_ignore_ascii_case(GITHUBS_ISSUER))
}

fn names_an_owner(claims: &Map<String, Value>) -> bool {
    let text = |name: &str| claims.get(name).and_then(Value::as_str).unwrap_or_default();
    let is_whole = |text: &str| !text.is_empty() && !text.contains('*');
    let has_owner = |path: &str| path.split_once('/').is_some_and(|(owner, _)| is_whole(owner));
    ["repository_owner", "repository_owner_id", "repository_id", "enterprise", "enterprise_id"]
        .iter()
        .any(|name| is_whole(text(name)))
        || has_owner(text("repository"))
        || text("sub").strip_prefix("repo:").is_some_and(has_owner)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn names(claims: Value) -> bool {
        names_an_owner(claims.as_object().unwrap())
    }

    #[test]
    fn an_owner_is_named_by_what_only_that_owner_has() {
        for claims in [
            json!({"repository_owner": "octo"}),
            json!({"repository_id": "1"}),
            json!({"repository": "octo/app"}),
            json!({"repository": "octo/*"}),
            json!({"sub": "repo:octo/*:ref:refs/heads/main"}),
            json!({"ref": "*", "enterprise": "octo"}),
        ] {
            assert!(names(claims.clone()), "{claims}");
        }
        for claims in [
            json!({}),
            json!({"actor": "octo"}),
            json!({"repository_owner": "*"}),
            json!({"repository_owner": "octo*"}),
            json!({"repository_owner": ["octo"]}),
            json!({"repository": "*"}),
            json!({"repository": "*/app"}),
            json!({"repository": "octo*/app"}),
            json!({"repository": "octo*"}),
            json!({"sub": "repo:*"}),
            json!({"sub": "*"}),
            json!({"sub": "environment:octo/app"}),
            json!({"job_workflow_ref": "octo/shared/.github/workflows/x.yml@main"}),
        ] {
            assert!(!names(claims.clone()), "{claims}");
        }
    }
}
