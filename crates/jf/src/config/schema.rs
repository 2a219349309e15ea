//! The configuration file's content, schema version 6 (jf-cli.md 3.2). Fields that this version does not
//! know survive a rewrite, because every server is kept as the map it was read from.

use crate::platform_url;
use access_types::json::escape_like_go;
use serde_json::{Map, Value};
use std::fmt;

/// The version this schema has in the file.
pub(crate) const VERSION: &str = "6";

/// Fields of a server, in the order of the file.
const FIELDS: [&str; 23] = [
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
const SECRET_FIELDS: [&str; 5] =
    ["password", "sshPassphrase", "accessToken", "refreshToken", "artifactoryRefreshToken"];

/// The whole file.
#[derive(Debug, Clone, Default)]
pub(crate) struct Config {
    /// The servers, in the order of the file.
    pub servers: Vec<Server>,
    /// What else stands at the top level, to be written back.
    other: Map<String, Value>,
}

impl Config {
    /// Reads the file's text.
    ///
    /// # Errors
    /// Words for a person: what is wrong, to follow the file's name. No value is repeated.
    pub(crate) fn from_json(text: &[u8]) -> Result<Self, String> {
        if text.iter().all(u8::is_ascii_whitespace) {
            return Err("is empty".to_owned());
        }
        let mut other: Map<String, Value> = match serde_json::from_slice(text) {
            Ok(Value::Object(map)) => map,
            Ok(_) => return Err("is not a JSON object".to_owned()),
            // serde_json names the place and the kind of the fault, not the text around it.
            Err(error) => return Err(format!("is not readable as JSON: {error}")),
        };
        let version = take(&mut other, "version");
        let encrypted = take(&mut other, "enc").unwrap_or_default();
        match version {
            Some(Value::String(version)) if version == VERSION => {}
            Some(Value::String(version)) => {
                return Err(format!(
                    "has version {version:?}, but this jf reads and writes version {VERSION:?} only"
                ));
            }
            _ => return Err(format!("has no \"version\": {VERSION:?}")),
        }
        match encrypted {
            Value::Null | Value::Bool(false) => {}
            Value::Bool(true) => {
                return Err("is encrypted, and this jf cannot read encrypted configurations".to_owned());
            }
            _ => return Err("has an \"enc\" that is neither true nor false".to_owned()),
        }
        let servers = match take(&mut other, "servers") {
            None | Some(Value::Null) => Vec::new(),
            Some(Value::Array(servers)) => {
                servers.into_iter().map(Server::from_value).collect::<Result<_, _>>()?
            }
            Some(_) => return Err("has \"servers\" that are no list".to_owned()),
        };
        Ok(Self { servers, other })
    }

    /// The file's text: two-space indent, no line end after the last brace, as the existing tool writes it.
    pub(crate) fn to_json(&self) -> String {
        let mut top = Map::new();
        let servers = self.servers.iter().map(|server| Value::Object(server.ordered())).collect();
        top.insert("servers".to_owned(), Value::Array(servers));
        top.insert("version".to_owned(), Value::String(VERSION.to_owned()));
        top.extend(self.other.iter().map(|(name, value)| (name.clone(), value.clone())));
        // A tree of strings, numbers and booleans always serialises.
        escape_like_go(&serde_json::to_string_pretty(&Value::Object(top)).unwrap_or_default())
    }

    /// The server with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.id() == id)
    }

    /// The server that is meant when none is named.
    pub(crate) fn default_server(&self) -> Option<&Server> {
        self.servers.iter().find(|server| server.is_default())
    }

    /// Makes `id` the one default.
    pub(crate) fn set_default(&mut self, id: &str) {
        for server in &mut self.servers {
            let is_default = server.id() == id;
            server.set("isDefault", Value::Bool(is_default));
        }
    }

    /// The ids, for messages.
    pub(crate) fn ids(&self) -> String {
        self.servers.iter().map(Server::id).collect::<Vec<_>>().join(", ")
    }
}

/// One server: its known fields by name, and whatever else was written there.
#[derive(Clone, Default)]
pub(crate) struct Server {
    fields: Map<String, Value>,
}

impl Server {
    fn from_value(value: Value) -> Result<Self, String> {
        let Value::Object(fields) = value else {
            return Err("has a server that is no object".to_owned());
        };
        let server = Self { fields };
        for field in FIELDS {
            let is_right = match (field, server.value(field)) {
                (_, None | Some(Value::Null)) => true,
                ("isDefault" | "webLogin" | "disableTokenRefresh", Some(value)) => value.is_boolean(),
                ("tokenRefreshInterval", Some(value)) => value.is_i64(),
                (_, Some(value)) => value.is_string(),
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
        self.value("isDefault") == Some(&Value::Bool(true))
    }

    /// A text field; empty is the same as absent.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.value(field)?.as_str().filter(|text| !text.is_empty())
    }

    /// Puts a field in, in place of all spellings of its name.
    pub(crate) fn set(&mut self, field: &str, value: Value) {
        self.fields.retain(|name, _| !name.eq_ignore_ascii_case(field));
        self.fields.insert(field.to_owned(), value);
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

    fn ordered(&self) -> Map<String, Value> {
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

/// Takes all spellings of a name out, so that none is left to stand above the new value when the file is
/// read again; the last one counts.
fn take(map: &mut Map<String, Value>, name: &str) -> Option<Value> {
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

    const FILE: &str = r#"{
  "servers": [
    {
      "url": "https://h/?a\u0026b",
      "accessToken": "canary",
      "serverId": "one",
      "isDefault": true,
      "ownField": {
        "x": 1
      }
    },
    {
      "serverId": "two"
    }
  ],
  "version": "6",
  "ownTop": 7
}"#;

    #[test]
    fn a_file_is_written_as_it_was_read() {
        assert_eq!(Config::from_json(FILE.as_bytes()).unwrap().to_json(), FILE);
        let empty = Config::from_json(br#"{"servers":null,"version":"6"}"#).unwrap();
        assert_eq!(empty.to_json(), "{\n  \"servers\": [],\n  \"version\": \"6\"\n}");
    }

    #[test]
    fn names_are_read_in_any_case_and_written_in_one() {
        let mut config = Config::from_json(
            br#"{"Servers":[{"URL":"https://h/","SERVERID":"a","isdefault":true}],"VERSION":"6"}"#,
        )
        .unwrap();
        assert_eq!(config.default_server().and_then(|server| server.text("url")), Some("https://h/"));
        let twice = br#"{"servers":[{"serverId":"old"}],"Servers":[{"serverId":"new"}],"version":"6"}"#;
        let twice = Config::from_json(twice).unwrap();
        assert_eq!((twice.ids().as_str(), twice.to_json().matches("ervers\"").count()), ("new", 1));
        config.servers[0].set("url", Value::String("https://g/".into()));
        let json = config.to_json();
        assert!(json.contains(r#""url": "https://g/""#) && !json.contains("URL"), "{json}");
    }

    #[test]
    fn secrets_are_masked_and_never_debugged() {
        let config = Config::from_json(FILE.as_bytes()).unwrap();
        let masked = Value::Object(config.servers[0].masked()).to_string();
        assert_eq!(
            masked,
            r#"{"url":"https://h/?a&b","accessToken":"***","serverId":"one","isDefault":true}"#
        );
        assert!(!format!("{config:?}").contains("canary"));
        let with_password = br#"{"servers":[{"xrayUrl":"https://u:canary@h/x"}],"version":"6"}"#;
        let masked = Config::from_json(with_password).unwrap().servers[0].masked();
        assert_eq!(masked["xrayUrl"], "https://***@h/x");
    }

    #[test]
    fn what_cannot_be_read_is_never_taken_for_empty() {
        for (text, part) in [
            ("", "is empty"),
            (" \n", "is empty"),
            ("{", "not readable"),
            ("[]", "object"),
            (r#"{"servers":[]}"#, "no \"version\""),
            (r#"{"servers":[],"version":6}"#, "no \"version\""),
            (r#"{"servers":[],"version":"7"}"#, "version \"7\""),
            (r#"{"servers":{},"version":"6"}"#, "no list"),
            (r#"{"servers":[1],"version":"6"}"#, "no object"),
            (r#"{"servers":[{"url":1}],"version":"6"}"#, "\"url\""),
            (r#"{"servers":[],"version":"6","enc":true}"#, "encrypted"),
            (r#"{"servers":[],"version":"6","enc":"true"}"#, "\"enc\""),
            (r#"{"servers":[],"version":"6"} x"#, "not readable"),
        ] {
            let error = Config::from_json(text.as_bytes()).unwrap_err();
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn one_default_at_a_time() {
        let mut config = Config::from_json(FILE.as_bytes()).unwrap();
        config.set_default("two");
        assert_eq!(config.default_server().map(Server::id), Some("two"));
        assert_eq!(config.to_json().matches("isDefault").count(), 1);
    }
}
