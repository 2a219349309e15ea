//! An identity mapping: which ID tokens of a provider get which access token.

use crate::fields::{Fields, RequestError};
use crate::limits::{self, FieldError, check_project_key, check_text};
use crate::oidc::token_spec::{TokenSpec, TokenSpecInput};
use serde::Serialize;
use serde_json::{Map, Value};

/// Longest text of the claims of a mapping, in bytes of JSON.
pub const CLAIMS_LENGTH: usize = 8 * 1024;
/// Greatest number of a priority.
const LAST_PRIORITY: u64 = 1_000_000;

/// A mapping in full: the answer to create, read and change.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct OidcMapping {
    /// Name: letters, digits, `.`, `_`, `-` and inner spaces; 1 to 255 characters.
    pub name: String,
    /// Free text.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The provider.
    pub provider_name: String,
    /// The mapping with the lowest number whose claims fit is the one that counts.
    pub priority: u32,
    /// The claims that an ID token must have; see [`crate::oidc::claims::fit`].
    #[cfg_attr(feature = "openapi", schema(value_type = Object))]
    pub claims: Map<String, Value>,
    /// What it gets.
    pub token_spec: TokenSpec,
    /// The project that the tokens are bound to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub project_key: Option<String>,
}

/// The body of create and change: what is `None` gets its default, or stays as it is; `Some(None)` clears.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OidcMappingInput {
    /// See [`OidcMapping::name`].
    pub name: Option<String>,
    /// See [`OidcMapping::description`].
    pub description: Option<Option<String>>,
    /// See [`OidcMapping::provider_name`]; the path says it.
    pub provider_name: Option<String>,
    /// See [`OidcMapping::priority`].
    pub priority: Option<u32>,
    /// See [`OidcMapping::claims`].
    pub claims: Option<Map<String, Value>>,
    /// See [`OidcMapping::token_spec`].
    pub token_spec: Option<TokenSpecInput>,
    /// See [`OidcMapping::project_key`].
    pub project_key: Option<Option<String>>,
}

impl OidcMappingInput {
    /// Reads a JSON body. Unknown fields are ignored.
    ///
    /// # Errors
    /// [`RequestError`] naming the field that has a wrong type or value.
    pub fn from_json(body: &[u8]) -> Result<Self, RequestError> {
        let mut fields = Fields::from_json(body)?;
        let priority = match fields.whole_number("priority") {
            None => None,
            Some(Some(number)) if (1..=LAST_PRIORITY).contains(&number) => u32::try_from(number).ok(),
            Some(_) => {
                let problem = format!("must be a whole number from 1 to {LAST_PRIORITY}");
                return Err(FieldError::new("priority", problem).into());
            }
        };
        let claims = fields.raw_object("claims")?;
        if let Some(claims) = &claims {
            check_claims(claims)?;
        }
        let input = Self {
            name: fields.text("name")?,
            description: fields.clearable_text("description")?,
            provider_name: fields.text("provider_name")?,
            priority,
            claims,
            token_spec: fields.object("token_spec")?.map(TokenSpecInput::from_fields).transpose()?,
            project_key: fields.clearable_text("project_key")?,
        };
        if let Some(Some(text)) = &input.description {
            check_text("description", text, limits::DESCRIPTION)?;
        }
        if let Some(Some(key)) = &input.project_key {
            check_project_key(key)?;
        }
        Ok(input)
    }

    /// The mapping of the provider `provider` that this makes.
    ///
    /// # Errors
    /// A [`FieldError`] naming the field that is missing or contradicts the path.
    pub fn create(self, provider: &str) -> Result<OidcMapping, FieldError> {
        let required = |field| FieldError::new(field, "is required");
        let name = self.name.ok_or_else(|| required("name"))?;
        check_name(&name)?;
        self.provider_name.as_deref().map_or(Ok(()), |named| same("provider_name", named, provider))?;
        Ok(OidcMapping {
            name,
            description: self.description.flatten(),
            provider_name: provider.to_owned(),
            priority: self.priority.unwrap_or(1),
            claims: self.claims.ok_or_else(|| required("claims"))?,
            token_spec: self.token_spec.ok_or_else(|| required("token_spec"))?.spec,
            project_key: self.project_key.flatten(),
        })
    }

    /// What `now` becomes by this. What is not named stays as it is.
    ///
    /// # Errors
    /// A [`FieldError`] on a name that is another.
    pub fn apply(self, now: OidcMapping) -> Result<OidcMapping, FieldError> {
        self.name.as_deref().map_or(Ok(()), |named| same("name", named, &now.name))?;
        self.provider_name
            .as_deref()
            .map_or(Ok(()), |named| same("provider_name", named, &now.provider_name))?;
        Ok(OidcMapping {
            description: self.description.unwrap_or(now.description),
            priority: self.priority.unwrap_or(now.priority),
            claims: self.claims.unwrap_or(now.claims),
            token_spec: match self.token_spec {
                Some(input) => input.apply(now.token_spec),
                None => now.token_spec,
            },
            project_key: self.project_key.unwrap_or(now.project_key),
            name: now.name,
            provider_name: now.provider_name,
        })
    }
}

fn same(field: &'static str, named: &str, wanted: &str) -> Result<(), FieldError> {
    if named == wanted {
        return Ok(());
    }
    Err(FieldError::new(field, format!("is {named:?}, but the path says {wanted:?}; it cannot be changed")))
}

fn check_name(name: &str) -> Result<(), FieldError> {
    let legal = |b: u8| b.is_ascii_alphanumeric() || b"._- ".contains(&b);
    if (1..=limits::OIDC_TEXT).contains(&name.len())
        && name.bytes().all(legal)
        && name.as_bytes().first().is_some_and(u8::is_ascii_alphanumeric)
        && !name.ends_with(' ')
    {
        return Ok(());
    }
    Err(FieldError::new(
        "name",
        "must be 1 to 255 characters: a letter or digit, then letters, digits, '.', '_', '-' or inner spaces",
    ))
}

fn check_claims(claims: &Map<String, Value>) -> Result<(), FieldError> {
    let length = Value::Object(claims.clone()).to_string().len();
    if length > CLAIMS_LENGTH {
        let problem = format!("must be at most {CLAIMS_LENGTH} bytes of JSON, but has {length}");
        return Err(FieldError::new("claims", problem));
    }
    claims.iter().try_for_each(|(name, value)| {
        check_text("claims", name, CLAIMS_LENGTH)?;
        check_claim(value)
    })
}

fn check_claim(value: &Value) -> Result<(), FieldError> {
    match value {
        Value::String(text) => check_text("claims", text, CLAIMS_LENGTH),
        Value::Array(items) if items.is_empty() => {
            Err(FieldError::new("claims", "has an empty list, which no token fits"))
        }
        Value::Array(items) => items.iter().try_for_each(check_claim),
        Value::Object(map) => check_claims(map),
        Value::Null | Value::Bool(_) | Value::Number(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn made(body: Value) -> Result<OidcMapping, RequestError> {
        Ok(OidcMappingInput::from_json(body.to_string().as_bytes())?.create("github")?)
    }

    fn with_spec(spec: Value) -> Result<OidcMapping, RequestError> {
        made(json!({"name": "m", "priority": 1, "claims": {"a": "b"}, "token_spec": spec}))
    }

    #[test]
    fn each_wrong_field_is_named() {
        let good = json!({"name": "m", "priority": 1, "claims": {}, "token_spec": {"username": "a"}});
        assert!(made(good.clone()).is_ok());
        for (field, value) in [
            ("name", json!("")),
            ("name", json!("a/b")),
            ("name", json!("..")),
            ("name", json!(" a")),
            ("priority", json!(0)),
            ("priority", json!(1.5)),
            ("claims", json!("x")),
            ("claims", json!(null)),
            ("claims", json!({"a": []})),
            ("claims", json!({"a": "\u{0}"})),
            ("claims", json!({"a": "x".repeat(9000)})),
            ("token_spec", json!([])),
            ("provider_name", json!("gitlab")),
            ("project_key", json!("A")),
            ("description", json!("x".repeat(1025))),
        ] {
            let mut body = good.clone();
            body[field] = value;
            let error = made(body.clone()).unwrap_err().to_string();
            assert!(error.starts_with(field), "{body}: {error}");
        }
    }

    #[test]
    fn reg_50_what_a_change_does_not_name_stays() {
        let now = with_spec(json!({"username": "frog"})).unwrap();
        let change = OidcMappingInput::from_json(br#"{"priority":7}"#).unwrap();
        assert_eq!(change.apply(now.clone()).unwrap(), OidcMapping { priority: 7, ..now.clone() });
        let narrow = json!({"username": "frog", "audience": "jfrt@*", "expires_in": 9});
        let now = with_spec(narrow).unwrap();
        let body = br#"{"token_spec":{"username":"toad"}}"#;
        let changed = OidcMappingInput::from_json(body).unwrap().apply(now.clone()).unwrap().token_spec;
        assert_eq!(changed, TokenSpec { username: Some("toad".to_owned()), ..now.token_spec.clone() });
        let round_trip = serde_json::to_vec(&now).unwrap();
        assert_eq!(OidcMappingInput::from_json(&round_trip).unwrap().apply(now.clone()).unwrap(), now);
    }
}
