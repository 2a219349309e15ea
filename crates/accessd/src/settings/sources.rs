//! Where values come from: the settings file, the environment, the command line; each as key and text.

use super::keys::{self, Key, Kind};
use crate::environment::{Environment, PREFIX};
use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;

/// So many shared letters make two names alike.
const ALIKE: usize = 4;

/// Who set a value. A later one outranks an earlier one.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// Nobody.
    Default,
    /// The settings file.
    File,
    /// This variable.
    Environment(String),
    /// This flag.
    Flag(&'static str),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File => f.write_str("file"),
            Self::Environment(variable) => write!(f, "environment {variable}"),
            Self::Flag(flag) => write!(f, "flag {flag}"),
        }
    }
}

/// A value as text, and who set it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Raw {
    /// The text.
    pub(super) text: String,
    /// Who set it.
    pub(super) origin: Origin,
}

/// Why the settings are not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// The file is not TOML.
    #[error("{file} is not TOML: {problem}")]
    Syntax {
        /// The file.
        file: String,
        /// Where and what.
        problem: String,
    },
    /// The file could not be read.
    #[error("{file} cannot be read: {problem}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        problem: String,
    },
    /// A key of the file or a variable of the environment is not one of ours.
    #[error("there is no setting {name} ({origin}){suggestion}")]
    Unknown {
        /// As it was written.
        name: String,
        /// Where.
        origin: &'static str,
        /// The known one that looks like it, in words to follow; empty if none does.
        suggestion: String,
    },
    /// A value is not acceptable.
    #[error("{name} ({origin}): {problem}")]
    Value {
        /// The setting.
        name: &'static str,
        /// Who set it.
        origin: Origin,
        /// What is wrong.
        problem: String,
    },
    /// There is no folder to keep data in.
    #[error("there is no data folder: neither --data-dir nor ACCESSD_DATA_DIR, XDG_DATA_HOME or HOME is set")]
    NoDataFolder,
}

/// Values by name of key.
pub(super) type Values = BTreeMap<&'static str, Raw>;

/// The values of a settings file.
///
/// # Errors
/// [`SettingsError`]: not TOML, an unknown key, a value of a wrong kind.
pub(super) fn of_file(file: &Path, text: &str) -> Result<Values, SettingsError> {
    let table: toml::Table = text.parse().map_err(|error: toml::de::Error| SettingsError::Syntax {
        file: file.display().to_string(),
        problem: error.to_string(),
    })?;
    let mut values = Values::new();
    gather(None, &table, &mut values)?;
    Ok(values)
}

/// The values of a section, and of those within it.
fn gather(section: Option<&str>, table: &toml::Table, values: &mut Values) -> Result<(), SettingsError> {
    for (name, value) in table {
        let full = section.map_or_else(|| name.clone(), |section| format!("{section}.{name}"));
        if let Some(key) = keys::ALL.iter().find(|key| key.name == full) {
            values.insert(key.name, Raw { text: text_of(key, value)?, origin: Origin::File });
            continue;
        }
        let is_section = keys::ALL.iter().any(|key| key.name.starts_with(&format!("{full}.")));
        match value {
            toml::Value::Table(entries) if is_section => gather(Some(&full), entries, values)?,
            _ => return Err(unknown(&full, "file")),
        }
    }
    Ok(())
}

/// The values in the environment.
///
/// # Errors
/// [`SettingsError::Unknown`].
pub(super) fn of_environment(environment: &Environment) -> Result<Values, SettingsError> {
    let mut values = Values::new();
    for (variable, text) in &environment.settings {
        let Some(key) = keys::ALL.iter().find(|key| key.variable() == *variable) else {
            return Err(unknown(variable, "environment"));
        };
        let origin = Origin::Environment(variable.clone());
        values.insert(key.name, Raw { text: text.clone(), origin });
    }
    Ok(values)
}

fn text_of(key: &Key, value: &toml::Value) -> Result<String, SettingsError> {
    let wanted = match (key.kind, value) {
        (Kind::Number, toml::Value::Integer(number)) => return Ok(number.to_string()),
        (Kind::Flag, toml::Value::Boolean(flag)) => return Ok(flag.to_string()),
        (Kind::Text, toml::Value::String(text)) => return Ok(text.clone()),
        (Kind::Number, _) => "a whole number",
        (Kind::Flag, _) => "true or false",
        (Kind::Text, _) => "text in quotes",
    };
    Err(SettingsError::Value {
        name: key.name,
        origin: Origin::File,
        problem: format!("must be {wanted}, but is {}", value.type_str()),
    })
}

fn unknown(name: &str, origin: &'static str) -> SettingsError {
    let spelt = |key: &&Key| if origin == "file" { key.name.to_owned() } else { key.variable() };
    let own = name.strip_prefix(PREFIX).unwrap_or(name);
    let suggestion = keys::ALL
        .iter()
        .map(spelt)
        .map(|known| (likeness(known.strip_prefix(PREFIX).unwrap_or(&known), own), known))
        .max()
        .filter(|(likeness, _)| *likeness >= ALIKE)
        .map(|(_, known)| format!("; did you mean {known}?"))
        .unwrap_or_default();
    SettingsError::Unknown { name: name.to_owned(), origin, suggestion }
}

/// How many letters two names share at their beginning and at their end.
fn likeness(a: &str, b: &str) -> usize {
    let same = |pairs: &mut dyn Iterator<Item = (u8, u8)>| pairs.take_while(|(a, b)| a == b).count();
    same(&mut a.bytes().zip(b.bytes())) + same(&mut a.bytes().rev().zip(b.bytes().rev()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(text: &str) -> Result<Values, SettingsError> {
        of_file(Path::new("accessd.toml"), text)
    }

    #[test]
    fn a_file_gives_its_values_as_text() {
        let values =
            file("[token]\nmax-expiry = 3600\nallow-refreshable = false\n[log]\nlevel = \"warn\"").unwrap();
        let texts: Vec<&str> = values.values().map(|raw| raw.text.as_str()).collect();
        assert_eq!(texts, ["warn", "false", "3600"]);
        let values = file("[security]\nallow-web-login = false\n[security.password-policy]\nmin-length = 15");
        let texts: Vec<String> = values.unwrap().into_values().map(|raw| raw.text).collect();
        assert_eq!(texts, ["false", "15"]);
    }

    #[test]
    fn what_is_not_a_setting_is_named_with_its_neighbour() {
        let error = file("[token]\ndefault_expiry = 1").unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no setting token.default_expiry (file); did you mean token.default-expiry?"
        );
        for text in [
            "x = 1",
            "[tokens]\n",
            "[token.default-expiry]\nx = 1",
            "[security.lock-out]\n",
            "[server]\ntls = true",
        ] {
            assert!(file(text).is_err(), "{text}");
        }
        let environment = Environment::of_texts(&[("ACCESSD_LISTEN", "x")]);
        let error = of_environment(&environment).unwrap_err().to_string();
        assert!(error.contains("did you mean ACCESSD_SERVER_LISTEN?"), "{error}");
        let environment = Environment::of_texts(&[("ACCESSD_FOO", "x")]);
        let error = of_environment(&environment).unwrap_err().to_string();
        assert_eq!(error, "there is no setting ACCESSD_FOO (environment)");
    }

    #[test]
    fn values_have_kinds() {
        for text in [
            "[token]\nmax-expiry = \"3600\"",
            "[token]\nallow-refreshable = \"yes\"",
            "[server]\nlisten = 8082",
            "[token]\nmax-expiry = 1.5",
        ] {
            assert!(matches!(file(text), Err(SettingsError::Value { .. })), "{text}");
        }
        assert!(matches!(file("[token"), Err(SettingsError::Syntax { .. })));
    }
}
