//! Where address and credential of a connection come from, for those who ask. No secret is in it.

use crate::config::{Config, Server};
use std::path::PathBuf;

/// Where a connection comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// What gave the address.
    pub address: Given,
    /// What gave the credential, if there is one.
    pub credential: Option<Given>,
    /// Which configured server it is, if one was looked up.
    pub configured: Option<Configured>,
}

/// What gave a piece of a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Given {
    /// The flag of this name.
    Flag(&'static str),
    /// The environment variable of this name.
    Variable(&'static str),
    /// The configured server.
    Configuration,
    /// The command itself, such as by a question.
    Command,
}

/// A server of the configuration, and how it came to be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Configured {
    /// The file that it stands in.
    pub file: PathBuf,
    /// Its id.
    pub server_id: String,
    /// Why this one.
    pub chosen_by: ChosenBy,
    /// Whether the file's secrets are encrypted.
    pub is_encrypted: bool,
    /// Whether its token came of a log-in with the browser, and another one comes the same way.
    pub is_web_login: bool,
    /// Whether a refresh token is kept for it, be it used or not.
    pub has_refresh_token: bool,
}

/// What named a configured server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ChosenBy {
    /// `--server-id`.
    Flag,
    /// `JFROG_CLI_SERVER_ID`.
    Variable,
    /// Nothing: it is the default one.
    Default,
}

impl Given {
    /// In words, as in "given by the flag --url".
    pub(crate) fn words(self) -> String {
        match self {
            Given::Flag(name) => format!("the flag {name}"),
            Given::Variable(name) => format!("the variable {name}"),
            Given::Configuration => "the configuration".to_owned(),
            Given::Command => "the command itself".to_owned(),
        }
    }

    /// The one word for programs: the flag's or variable's name, or `configuration`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Given::Flag(name) | Given::Variable(name) => name,
            Given::Configuration => "configuration",
            Given::Command => "command",
        }
    }
}

impl Configured {
    /// `server` of `config`, which `chosen_by` named.
    pub(crate) fn of(server: &Server, config: &Config, chosen_by: ChosenBy) -> Self {
        Self {
            file: config.read_from().map(ToOwned::to_owned).unwrap_or_default(),
            server_id: server.id().to_owned(),
            chosen_by,
            is_encrypted: config.was_encrypted(),
            is_web_login: server.is("webLogin"),
            has_refresh_token: ["refreshToken", "artifactoryRefreshToken"]
                .iter()
                .any(|field| server.text(field).is_some()),
        }
    }
}

impl ChosenBy {
    /// In words, as in "server 'prod', the default one".
    pub(crate) fn words(self) -> &'static str {
        match self {
            ChosenBy::Flag => "named by --server-id",
            ChosenBy::Variable => "named by JFROG_CLI_SERVER_ID",
            ChosenBy::Default => "the default one",
        }
    }

    /// The one word for programs: the flag's or variable's name, or `default`.
    pub(crate) fn word(self) -> &'static str {
        match self {
            ChosenBy::Flag => "--server-id",
            ChosenBy::Variable => "JFROG_CLI_SERVER_ID",
            ChosenBy::Default => "default",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::addresses::Address;
    use crate::connection::{GivenConnection, Needs, NeedsCredential, choose};
    use crate::environment::tests::environment;
    use crate::secret_input::GivenSecrets;
    use std::path::Path;

    const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Optional };

    fn source(given: GivenConnection, variables: &[(&str, &str)]) -> Source {
        choose(given, NEEDS, &environment(variables), || panic!("the configuration is not needed"))
            .unwrap()
            .source
    }

    fn token(flag: &'static str) -> GivenSecrets {
        GivenSecrets {
            access_token: Some("canary".into()),
            access_token_flag: flag,
            ..GivenSecrets::default()
        }
    }

    #[test]
    fn each_piece_is_named_by_what_gave_it() {
        let url = || Some("https://h".to_owned());
        let (by_url, by_variable) = (Given::Flag("--url"), Given::Variable("JF_URL"));
        let user = || Some("frog".to_owned());
        let password = GivenSecrets {
            password: Some("canary".into()),
            password_flag: "--password-stdin",
            ..GivenSecrets::default()
        };
        for (given, variables, address, credential) in [
            (GivenConnection { url: url(), ..Default::default() }, &[][..], by_url, None),
            (
                GivenConnection { url: url(), secrets: token("--access-token-file"), ..Default::default() },
                &[("JF_ACCESS_TOKEN", "other")],
                by_url,
                Some(Given::Flag("--access-token-file")),
            ),
            (
                GivenConnection { url: url(), user: user(), secrets: password, ..Default::default() },
                &[],
                by_url,
                Some(Given::Flag("--password-stdin")),
            ),
            (
                GivenConnection { url: url(), ..Default::default() },
                &[("JF_ACCESS_TOKEN", "canary")],
                by_url,
                Some(Given::Variable("JF_ACCESS_TOKEN")),
            ),
            (
                GivenConnection { secrets: token("--access-token"), ..Default::default() },
                &[("JF_URL", "https://h")],
                by_variable,
                Some(Given::Flag("--access-token")),
            ),
            (
                GivenConnection::default(),
                &[("JF_URL", "https://h"), ("JF_USER", "frog"), ("JF_PASSWORD", "canary")],
                by_variable,
                Some(Given::Variable("JF_PASSWORD")),
            ),
        ] {
            let source = source(given, variables);
            assert_eq!((source.address, source.credential), (address, credential), "{variables:?}");
            assert_eq!(source.configured, None);
            assert!(!format!("{source:?}").contains("canary"));
        }
    }

    #[test]
    fn a_configured_server_is_named_with_why() {
        let config = |text: &str| {
            let source = crate::config::schema::Source::Current;
            let config = Config::from_json(text.as_bytes(), source, || Ok(None)).unwrap();
            Ok(config.at(Path::new("/c")))
        };
        let text = r#"{"servers":[{"url":"https://h","accessToken":"canary","serverId":"one","isDefault":true,
            "webLogin":true},{"url":"https://h","serverId":"two"}],"version":"6"}"#;
        for (id, variables, wanted, chosen_by) in [
            (None, &[][..], "one", ChosenBy::Default),
            (None, &[("JFROG_CLI_SERVER_ID", "two")], "two", ChosenBy::Variable),
            (Some("one"), &[("JFROG_CLI_SERVER_ID", "two"), ("JF_URL", "x")], "one", ChosenBy::Flag),
        ] {
            let given = GivenConnection { server_id: id.map(str::to_owned), ..Default::default() };
            let source = choose(given, NEEDS, &environment(variables), || config(text)).unwrap().source;
            let has_credential = wanted == "one";
            assert_eq!(source.address, Given::Configuration);
            assert_eq!(source.credential, has_credential.then_some(Given::Configuration));
            let configured = source.configured.unwrap();
            assert_eq!(
                configured,
                Configured {
                    file: "/c".into(),
                    server_id: wanted.to_owned(),
                    chosen_by,
                    is_encrypted: false,
                    is_web_login: has_credential,
                    has_refresh_token: false,
                }
            );
            assert!(!format!("{configured:?}").contains("canary"));
        }
    }
}
