//! The bodies of create and change, for the description: what is sent need not be whole.

use utoipa::ToSchema;

/// A provider to make, or what is to be changed of one. To make one takes `name`, `issuer_url` and `provider_type`.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "github", "provider_type": "GitHub", "issuer_url": "https://token.actions.githubusercontent.com",
    "organization": "octo", "audience": "jfrog-github",
}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct OidcProviderBody {
    /// A lower-case letter, then lower-case letters, digits and `-`; not `token`.
    #[schema(required = false, min_length = 2, max_length = 255)]
    name: String,
    /// Free text.
    #[schema(max_length = 1024)]
    description: Option<String>,
    /// `https`, without user, query and fragment.
    #[schema(required = false, max_length = 255)]
    issuer_url: String,
    /// `GitHub`, `GitHub Enterprise`, `Azure` or `Generic OpenID Connect`.
    #[schema(required = false)]
    provider_type: String,
    /// The `aud` that an ID token must have.
    #[schema(max_length = 255)]
    audience: Option<String>,
    /// The GitHub organization whose workflows are meant.
    #[schema(max_length = 255)]
    organization: Option<String>,
    /// The project that tokens from this provider are bound to.
    project_key: Option<String>,
    /// The `iss` that an ID token must have, where it is not `issuer_url`.
    #[schema(max_length = 255)]
    token_issuer: Option<String>,
    /// The application that Azure makes the ID tokens for.
    #[schema(max_length = 255)]
    azure_app_id: Option<String>,
    /// Must be `false`.
    #[schema(required = false)]
    use_default_proxy: bool,
    /// Whether an identity mapping may let in tokens of everybody whom the provider serves.
    #[schema(required = false)]
    enable_permissive_configuration: bool,
}

/// An identity mapping to make, or what is to be changed of one. To make one takes `name`, `claims` and `token_spec`.
#[derive(Debug, ToSchema)]
#[schema(example = json!({
    "name": "app-main", "priority": 1, "claims": {"repository": "octo/app", "ref": "refs/heads/main"},
    "token_spec": {"username": "ci-app", "expires_in": 600},
}))]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct OidcMappingBody {
    /// Letters, digits, `.`, `_`, `-` and inner spaces.
    #[schema(required = false, min_length = 1, max_length = 255)]
    name: String,
    /// Free text.
    #[schema(max_length = 1024)]
    description: Option<String>,
    /// That of the path.
    #[schema(required = false)]
    provider_name: String,
    /// The lowest whose claims fit counts; 1 if absent.
    #[schema(required = false, minimum = 1, maximum = 1_000_000)]
    priority: u32,
    /// What an ID token must say, at most 8 KiB.
    #[schema(required = false, value_type = Object)]
    claims: (),
    /// What it gets.
    #[schema(required = false)]
    token_spec: TokenSpecBody,
    /// The project that the tokens are bound to.
    project_key: Option<String>,
}

/// The token that a mapping gives: one of the first three, or a scope alone.
#[derive(Debug, ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct TokenSpecBody {
    /// The user it is for.
    #[schema(max_length = 255)]
    username: Option<String>,
    /// The user it is for, made of claims: `{{claim}}`.
    #[schema(max_length = 255)]
    username_pattern: Option<String>,
    /// The groups whose rights it has, made of claims, comma separated.
    #[schema(max_length = 500)]
    groups_pattern: Option<String>,
    /// Its scope, not beside `groups_pattern`.
    #[schema(max_length = 500)]
    scope: Option<String>,
    /// Its audience; `*@*` if absent.
    #[schema(max_length = 255)]
    audience: Option<String>,
    /// Its lifetime in seconds; 60 if absent.
    #[schema(required = false, minimum = 1, maximum = 31_536_000)]
    expires_in: u64,
}
