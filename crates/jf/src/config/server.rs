//! One server of the configuration, schema version 6 (jf-cli.md 3.2). It is kept as the map it was read from, so
//! that fields which this version does not know survive a rewrite.

use crate::config::encryption::{self, CipherError, random_nonce};
use crate::config::master_key::MasterKey;
use crate::platform_url;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use std::fmt;

/// Fields of a server, in the order of the file.
pub(super) const FIELDS: [&str; 23] = [
    "url",
    "artifactoryUrl",
    "distributionUrl",
    "xrayUrl",
    "xscUrl",
    "catalogUrl",
    "missionControlUrl",
    "pipelinesUrl",
    "accessUrl",
    "user",
    "password",
    "sshKeyPath",
    "sshPassphrase",
    "accessToken",
    "refreshToken",
    "artifactoryRefreshToken",
    "tokenRefreshInterval",
    "clientCertPath",
    "clientCertKeyPath",
    "serverId",
    "isDefault",
    "webLogin",
    "disableTokenRefresh",
];

/// Fields that nobody but the server may see.
pub(super) const SECRET_FIELDS: [&str; 5] =
    ["password", "sshPassphrase", "accessToken", "refreshToken", "artifactoryRefreshToken"];

/// Fields that are true or false.
const BOOLEAN_FIELDS: [&str; 3] = ["isDefault", "webLogin", "disableTokenRefresh"];

/// One server: its known fields by name, and whatever else was written there.
#[derive(Clone, Default, PartialEq)]
pub(crate) struct Server {
    fields: Map<String, Value>,
}

impl Server {
    /// Reads a server.
    ///
    /// # Errors
    /// Words to follow the file's name, without any value: it is no object, or a field has the wrong type.
    pub(super) fn from_value(value: Value) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err("has a server that is no object".to_owned());
        };
        let mut server = Self { fields };
        for field in BOOLEAN_FIELDS {
            if let Some(value) = server.text(field).and_then(boolean_of) {
                server.set(field, Value::Bool(value));
            }
        }
        for field in FIELDS {
            let is_right = match server.value(field) {
                None | Some(Value::Null) => true,
                Some(value) if BOOLEAN_FIELDS.contains(&field) => value.is_boolean(),
                Some(value) if field == "tokenRefreshInterval" => value.is_i64(),
                Some(value) => value.is_string(),
            };
            if !is_right {
                return Err(format!("has a server whose {field:?} has the wrong type"));
            }
        }
        Ok(server)
    }

    /// The id; empty if it has none.
    pub(crate) fn id(&self) -> &str {
        self.text("serverId").unwrap_or_default()
    }

    /// Whether it is the default.
    pub(crate) fn is_default(&self) -> bool {
        self.is("isDefault")
    }

    /// Whether a field that is true or false is true.
    pub(crate) fn is(&self, field: &str) -> bool {
        self.value(field) == Some(&Value::Bool(true))
    }

    /// A text field; empty is the same as absent.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.value(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// A whole number that is not negative.
    pub(crate) fn number(&self, field: &str) -> Option<u64> {
        self.value(field)?.as_u64()
    }

    /// Puts a field in, in place of all spellings of its name.
    pub(crate) fn set(&mut self, field: &str, value: Value) {
        self.fields.retain(|name, _| !name.eq_ignore_ascii_case(field));
        self.fields.insert(field.to_owned(), value);
    }

    /// Takes a field out, with all spellings of its name; the one that counts is returned.
    pub(crate) fn take(&mut self, field: &str) -> Option<Value> {
        take(&mut self.fields, field)
    }

    /// The names of all fields but `url` that have an address of their own, also of those that are not known.
    pub(crate) fn service_fields(&self) -> Vec<String> {
        self.ordered().into_iter().map(|(name, _)| name).filter(|name| name.ends_with("Url")).collect()
    }

    /// Whether a secret stands in it.
    pub(super) fn has_secrets(&self) -> bool {
        SECRET_FIELDS.iter().any(|field| self.text(field).is_some())
    }

    /// Encrypts the secrets.
    ///
    /// # Errors
    /// Names the server and the field, and says what is wrong with the key.
    pub(super) fn encrypt(&mut self, key: &MasterKey) -> Result<(), String> {
        self.change_secrets("encrypted", |text| encryption::encrypt(key, random_nonce()?, text))
    }

    /// Decrypts the secrets.
    ///
    /// # Errors
    /// Names the server and the first field that cannot be decrypted, and says why.
    pub(super) fn decrypt(&mut self, key: &MasterKey) -> Result<(), String> {
        self.change_secrets("decrypted", |text| {
            encryption::decrypt(key, text).map(|secret| secret.expose_secret().to_owned())
        })
    }

    fn change_secrets(
        &mut self,
        what: &str,
        change: impl Fn(&str) -> Result<String, CipherError>,
    ) -> Result<(), String> {
        for field in SECRET_FIELDS {
            let Some(text) = self.text(field) else { continue };
            let changed = change(text).map_err(|error| {
                format!("has a server {:?} whose {field:?} cannot be {what}: {error}", self.id())
            })?;
            self.set(field, Value::String(changed));
        }
        Ok(())
    }

    /// The fields with `***` for each secret, in the order of the file.
    pub(crate) fn masked(&self) -> Map<String, Value> {
        let mut fields = self.ordered();
        // What an unknown field means is unknown, so it may be a secret.
        fields.retain(|name, _| FIELDS.contains(&name.as_str()));
        for (name, value) in &mut fields {
            if SECRET_FIELDS.contains(&name.as_str()) {
                *value = Value::String("***".to_owned());
            } else if let Some(text) = value.as_str().filter(|_| is_address(name)) {
                *value = Value::String(platform_url::without_user_info(text));
            }
        }
        fields
    }

    /// Names are matched in any case; of two spellings the later one counts, as in the existing tool.
    fn value(&self, field: &str) -> Option<&Value> {
        self.fields.iter().rev().find(|(name, _)| name.eq_ignore_ascii_case(field)).map(|(_, value)| value)
    }

    /// The fields in the order of the file, without those that say nothing; unknown ones come last.
    pub(crate) fn ordered(&self) -> Map<String, Value> {
        let is_empty = |value: &Value| {
            matches!(value, Value::Null | Value::Bool(false))
                || value.as_str() == Some("")
                || value.as_i64() == Some(0)
        };
        let known = FIELDS
            .iter()
            .filter_map(|name| Some((*name, self.value(name)?)))
            .filter(|(_, value)| !is_empty(value))
            .map(|(name, value)| (name.to_owned(), value.clone()));
        let unknown = self
            .fields
            .iter()
            .filter(|(name, _)| !FIELDS.iter().any(|field| name.eq_ignore_ascii_case(field)))
            .map(|(name, value)| (name.clone(), value.clone()));
        known.chain(unknown).collect()
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Fields may be secrets.
        write!(f, "Server({:?})", self.id())
    }
}

fn is_address(field: &str) -> bool {
    field == "url" || field.ends_with("Url")
}

/// Some write booleans as text.
fn boolean_of(text: &str) -> Option<bool> {
    [("true", true), ("false", false)]
        .into_iter()
        .find_map(|(name, value)| text.eq_ignore_ascii_case(name).then_some(value))
}

/// Takes all spellings of a name out, so that none is left to stand above the new value when the file is
/// read again; the last one counts.
pub(super) fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
    let mut taken = None;
    map.retain(|key, value| {
        let is_other = !key.eq_ignore_ascii_case(name);
        if !is_other {
            taken = Some(value.take());
        }
        is_other
    });
    taken
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn server(value: Value) -> Server {
        Server::from_value(value).unwrap()
    }

    #[test]
    fn secrets_are_masked_and_never_debugged() {
        let one = server(json!({"url": "https://h/?a&b", "accessToken": "canary", "serverId": "one",
            "isDefault": true, "ownField": "canary"}));
        let masked = Value::Object(one.masked()).to_string();
        assert_eq!(
            masked,
            r#"{"url":"https://h/?a&b","accessToken":"***","serverId":"one","isDefault":true}"#
        );
        assert!(!format!("{one:?}").contains("canary"));
        let masked = server(json!({"xrayUrl": "https://u:canary@h/x"})).masked();
        assert_eq!(masked["xrayUrl"], "https://***@h/x");
    }

    #[test]
    fn booleans_may_be_text_and_are_written_as_booleans() {
        let one = server(json!({"isDefault": "True", "webLogin": "false", "disabletokenrefresh": "true"}));
        assert!(one.is_default());
        assert_eq!(Value::Object(one.ordered()), json!({"isDefault": true, "disableTokenRefresh": true}));
        let wrong = Server::from_value(json!({"isDefault": "canary"})).unwrap_err();
        assert_eq!(wrong, "has a server whose \"isDefault\" has the wrong type");
    }

    #[test]
    fn the_last_spelling_counts_when_secrets_change() {
        let key = MasterKey::from(vec![b'k'; 32]);
        let mut one =
            server(json!({"Password": "old", "password": "new", "accessToken": "", "serverId": "a"}));
        let before = one.ordered();
        one.encrypt(&key).unwrap();
        assert!(one.text("password") != Some("new") && one.text("accessToken").is_none());
        assert_eq!(one.fields.keys().filter(|name| name.eq_ignore_ascii_case("password")).count(), 1);
        one.decrypt(&key).unwrap();
        assert_eq!(one.ordered(), before);
        let error = one.decrypt(&key).unwrap_err();
        assert!(error.starts_with("has a server \"a\" whose \"password\" cannot be decrypted: "), "{error}");
    }
}
