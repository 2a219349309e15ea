//! A provider: a service whose ID tokens are believed, and which of them.

use crate::fields::{Fields, RequestError};
use crate::limits::{self, FieldError, check_project_key, check_text};
use serde::{Serialize, Serializer};

/// The kind of service that a provider is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProviderType {
    /// GitHub Actions on github.com: one issuer for the whole world.
    GitHub,
    /// GitHub Actions of an enterprise.
    GitHubEnterprise,
    /// Microsoft Entra ID.
    Azure,
    /// Anything that speaks OpenID Connect.
    Generic,
}

impl ProviderType {
    /// The word on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::GitHub => "GitHub",
            Self::GitHubEnterprise => "GitHub Enterprise",
            Self::Azure => "Azure",
            Self::Generic => "Generic OpenID Connect",
        }
    }

    /// Reads the word on the wire, or the one that command-line tools use, in any case of letters.
    pub fn parse(text: &str) -> Option<Self> {
        match text.to_ascii_lowercase().as_str() {
            "github" => Some(Self::GitHub),
            "github enterprise" | "githubenterprise" => Some(Self::GitHubEnterprise),
            "azure" => Some(Self::Azure),
            "generic openid connect" | "genericoidc" | "generic" => Some(Self::Generic),
            _ => None,
        }
    }
}

impl Serialize for ProviderType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// A provider in full: the answer to create, read and change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OidcProvider {
    /// Name: a lower-case letter, then lower-case letters, digits and `-`; 2 to 255 characters.
    pub name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where the provider describes itself: `/.well-known/openid-configuration` lies below.
    pub issuer_url: String,
    /// `GitHub`, `GitHub Enterprise`, `Azure` or `Generic OpenID Connect`.
    #[cfg_attr(feature = "openapi", schema(value_type = String))]
    pub provider_type: ProviderType,
    /// The `aud` that an ID token must have.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub audience: Option<String>,
    /// The GitHub organization whose workflows are meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub organization: Option<String>,
    /// The project that tokens from this provider are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
    /// The `iss` that an ID token must have, where it is not `issuer_url`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_issuer: Option<String>,
    /// The application that Azure makes the ID tokens for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub azure_app_id: Option<String>,
    /// Always `false`: there is no proxy here.
    pub use_default_proxy: bool,
    /// Whether an identity mapping may let in tokens of everybody whom the provider serves.
    pub enable_permissive_configuration: bool,
}

impl OidcProvider {
    /// The `iss` of its ID tokens.
    pub fn expected_issuer(&self) -> &str {
        self.token_issuer.as_deref().unwrap_or(&self.issuer_url)
    }

    fn check(self) -> Result<Self, FieldError> {
        check_name(&self.name)?;
        check_https("issuer_url", &self.issuer_url)?;
        for (field, value, limit) in [
            ("description", &self.description, limits::DESCRIPTION),
            ("audience", &self.audience, limits::OIDC_TEXT),
            ("organization", &self.organization, limits::OIDC_TEXT),
            ("token_issuer", &self.token_issuer, limits::OIDC_TEXT),
            ("azure_app_id", &self.azure_app_id, limits::OIDC_TEXT),
        ] {
            if let Some(text) = value {
                check_text(field, text, limit)?;
            }
        }
        if let Some(key) = &self.project_key {
            check_project_key(key)?;
        }
        if self.use_default_proxy {
            return Err(FieldError::new(
                "use_default_proxy",
                "must be false: this service reaches providers directly, it has no proxy setting",
            ));
        }
        Ok(self)
    }
}

/// The body of create and change: what is `None` gets its default, or stays as it is; `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcProviderInput {
    /// See [`OidcProvider::name`].
    pub name: Option<String>,
    /// See [`OidcProvider::description`].
    pub description: Option<Option<String>>,
    /// See [`OidcProvider::issuer_url`].
    pub issuer_url: Option<String>,
    /// See [`OidcProvider::provider_type`].
    pub provider_type: Option<ProviderType>,
    /// See [`OidcProvider::audience`].
    pub audience: Option<Option<String>>,
    /// See [`OidcProvider::organization`].
    pub organization: Option<Option<String>>,
    /// See [`OidcProvider::project_key`].
    pub project_key: Option<Option<String>>,
    /// See [`OidcProvider::token_issuer`].
    pub token_issuer: Option<Option<String>>,
    /// See [`OidcProvider::azure_app_id`].
    pub azure_app_id: Option<Option<String>>,
    /// See [`OidcProvider::use_default_proxy`].
    pub use_default_proxy: Option<bool>,
    /// See [`OidcProvider::enable_permissive_configuration`].
    pub enable_permissive_configuration: Option<bool>,
}

impl OidcProviderInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or value.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let provider_type = fields.text("provider_type")?;
        let provider_type = provider_type.map(|word| {
            ProviderType::parse(&word).ok_or_else(|| {
                FieldError::new(
                    "provider_type",
                    "must be GitHub, GitHub Enterprise, Azure or Generic OpenID Connect",
                )
            })
        });
        Ok(Self {
            name: fields.text("name")?,
            description: fields.clearable_text("description")?,
            issuer_url: fields.text("issuer_url")?,
            provider_type: provider_type.transpose()?,
            audience: fields.clearable_text("audience")?,
            organization: fields.clearable_text("organization")?,
            project_key: fields.clearable_text("project_key")?,
            token_issuer: fields.clearable_text("token_issuer")?,
            azure_app_id: fields.clearable_text("azure_app_id")?,
            use_default_proxy: fields.flag("use_default_proxy")?,
            enable_permissive_configuration: fields.flag("enable_permissive_configuration")?,
        })
    }

    /// The provider that this makes.
    ///
    /// # Errors
    /// A [`FieldError`] naming the field that is missing or breaks a rule.
    pub fn create(self) -> Result<OidcProvider, FieldError> {
        let required = |field| FieldError::new(field, "is required");
        OidcProvider {
            name: self.name.ok_or_else(|| required("name"))?,
            description: self.description.flatten(),
            issuer_url: self.issuer_url.ok_or_else(|| required("issuer_url"))?,
            provider_type: self.provider_type.ok_or_else(|| required("provider_type"))?,
            audience: self.audience.flatten(),
            organization: self.organization.flatten(),
            project_key: self.project_key.flatten(),
            token_issuer: self.token_issuer.flatten(),
            azure_app_id: self.azure_app_id.flatten(),
            use_default_proxy: self.use_default_proxy.unwrap_or(false),
            enable_permissive_configuration: self.enable_permissive_configuration.unwrap_or(false),
        }
        .check()
    }

    /// What `now` becomes by this. What is not named stays as it is: a restriction does not vanish because a client
    /// does not know it.
    ///
    /// # Errors
    /// A [`FieldError`] naming the field that breaks a rule, or `name` if it is another.
    pub fn apply(self, now: OidcProvider) -> Result<OidcProvider, FieldError> {
        if self.name.is_some_and(|name| name != now.name) {
            return Err(FieldError::new("name", "cannot be changed"));
        }
        OidcProvider {
            name: now.name,
            description: self.description.unwrap_or(now.description),
            issuer_url: self.issuer_url.unwrap_or(now.issuer_url),
            provider_type: self.provider_type.unwrap_or(now.provider_type),
            audience: self.audience.unwrap_or(now.audience),
            organization: self.organization.unwrap_or(now.organization),
            project_key: self.project_key.unwrap_or(now.project_key),
            token_issuer: self.token_issuer.unwrap_or(now.token_issuer),
            azure_app_id: self.azure_app_id.unwrap_or(now.azure_app_id),
            use_default_proxy: self.use_default_proxy.unwrap_or(now.use_default_proxy),
            enable_permissive_configuration: self
                .enable_permissive_configuration
                .unwrap_or(now.enable_permissive_configuration),
        }
        .check()
    }
}

/// `token` would have the path of the exchange.
fn check_name(name: &str) -> Result<(), FieldError> {
    let legal = |b: &u8| b.is_ascii_lowercase() || b.is_ascii_digit() || *b == b'-';
    match name.as_bytes() {
        [b'a'..=b'z', tail @ ..]
            if (1..limits::OIDC_TEXT).contains(&tail.len()) && tail.iter().all(legal) && name != "token" =>
        {
            Ok(())
        }
        _ => Err(FieldError::new(
            "name",
            "must be 2 to 255 characters, a lower-case letter, then lower-case letters, digits or '-', and not token",
        )),
    }
}

/// An `https` address without user, query and fragment.
///
/// # Errors
/// A [`FieldError`] on `field`.
pub fn check_https(field: &'static str, url: &str) -> Result<(), FieldError> {
    check_text(field, url, limits::OIDC_TEXT)?;
    let rest = url.strip_prefix("https://").unwrap_or_default();
    let host = rest.split('/').next().unwrap_or_default();
    if !host.is_empty()
        && !host.starts_with(':')
        && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>^`{|}".contains(&b))
    {
        Ok(())
    } else {
        Err(FieldError::new(
            field,
            "must be like https://issuer.example.org/path, without user, query or fragment",
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(json: &str) -> Result<OidcProviderInput, RequestError> {
        OidcProviderInput::from_json(json.as_bytes())
    }

    fn github() -> OidcProvider {
        let body = r#"{"name":"github","issuer_url":"https://token.actions.githubusercontent.com",
            "provider_type":"GitHub","audience":"aud","organization":"octo","token_issuer":"","description":""}"#;
        input(body).unwrap().create().unwrap()
    }

    #[test]
    fn empty_is_absent() {
        let provider = github();
        assert_eq!((provider.token_issuer.as_deref(), provider.description.as_deref()), (None, None));
        assert_eq!(provider.expected_issuer(), provider.issuer_url);
    }

    #[test]
    fn reg_50_what_a_change_does_not_name_stays() {
        let changed = input(r#"{"description":"d"}"#).unwrap().apply(github()).unwrap();
        assert_eq!(changed, OidcProvider { description: Some("d".to_owned()), ..github() });
        let round_trip = serde_json::to_string(&changed).unwrap();
        assert_eq!(input(&round_trip).unwrap().apply(changed.clone()).unwrap(), changed);
        // What is sent empty is cleared.
        let cleared = input(r#"{"organization":"","audience":null}"#).unwrap().apply(github()).unwrap();
        assert_eq!((cleared.organization, cleared.audience), (None, None));
        assert!(input(r#"{"name":"other"}"#).unwrap().apply(github()).is_err());
    }

    #[test]
    fn provider_types_are_read_as_the_tools_write_them() {
        for (word, wanted) in [
            ("GitHub", ProviderType::GitHub),
            ("GitHub Enterprise", ProviderType::GitHubEnterprise),
            ("Azure", ProviderType::Azure),
            ("Generic OpenID Connect", ProviderType::Generic),
            ("GenericOidc", ProviderType::Generic),
        ] {
            assert_eq!(ProviderType::parse(word), Some(wanted));
            assert_eq!(ProviderType::parse(wanted.as_str()), Some(wanted));
        }
        assert!(input(r#"{"provider_type":"gitlab"}"#).unwrap_err().to_string().starts_with("provider_type"));
    }

    #[test]
    fn each_wrong_field_is_named() {
        for (change, field) in [
            (r#"{"issuer_url":"http://a.example"}"#, "issuer_url"),
            (r#"{"issuer_url":"https://"}"#, "issuer_url"),
            (r#"{"issuer_url":"https://u@a.example"}"#, "issuer_url"),
            (r#"{"issuer_url":"https://a.example/?x=1"}"#, "issuer_url"),
            (r#"{"issuer_url":"https://a.example/ x"}"#, "issuer_url"),
            (r#"{"audience":"\u0007"}"#, "audience"),
            (r#"{"project_key":"X"}"#, "project_key"),
            (r#"{"use_default_proxy":true}"#, "use_default_proxy"),
        ] {
            let error = input(change).unwrap().apply(github()).unwrap_err();
            assert_eq!(error.field, field, "{change}");
        }
        for name in ["", "a", "1a", "Ab", "a_b", "a/b", "token", &"a".repeat(256)] {
            assert!(check_name(name).is_err(), "{name}");
        }
        for name in ["ab", "setup-jfrog-cli-test", "tokens", &"a".repeat(255)] {
            assert!(check_name(name).is_ok(), "{name}");
        }
    }
}
