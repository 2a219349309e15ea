//! The environment as a value: what of it concerns us, read once in `main`.

use access_types::Secret;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::fmt;
use std::path::PathBuf;

/// Prefix of every variable that is ours. An unknown one is an error, as a misspelt setting would be.
pub const PREFIX: &str = "ACCESSD_";

const CONFIG: &str = "ACCESSD_CONFIG";
const DATA_DIR: &str = "ACCESSD_DATA_DIR";
const MASTER_KEY: &str = "ACCESSD_MASTER_KEY";
const MASTER_KEY_FILE: &str = "ACCESSD_MASTER_KEY_FILE";
/// The password of the role on PostgreSQL.
pub const DATABASE_PASSWORD: &str = "ACCESSD_DATABASE_PASSWORD";
/// Variables that refuse to be empty: a secret was meant, and got lost on the way.
const SECRETS: [&str; 4] = [MASTER_KEY, MASTER_KEY_FILE, DATABASE_PASSWORD, "ACCESSD_DATABASE_PASSWORD_FILE"];

/// The variables that concern us. An empty one counts as absent.
#[derive(Default)]
pub struct Environment {
    /// `ACCESSD_CONFIG`: the settings file.
    pub config: Option<PathBuf>,
    /// `ACCESSD_DATA_DIR`: the data folder.
    pub data_dir: Option<PathBuf>,
    /// `ACCESSD_MASTER_KEY`: the master key itself.
    pub master_key: Option<Secret>,
    /// `ACCESSD_MASTER_KEY_FILE`: where the master key is.
    pub master_key_file: Option<PathBuf>,
    /// [`DATABASE_PASSWORD`].
    pub database_password: Option<Secret>,
    /// `XDG_DATA_HOME`.
    pub xdg_data_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// Every other variable that begins with [`PREFIX`]: settings, if their names are known.
    pub settings: BTreeMap<String, String>,
}

impl Environment {
    /// Picks out of all variables those that concern us.
    pub fn of(variables: impl IntoIterator<Item = (OsString, OsString)>) -> Self {
        let mut environment = Self::default();
        for (name, value) in variables {
            let Ok(name) = name.into_string() else { continue };
            if value.is_empty() && !SECRETS.contains(&name.as_str()) {
                continue;
            }
            match name.as_str() {
                CONFIG => environment.config = Some(value.into()),
                DATA_DIR => environment.data_dir = Some(value.into()),
                MASTER_KEY => {
                    environment.master_key = Some(value.to_string_lossy().into_owned().into());
                }
                MASTER_KEY_FILE => environment.master_key_file = Some(value.into()),
                DATABASE_PASSWORD => {
                    environment.database_password = Some(value.to_string_lossy().into_owned().into());
                }
                "XDG_DATA_HOME" => environment.xdg_data_home = Some(value.into()),
                "HOME" => environment.home = Some(value.into()),
                _ if name.starts_with(PREFIX) => {
                    environment.settings.insert(name, value.to_string_lossy().into_owned());
                }
                _ => {}
            }
        }
        environment
    }

    /// An environment of these variables, for tests.
    pub fn of_texts(variables: &[(&str, &str)]) -> Self {
        Self::of(variables.iter().map(|(name, value)| ((*name).into(), (*value).into())))
    }
}

/// Names of the settings only: a database's URL may hold a password.
impl fmt::Debug for Environment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings: Vec<&String> = self.settings.keys().collect();
        f.debug_struct("Environment")
            .field("config", &self.config)
            .field("data_dir", &self.data_dir)
            .field("settings", &settings)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_our_variables_are_taken_and_the_key_stays_hidden() {
        let environment = Environment::of_texts(&[
            ("ACCESSD_MASTER_KEY", "deadbeef"),
            ("ACCESSD_DATABASE_PASSWORD", "deadbeef"),
            ("ACCESSD_DATABASE_URL", "postgres://u:deadbeef@h/d"),
            ("ACCESSD_SERVER_LISTEN", "127.0.0.1:0"),
            ("ACCESSD_CONFIG", ""),
            ("PATH", "/bin"),
        ]);
        assert_eq!(environment.settings.len(), 2);
        assert_eq!(environment.config, None);
        assert!(environment.master_key.is_some() && environment.database_password.is_some());
        assert!(!format!("{environment:?}").contains("deadbeef"));
        let environment =
            Environment::of_texts(&[("ACCESSD_MASTER_KEY", ""), ("ACCESSD_MASTER_KEY_FILE", "")]);
        assert!(environment.master_key.is_some() && environment.master_key_file.is_some());
    }
}
