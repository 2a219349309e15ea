//! The exchange of a CI job's ID token for an access token (access-api.md 1.7, RFC 8693).

use crate::cli::{OidcFlags, filled};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Content, Repeat, Request};
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::secret_input;
use crate::session::{Session, no_token};
use crate::yaml;
use access_types::Secret;
use access_types::json::escape_like_go;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use std::path::Path;

const RULE: &str = "the provider's identity mappings on the platform do not allow it for this job";
const TOKEN_VARIABLE: &str = "JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID";
const TYPE_VARIABLE: &str = "JFROG_CLI_OIDC_PROVIDER_TYPE";
const PROVIDER_TYPES: [&str; 3] = ["GitHub", "Azure", "GenericOidc"];
/// Where a project keeps the key of its application.
const PROJECT_FILE: &str = ".jfrog/config.yml";

/// What is asked for.
pub(crate) struct Exchange {
    /// The provider's name on the platform.
    pub provider_name: String,
    /// The ID token.
    pub id_token: Secret,
    /// One of [`PROVIDER_TYPES`], in this spelling.
    pub provider_type: &'static str,
    /// The project, if there is one.
    pub project: Option<String>,
    /// The repository, if it is known.
    pub repository: Option<String>,
    /// The audience, if one is asked for.
    pub audience: Option<String>,
    /// The application, if there is one.
    pub application_key: Option<String>,
}

impl Exchange {
    /// What flags and environment say. `given` is the ID token that stands elsewhere on the command line.
    ///
    /// # Errors
    /// A missing ID token, two of them, an unknown provider type, a project file that is no YAML.
    pub(crate) fn of(
        provider_name: String,
        given: Option<Secret>,
        flags: &OidcFlags,
        environment: &Environment,
        report: &Report,
    ) -> Outcome<Self> {
        Ok(Self {
            provider_name,
            provider_type: provider_type(flags.oidc_provider_type.as_deref(), environment)?,
            project: environment.text("JFROG_CLI_BUILD_PROJECT"),
            repository: environment.text("JFROG_CLI_CI_VCS_URL"),
            audience: filled(flags.oidc_audience.clone()),
            application_key: application_key(flags.application_key.as_deref(), environment)?,
            id_token: id_token(given, flags, environment, report)?,
        })
    }

    /// Asks the session's platform. The ID token is the only credential that is needed, and sent.
    ///
    /// # Errors
    /// What the platform says instead of a token.
    pub(crate) fn run(&self, session: &mut Session<'_>, environment: &Environment) -> Outcome<CreatedToken> {
        let access = session.connection.access.clone();
        let content = Content::json(&self.body(environment));
        let request = Request::post(access.join("api/v1/oidc/token"), content, Repeat::WithKey);
        let answer = session.send(&access, request)?;
        let body = session
            .expect_ok(answer, RULE)
            .map_err(|failure| failure.context("failed to exchange OIDC token: "))?;
        CreatedToken::from_exchange(&body).ok_or_else(|| no_token(&body, &session.connection))
    }

    fn body(&self, environment: &Environment) -> Secret {
        let variable = |name| environment.text(name);
        let fields = [
            ("grant_type", Some("urn:ietf:params:oauth:grant-type:token-exchange".to_owned())),
            ("subject_token_type", Some("urn:ietf:params:oauth:token-type:id_token".to_owned())),
            ("subject_token", Some(self.id_token.expose_secret().to_owned())),
            ("provider_name", Some(self.provider_name.clone())),
            ("project_key", self.project.clone()),
            ("job_id", variable("JFROG_CLI_CI_JOB_ID")),
            ("run_id", variable("JFROG_CLI_CI_RUN_ID")),
            ("audience", self.audience.clone()),
            ("provider_type", Some(self.provider_type.to_owned())),
            ("repo", self.repository.clone()),
            ("revision", variable("JFROG_CLI_CI_VCS_REVISION")),
            ("branch", variable("JFROG_CLI_CI_BRANCH")),
            ("application_key", self.application_key.clone()),
        ];
        let body: Map<String, Value> = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), Value::String(value?))))
            .collect();
        escape_like_go(&Value::Object(body).to_string()).into()
    }
}

/// The provider type in its own spelling; GitHub if nobody says another.
///
/// # Errors
/// A usage failure for an unknown one.
pub(crate) fn provider_type(flag: Option<&str>, environment: &Environment) -> Outcome<&'static str> {
    let given = flag.filter(|flag| !flag.is_empty()).map(str::to_owned);
    let Some(given) = given.or_else(|| environment.text(TYPE_VARIABLE)) else { return Ok(PROVIDER_TYPES[0]) };
    let known = PROVIDER_TYPES.iter().find(|known| known.eq_ignore_ascii_case(given.trim()));
    known.copied().ok_or_else(|| {
        Failure::usage(format!("unsupported oidc provider type: {given}"))
            .hint(format!("--oidc-provider-type takes {}", PROVIDER_TYPES.join(", ")))
    })
}

fn id_token(
    given: Option<Secret>,
    flags: &OidcFlags,
    environment: &Environment,
    report: &Report,
) -> Outcome<Secret> {
    let is_filled = |secret: &Secret| !secret.expose_secret().trim().is_empty();
    let on_command_line = given.filter(is_filled).or_else(|| flags.oidc_token_id.clone().filter(is_filled));
    let from_stdin = flags.oidc_token_id_stdin == Some(true);
    let token = match (on_command_line, from_stdin) {
        (Some(_), true) => {
            return Err(Failure::usage(
                "the ID token is given twice: on the command line and by \
                --oidc-token-id-stdin",
            )
            .hint("leave one of them out"));
        }
        (Some(token), false) => {
            secret_input::warn_of_argument(environment, report, "--oidc-token-id-stdin");
            token
        }
        (None, true) => secret_input::from_stdin("ID token", environment)?,
        (None, false) => environment.text(TOKEN_VARIABLE).map(Secret::from).ok_or_else(|| {
            Failure::new(
                Reason::Credentials,
                format!(
                    "the --oidc-token-id flag or the {TOKEN_VARIABLE} environment variable must be provided \
                     when using --oidc-provider."
                ),
            )
            .hint("the CI system issues the ID token to the job; --oidc-token-id-stdin reads it as well")
        })?,
    };
    let token = secret_input::trimmed(&token)
        .ok_or_else(|| Failure::usage("the ID token is empty").hint("check where it comes from"))?;
    report.guard(&token);
    Ok(token)
}

fn application_key(flag: Option<&str>, environment: &Environment) -> Outcome<Option<String>> {
    if let Some(key) = flag.filter(|flag| !flag.is_empty()) {
        return Ok(Some(key.to_owned()));
    }
    if let Some(key) = environment.text("JFROG_CLI_APPLICATION_KEY") {
        return Ok(Some(key));
    }
    let Ok(text) = std::fs::read_to_string(Path::new(PROJECT_FILE)) else { return Ok(None) };
    yaml::text_at(&text, &["application", "key"]).map_err(|why| {
        Failure::new(Reason::Failed, format!("{PROJECT_FILE} is not readable as YAML: {why}"))
            .hint("correct the file, or give --application-key")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    #[test]
    fn provider_types_are_read_in_any_case() {
        let none = environment(&[]);
        assert_eq!(provider_type(None, &none), Ok("GitHub"));
        assert_eq!(provider_type(Some("genericoidc"), &none), Ok("GenericOidc"));
        assert_eq!(provider_type(Some(""), &environment(&[(TYPE_VARIABLE, "AZURE")])), Ok("Azure"));
        let failure = provider_type(Some("gitlab"), &none).unwrap_err();
        assert_eq!(failure.message, "unsupported oidc provider type: gitlab");
    }

    #[test]
    fn the_body_is_that_of_the_existing_tool() {
        let exchange = Exchange {
            provider_name: "p".into(),
            id_token: "id".into(),
            provider_type: "GitHub",
            project: Some("proj".into()),
            repository: Some("https://r".into()),
            audience: Some("a&b".into()),
            application_key: Some("app".into()),
        };
        let job = environment(&[
            ("JFROG_CLI_CI_JOB_ID", "j"),
            ("JFROG_CLI_CI_RUN_ID", "1"),
            ("JFROG_CLI_CI_VCS_REVISION", "rev"),
            ("JFROG_CLI_CI_BRANCH", "main"),
        ]);
        assert_eq!(
            exchange.body(&job).expose_secret(),
            "{\"grant_type\":\"urn:ietf:params:oauth:grant-type:token-exchange\",\
             \"subject_token_type\":\"urn:ietf:params:oauth:token-type:id_token\",\"subject_token\":\"id\",\
             \"provider_name\":\"p\",\"project_key\":\"proj\",\"job_id\":\"j\",\"run_id\":\"1\",\
             \"audience\":\"a\\u0026b\",\"provider_type\":\"GitHub\",\"repo\":\"https://r\",\"revision\":\"rev\",\
             \"branch\":\"main\",\"application_key\":\"app\"}"
        );
    }
}
