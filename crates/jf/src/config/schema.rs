//! The configuration file's content, schema version 6 (jf-cli.md 3.2): read from any version, plain or encrypted,
//! and written as the existing tool writes it. What this version does not know survives a rewrite.

use crate::config::legacy;
use crate::config::master_key::MasterKey;
use crate::config::read_error::ReadError;
use crate::config::server::{Server, take};
use crate::error::{Failure, Outcome, Reason};
use access_types::json::escape_like_go;
use serde_json::{Map, Value};
use std::fmt;
use std::path::{Path, PathBuf};

/// The version that is written.
pub(super) const CURRENT: u8 = 6;

/// Which file the text comes from: only the older ones may lack a version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    /// `jfrog-cli.conf.v6`.
    Current,
    /// `jfrog-cli.conf.v5` and before.
    Legacy,
}

/// The whole file.
#[derive(Clone, Default)]
pub(crate) struct Config {
    /// The servers, in the order of the file, with their secrets in the clear.
    pub servers: Vec<Server>,
    /// What else stands at the top level, to be written back.
    other: Map<String, Value>,
    was_encrypted: bool,
    converted_from: Option<u8>,
    read_from: Option<PathBuf>,
}

impl Config {
    /// Reads the text of a file of any version. `key` is asked only if the file is encrypted.
    ///
    /// # Errors
    /// A [`ReadError`]; one secret that cannot be decrypted fails the whole.
    pub(crate) fn from_json(
        text: &[u8],
        source: Source,
        key: impl FnOnce() -> Outcome<Option<MasterKey>>,
    ) -> Result<Self, ReadError> {
        let mut other = object(text).map_err(ReadError::Content)?;
        let version = version(&mut other, source).map_err(ReadError::Content)?;
        let was_encrypted = match take(&mut other, "enc").unwrap_or_default() {
            Value::Null | Value::Bool(false) => false,
            Value::Bool(true) => true,
            _ => return Err(ReadError::Content("has an \"enc\" that is neither true nor false".to_owned())),
        };
        let mut older = legacy::read(&mut other, version).map_err(ReadError::Content)?;
        if was_encrypted {
            let key = key().map_err(ReadError::Key)?.ok_or_else(|| {
                ReadError::Encrypted(
                    "is encrypted: cannot decrypt config: security configuration file was not found or the \
                    'JFROG_CLI_ENCRYPTION_KEY' environment variable was not configured"
                        .to_owned(),
                )
            })?;
            for server in &mut older.servers {
                server.decrypt(&key).map_err(ReadError::Encrypted)?;
            }
        }
        let converted_from = Some(version).filter(|version| *version != CURRENT);
        Ok(Self { servers: older.convert(), other, was_encrypted, converted_from, read_from: None })
    }

    /// The file's text: two-space indent, no line end after the last brace, as the existing tool writes it. With a
    /// key the secrets are encrypted; without one they are in the clear.
    ///
    /// # Errors
    /// If the key does not have 32 bytes, or if there is none although the secrets were encrypted when they were
    /// read: what was encrypted is never written in the clear.
    pub(crate) fn to_json(&self, key: Option<&MasterKey>) -> Outcome<String> {
        if self.was_encrypted && key.is_none() {
            return Err(Failure::new(
                Reason::Failed,
                "cannot encrypt config: it was encrypted when it was read, and the key is gone since",
            )
            .hint(
                "set JFROG_CLI_ENCRYPTION_KEY, or masterKey in security/security.yaml of the home folder",
            ));
        }
        let mut servers = self.servers.clone();
        if let Some(key) = key {
            for server in &mut servers {
                server.encrypt(key).map_err(|words| {
                    Failure::new(Reason::Failed, format!("the configuration {words}")).hint(
                        "set JFROG_CLI_ENCRYPTION_KEY, or masterKey in security/security.yaml of the home folder, \
                        to a key of 32 bytes",
                    )
                })?;
            }
        }
        let mut top = Map::new();
        let servers = servers.iter().map(|server| Value::Object(server.ordered())).collect();
        top.insert("servers".to_owned(), Value::Array(servers));
        top.insert("version".to_owned(), Value::String(CURRENT.to_string()));
        if key.is_some() {
            top.insert("enc".to_owned(), Value::Bool(true));
        }
        top.extend(self.other.iter().map(|(name, value)| (name.clone(), value.clone())));
        // A tree of strings, numbers and booleans always serialises.
        Ok(escape_like_go(&serde_json::to_string_pretty(&Value::Object(top)).unwrap_or_default()))
    }

    /// Whether the secrets were encrypted in the file that was read.
    pub(crate) fn was_encrypted(&self) -> bool {
        self.was_encrypted
    }

    /// Whether any server has a secret.
    pub(crate) fn has_secrets(&self) -> bool {
        self.servers.iter().any(Server::has_secrets)
    }

    /// The version of the file that was read, if it was an older one.
    pub(crate) fn converted_from(&self) -> Option<u8> {
        self.converted_from
    }

    /// The file that was read, if there was one.
    pub(crate) fn read_from(&self) -> Option<&Path> {
        self.read_from.as_deref()
    }

    /// The same, as what stands in the file at `path`.
    #[must_use]
    pub(crate) fn at(self, path: &Path) -> Self {
        Self { read_from: Some(path.to_owned()), ..self }
    }

    /// The server with this id.
    pub(crate) fn find(&self, id: &str) -> Option<&Server> {
        self.servers.iter().find(|server| server.id() == id)
    }

    /// The server with this id, to be changed.
    pub(crate) fn find_mut(&mut self, id: &str) -> Option<&mut Server> {
        self.servers.iter_mut().find(|server| server.id() == id)
    }

    /// Puts a server in at the end, in place of one of the same id, which hands its being the default on. The
    /// only server is the default.
    pub(crate) fn put(&mut self, server: Server) {
        let id = server.id().to_owned();
        let was_default = self.find(&id).is_some_and(Server::is_default);
        self.servers.retain(|other| other.id() != id);
        self.servers.push(server);
        if was_default || self.servers.len() == 1 {
            self.set_default(&id);
        }
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

impl fmt::Debug for Config {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What an unknown field means is unknown, so it may be a secret.
        f.debug_struct("Config").field("servers", &self.servers).finish_non_exhaustive()
    }
}

fn object(text: &[u8]) -> Result<Map<String, Value>, String> {
    if text.iter().all(u8::is_ascii_whitespace) {
        return Err("is empty".to_owned());
    }
    match serde_json::from_slice(text) {
        Ok(Value::Object(map)) => Ok(map),
        Ok(_) => Err("is not a JSON object".to_owned()),
        // serde_json names the place and the kind of the fault, not the text around it.
        Err(error) => Err(format!("is not readable as JSON: {error}")),
    }
}

/// Takes the version out. One that is not known is an error, so that nothing of it is rewritten.
fn version(top: &mut Map<String, Value>, source: Source) -> Result<u8, String> {
    match (take(top, "version"), source) {
        (None, Source::Legacy) => Ok(0),
        (Some(Value::String(text)), _) => {
            (0..=CURRENT).find(|version| text == version.to_string()).ok_or_else(|| {
                format!(
                    "has version {text:?}, but this jf reads versions \"0\" to \"{CURRENT}\" and writes version \
                    \"{CURRENT}\" only"
                )
            })
        }
        _ => Err(format!("has no \"version\": \"{CURRENT}\"")),
    }
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

    fn key() -> MasterKey {
        MasterKey::from(vec![b'k'; 32])
    }

    fn read(text: &str, source: Source) -> Result<Config, ReadError> {
        Config::from_json(text.as_bytes(), source, || Ok(Some(key())))
    }

    /// A plain file of version 6, for which no key is looked up.
    fn plain(text: &str) -> Config {
        Config::from_json(text.as_bytes(), Source::Current, || panic!("nobody asked for a key")).unwrap()
    }

    fn written(config: &Config) -> String {
        config.to_json(None).unwrap()
    }

    #[test]
    fn a_file_is_written_as_it_was_read() {
        assert_eq!(written(&plain(FILE)), FILE);
        let empty = plain(r#"{"servers":null,"version":"6"}"#);
        assert_eq!(written(&empty), "{\n  \"servers\": [],\n  \"version\": \"6\"\n}");
    }

    #[test]
    fn names_are_read_in_any_case_and_written_in_one() {
        let mut config =
            plain(r#"{"Servers":[{"URL":"https://h/","SERVERID":"a","isdefault":true}],"VERSION":"6"}"#);
        assert_eq!(config.default_server().and_then(|server| server.text("url")), Some("https://h/"));
        let twice = r#"{"servers":[{"serverId":"old"}],"Servers":[{"serverId":"new"}],"version":"6"}"#;
        let twice = plain(twice);
        assert_eq!((twice.ids().as_str(), written(&twice).matches("ervers\"").count()), ("new", 1));
        config.servers[0].set("url", Value::String("https://g/".into()));
        let json = written(&config);
        assert!(json.contains(r#""url": "https://g/""#) && !json.contains("URL"), "{json}");
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
            (r#"{"servers":[],"version":"6","enc":"true"}"#, "\"enc\""),
            (r#"{"servers":[],"version":"6"} x"#, "not readable"),
        ] {
            let Err(ReadError::Content(error)) = read(text, Source::Current) else { panic!("{text}") };
            assert!(error.contains(part), "{text}: {error}");
        }
    }

    #[test]
    fn one_default_at_a_time() {
        let mut config = plain(FILE);
        config.set_default("two");
        assert_eq!(config.default_server().map(Server::id), Some("two"));
        assert_eq!(written(&config).matches("isDefault").count(), 1);
    }

    #[test]
    fn secrets_are_encrypted_with_a_key_only() {
        let config = plain(FILE);
        assert!(!config.was_encrypted());
        let text = config.to_json(Some(&key())).unwrap();
        assert!(
            !text.contains("canary") && text.contains("  \"version\": \"6\",\n  \"enc\": true,\n"),
            "{text}"
        );
        assert_ne!(text, config.to_json(Some(&key())).unwrap(), "each secret has its own nonce each time");
        let again = read(&text, Source::Current).unwrap();
        assert!(again.was_encrypted());
        assert_eq!(again.servers[0].text("accessToken"), Some("canary"));
        let failure = again.to_json(None).unwrap_err();
        assert!(failure.message.starts_with("cannot encrypt config: ") && failure.hint.is_some());
        let short = config.to_json(Some(&MasterKey::from(b"short".to_vec()))).unwrap_err();
        let words =
            "server \"one\" whose \"accessToken\" cannot be encrypted: cannot encrypt config:  Wrong length";
        assert!(short.message.contains(words), "{short}");
        assert!(!format!("{config:?}").contains("canary"));
    }

    #[test]
    fn an_encrypted_file_needs_its_key() {
        let text = plain(FILE).to_json(Some(&key())).unwrap();
        let at = |key: Outcome<Option<MasterKey>>| {
            Config::from_json(text.as_bytes(), Source::Current, || key).unwrap_err().at(Path::new("/c"))
        };
        let missing = at(Ok(None));
        assert_eq!(
            missing.message,
            "the configuration /c is encrypted: cannot decrypt config: security configuration file was not found or \
            the 'JFROG_CLI_ENCRYPTION_KEY' environment variable was not configured"
        );
        assert!(missing.hint.unwrap().contains("JFROG_CLI_ENCRYPTION_KEY"));
        let other = at(Ok(Some(MasterKey::from(vec![b'o'; 32]))));
        let words = "/c has a server \"one\" whose \"accessToken\" cannot be decrypted: cipher: message authentication \
            failed";
        assert!(other.message.contains(words) && !other.message.contains("canary"), "{other}");
        let broken = Failure::new(Reason::Failed, "no key");
        assert_eq!(at(Err(broken.clone())), broken);
    }

    #[test]
    fn only_an_older_file_may_lack_a_version() {
        let old = r#"{"artifactory":{"url":"https://h/"}}"#;
        let config = read(old, Source::Legacy).unwrap();
        assert_eq!((config.converted_from(), config.ids().as_str()), (Some(0), "Default-Server"));
        assert!(read(old, Source::Current).is_err());
        assert!(read(r#"{"servers":[],"version":"7"}"#, Source::Legacy).is_err());
        assert!(read(r#"{"servers":[],"version":5}"#, Source::Legacy).is_err());
        let five = read(r#"{"servers":[],"Version":"5"}"#, Source::Current).unwrap();
        assert_eq!(five.converted_from(), Some(5));
        assert_eq!(plain(FILE).converted_from(), None);
    }
}
