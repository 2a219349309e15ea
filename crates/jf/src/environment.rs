//! Everything the tool takes from outside besides its arguments and standard input: environment
//! variables, the home folder, and what standard input and error are. Built once in `main`, so that
//! every rule that depends on it can be tested with values.

use crate::error::{Failure, Outcome};
use access_types::Secret;
use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::PathBuf;

/// The surroundings of one run.
#[derive(Clone, Default)]
pub(crate) struct Environment {
    variables: BTreeMap<String, OsString>,
    /// Whether somebody can answer a question on standard input.
    pub stdin_is_terminal: bool,
    /// Whether somebody reads standard error as it comes.
    pub stderr_is_terminal: bool,
    /// Whether standard output is shown to somebody rather than read by a program.
    pub stdout_is_terminal: bool,
}

impl Environment {
    /// Takes the variables of the process, and whether standard input, error and output are terminals. Names that
    /// are not UTF-8 are nobody's here.
    pub(crate) fn new(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        [stdin_is_terminal, stderr_is_terminal, stdout_is_terminal]: [bool; 3],
    ) -> Self {
        let variables = variables
            .into_iter()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .collect();
        Self { variables, stdin_is_terminal, stderr_is_terminal, stdout_is_terminal }
    }

    /// The value of `name`; an empty variable is the same as none.
    pub(crate) fn text(&self, name: &str) -> Option<String> {
        self.variables
            .get(name)
            .filter(|value| !value.is_empty())
            .map(|value| value.to_string_lossy().into_owned())
    }

    /// The value of `name` as a secret; an empty variable is the same as none.
    ///
    /// # Errors
    /// If it is not UTF-8: changed, it would be another secret.
    pub(crate) fn secret(&self, name: &str) -> Outcome<Option<Secret>> {
        let Some(value) = self.variables.get(name).filter(|value| !value.is_empty()) else { return Ok(None) };
        let text = value.to_str().ok_or_else(|| {
            Failure::usage(format!("{name}: it is not UTF-8")).hint(format!("unset {name}, or correct it"))
        })?;
        Ok(Some(text.into()))
    }

    /// The value of `name` as a path; an empty variable is the same as none.
    pub(crate) fn path(&self, name: &str) -> Option<PathBuf> {
        self.variables.get(name).filter(|value| !value.is_empty()).map(PathBuf::from)
    }

    /// Whether `name` exists at all, be it empty (`NO_COLOR`).
    pub(crate) fn has(&self, name: &str) -> bool {
        self.variables.contains_key(name)
    }

    /// The tool's home folder: `JFROG_CLI_HOME_DIR` as it stands, else `.jfrog` in the user's home.
    /// `None` if neither is known; nothing is created or looked at.
    pub(crate) fn jfrog_home(&self) -> Option<PathBuf> {
        self.path("JFROG_CLI_HOME_DIR").or_else(|| {
            let home = self.path("HOME").or_else(|| self.path("USERPROFILE"))?;
            Some(home.join(".jfrog"))
        })
    }

    /// Whether this is a build machine: `CI` has any value but those that say no.
    pub(crate) fn is_ci(&self) -> bool {
        self.text("CI").is_some_and(|value| {
            !matches!(
                value.trim().to_ascii_lowercase().as_str(),
                "" | "0" | "f" | "false" | "n" | "no" | "off"
            )
        })
    }

    /// Whether a question can be asked: somebody is there, and it is no build machine.
    pub(crate) fn can_ask(&self) -> bool {
        self.stdin_is_terminal && !self.is_ci()
    }

    /// Whether errors are wanted as JSON on standard output.
    pub(crate) fn wants_json_errors(&self) -> bool {
        self.text("JFROG_CLI_ERROR_OUTPUT_FORMAT")
            .is_some_and(|format| format.trim().eq_ignore_ascii_case("json"))
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// An environment of these variables, without a terminal.
    pub(crate) fn environment(variables: &[(&str, &str)]) -> Environment {
        Environment::new(variables.iter().map(|(name, value)| (name.into(), value.into())), [false; 3])
    }

    #[test]
    fn the_home_folder_has_an_order() {
        let home = |variables: &[_]| environment(variables).jfrog_home();
        assert_eq!(home(&[("JFROG_CLI_HOME_DIR", "~/x"), ("HOME", "/h")]), Some("~/x".into()));
        assert_eq!(home(&[("JFROG_CLI_HOME_DIR", ""), ("HOME", "/h")]), Some("/h/.jfrog".into()));
        assert_eq!(home(&[]), None);
    }

    #[test]
    fn any_spelling_of_ci_works() {
        for yes in ["true", "1", "yes", "GitHub", "TRUE", "on"] {
            assert!(environment(&[("CI", yes)]).is_ci(), "{yes}");
        }
        for no in ["", "false", "False", "0", "no", "off", " "] {
            assert!(!environment(&[("CI", no)]).is_ci(), "{no}");
        }
        assert!(!environment(&[]).is_ci());
    }
}
