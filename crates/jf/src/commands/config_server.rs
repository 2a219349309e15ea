//! What `config add`, `config edit` and `login` write into a server: addresses, one way to log in, certificates.

use crate::cli::ServerFlags;
use crate::config::Server;
use crate::connection::ClientCertificate;
use crate::credential::{Credential, is_api_key, user_of};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::tls;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::secret_input::{self, GivenSecrets};
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::path::Path;

/// Minutes between renewals of the tokens that other tools make from user and password.
const REFRESH_INTERVAL: i64 = 60;

/// Services with an address of their own: the field, and where they lie below the platform.
pub(super) const SERVICES: [(&str, &str); 5] = [
    ("artifactoryUrl", "artifactory/"),
    ("distributionUrl", "distribution/"),
    ("xrayUrl", "xray/"),
    ("missionControlUrl", "mc/"),
    ("pipelinesUrl", "pipelines/"),
];

/// What belongs to one way to log in, and goes when another comes.
const LOGIN_FIELDS: [&str; 9] = [
    "user",
    "password",
    "accessToken",
    "refreshToken",
    "artifactoryRefreshToken",
    "tokenRefreshInterval",
    "webLogin",
    "sshKeyPath",
    "sshPassphrase",
];

/// A way to log in.
pub(super) enum Login {
    /// An access token, and the user it is of, as far as known.
    Token {
        /// The token.
        token: Secret,
        /// The user.
        user: Option<String>,
    },
    /// User and password.
    Password {
        /// The user.
        user: String,
        /// The password, as it is kept.
        password: Secret,
        /// Whether other tools may make tokens from them.
        makes_tokens: bool,
    },
    /// Tokens that a browser log-in gave.
    Web {
        /// The access token.
        token: Secret,
        /// What renews it.
        refresh_token: Option<Secret>,
    },
    /// Nothing but a client certificate.
    None,
    /// A key that other tools log in with.
    Ssh {
        /// The key's file.
        key_path: String,
        /// The key's passphrase.
        passphrase: Option<Secret>,
    },
}

/// What is to be written into a server; what is `None` or missing stays as it is.
#[derive(Default)]
pub(super) struct Changes {
    /// The platform's address.
    pub url: Option<PlatformUrl>,
    /// Addresses of services, by field.
    pub services: Vec<(&'static str, PlatformUrl)>,
    /// The way to log in.
    pub login: Option<Login>,
    /// The user, where the way to log in stays.
    pub user: Option<String>,
    /// The certificate to show.
    pub certificate: Option<ClientCertificate>,
    /// Whether the token is never renewed.
    pub disable_token_refresh: Option<bool>,
    /// Whether other tools shall stop to make tokens of the user and password that are there.
    pub basic_auth_only: bool,
}

impl Changes {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.url.is_none()
            && self.services.is_empty()
            && self.login.is_none()
            && self.user.is_none()
            && self.certificate.is_none()
            && self.disable_token_refresh.is_none()
            && !self.basic_auth_only
    }

    /// Writes them. Services that lay below the old address follow the new one.
    pub(super) fn apply(&self, server: &mut Server) {
        if let Some(url) = &self.url {
            let old = server.text("url").map(str::to_owned);
            for (field, path) in SERVICES {
                let follows = match (server.text(field), &old) {
                    (None, _) => true,
                    (Some(service), Some(old)) => service == format!("{old}{path}"),
                    (Some(_), None) => false,
                };
                if follows {
                    set(server, field, &url.join(path));
                }
            }
            set(server, "url", url.as_str());
        }
        for (field, url) in &self.services {
            set(server, field, url.as_str());
        }
        if let Some(login) = &self.login {
            for field in LOGIN_FIELDS {
                server.take(field);
            }
            login.write(server);
        }
        if self.basic_auth_only {
            server.take("tokenRefreshInterval");
        }
        if let Some(user) = &self.user {
            set(server, "user", user);
        }
        if let Some(certificate) = &self.certificate {
            server.take("clientCertKeyPath");
            set(server, "clientCertPath", &certificate.certificate.to_string_lossy());
            if let Some(key) = &certificate.key {
                set(server, "clientCertKeyPath", &key.to_string_lossy());
            }
        }
        match self.disable_token_refresh {
            Some(true) => server.set("disableTokenRefresh", Value::Bool(true)),
            // What is false is not in the file.
            Some(false) => drop(server.take("disableTokenRefresh")),
            None => {}
        }
    }
}

impl Login {
    fn write(&self, server: &mut Server) {
        match self {
            Login::Token { token, user } => {
                set(server, "accessToken", token.expose_secret());
                if let Some(user) = user {
                    set(server, "user", user);
                }
            }
            Login::Password { user, password, makes_tokens } => {
                set(server, "user", user);
                set(server, "password", password.expose_secret());
                if *makes_tokens {
                    server.set("tokenRefreshInterval", REFRESH_INTERVAL.into());
                }
            }
            Login::Web { token, refresh_token } => {
                set(server, "accessToken", token.expose_secret());
                if let Some(user) = user_of(token.expose_secret()) {
                    set(server, "user", &user);
                }
                if let Some(refresh_token) = refresh_token {
                    set(server, "refreshToken", refresh_token.expose_secret());
                }
                server.set("webLogin", Value::Bool(true));
            }
            Login::None => {}
            Login::Ssh { key_path, passphrase } => {
                set(server, "sshKeyPath", key_path);
                if let Some(passphrase) = passphrase {
                    set(server, "sshPassphrase", passphrase.expose_secret());
                }
            }
        }
    }
}

fn set(server: &mut Server, field: &str, text: &str) {
    server.set(field, Value::String(text.to_owned()));
}

/// The addresses of services that flags give.
///
/// # Errors
/// If one is no address.
pub(super) fn services(flags: &ServerFlags) -> Outcome<Vec<(&'static str, PlatformUrl)>> {
    let given = [
        ("artifactoryUrl", "--artifactory-url", &flags.artifactory_url),
        ("distributionUrl", "--distribution-url", &flags.distribution_url),
        ("xrayUrl", "--xray-url", &flags.xray_url),
        ("missionControlUrl", "--mission-control-url", &flags.mission_control_url),
        ("pipelinesUrl", "--pipelines-url", &flags.pipelines_url),
    ];
    given
        .into_iter()
        .filter_map(|(field, flag, url)| Some((field, flag, url.as_deref().filter(|url| !url.is_empty())?)))
        .map(|(field, flag, url)| Ok((field, PlatformUrl::parse(flag, url)?)))
        .collect()
}

/// The client certificate that flags give.
///
/// # Errors
/// If a file is missing, or certificate and key do not belong together.
pub(super) fn certificate(
    flags: &ServerFlags,
    environment: &Environment,
) -> Outcome<Option<ClientCertificate>> {
    let given = &flags.certificate;
    let certificate =
        ClientCertificate::from_paths(given.client_cert_path.clone(), given.client_cert_key_path.clone());
    if let Some(certificate) = &certificate {
        check_file(&certificate.certificate)?;
        certificate.key.as_deref().map_or(Ok(()), check_file)?;
        tls::check_client_certificate(certificate, environment)?;
    }
    Ok(certificate)
}

/// Insists on a file that the configuration can name.
///
/// # Errors
/// If it is none, or its path is not UTF-8.
pub(super) fn check_file(path: &Path) -> Outcome<()> {
    let shown = path.display();
    if !path.is_file() {
        return Err(Failure::usage(format!("File doesn't exist at {shown}"))
            .hint("check the path; ~ is not replaced by your home folder here"));
    }
    path.to_str().map(|_| ()).ok_or_else(|| Failure::usage(format!("{shown} is not UTF-8")))
}

/// The secrets that flags give. Of the passphrase nothing but the argument knows, so that is warned about here.
///
/// # Errors
/// As [`secret_input::read`].
pub(super) fn secrets(
    flags: &ServerFlags,
    environment: &Environment,
    report: &Report,
) -> Outcome<GivenSecrets> {
    if let Some(passphrase) = flags.ssh_passphrase.as_ref().filter(|text| !text.expose_secret().is_empty()) {
        secret_input::warn_of_argument(environment, report, "an access token by --access-token-stdin");
        report.guard(passphrase);
    }
    secret_input::read(&flags.secrets, environment, report)
}

/// The one way to log in that flags give, checked; `None` if they give none.
///
/// # Errors
/// For more than one way, half of one, and for what no server would take.
pub(super) fn login(flags: &ServerFlags, secrets: &GivenSecrets, report: &Report) -> Outcome<Option<Login>> {
    let user = flags.user.as_ref().filter(|user| !user.is_empty()).map(|user| user.to_lowercase());
    let basic_auth_only = flags.basic_auth_only == Some(true);
    if basic_auth_only && secrets.access_token.is_some() {
        return Err(Failure::usage(
            "the --basic-auth-only option is only supported when username and password/API key are provided",
        )
        .hint("leave --basic-auth-only out, or give --user and --password-stdin"));
    }
    let ssh_key = flags.ssh_key_path.as_ref().filter(|path| !path.is_empty());
    let ways = [secrets.access_token.is_some(), secrets.password.is_some(), ssh_key.is_some()];
    if ways.iter().filter(|given| **given).count() > 1 {
        return Err(Failure::usage(
            "Only one authentication method is allowed: Username + Password/Reference Token, RSA Token (SSH) or \
             Access Token",
        )
        .hint("leave all but one of them out"));
    }
    if let Some(token) = &secrets.access_token {
        return token_login(token.clone(), user, report).map(Some);
    }
    if let Some(password) = &secrets.password {
        let user = user.ok_or_else(|| {
            Failure::usage("the --user flag is missing: a password needs a name").hint("add --user NAME")
        })?;
        Credential::from_password(&user, password.clone())?;
        let login = Login::Password { user, password: password.clone(), makes_tokens: !basic_auth_only };
        return Ok(Some(login));
    }
    Ok(match ssh_key {
        Some(key_path) => {
            check_file(Path::new(key_path))?;
            let passphrase = flags.ssh_passphrase.clone().filter(|text| !text.expose_secret().is_empty());
            Some(Login::Ssh { key_path: key_path.clone(), passphrase })
        }
        None => None,
    })
}

/// A log-in by token, with the user it names.
///
/// # Errors
/// If the token is an API key, or cannot be a token.
pub(super) fn token_login(token: Secret, user: Option<String>, report: &Report) -> Outcome<Login> {
    if is_api_key(token.expose_secret()) {
        let user = user.as_deref().unwrap_or("NAME");
        return Err(Failure::usage(
            "the provided Access Token is an API key and should be used as a password in username/password \
             authentication",
        )
        .hint(format!("give it with --user {user} --password-stdin")));
    }
    Credential::from_token(token.clone(), user.as_deref())?;
    let user = user.or_else(|| named_user(&token, report));
    Ok(Login::Token { token, user })
}

/// The user in the token's subject; none, with a warning, if the token is no JWT.
fn named_user(token: &Secret, report: &Report) -> Option<String> {
    let user = user_of(token.expose_secret());
    if user.is_none() {
        report.warn(
            "could not extract the user from the access token.\n\
             The provided access token is not a valid JWT, probably a reference token.\n\
             Some package managers only support basic authentication which requires also a username.\n\
             If you plan to work with one of those package managers, please provide a username.",
        );
    }
    user
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PlatformUrl {
        PlatformUrl::parse("--url", text).unwrap()
    }

    #[test]
    fn services_follow_the_platform_unless_they_have_their_own_place() {
        let mut server = Server::default();
        let own = ("xrayUrl", url("https://x"));
        Changes { url: Some(url("https://h")), services: vec![own], ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("artifactoryUrl"), Some("https://h/artifactory/"));
        Changes { url: Some(url("https://new")), ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("artifactoryUrl"), Some("https://new/artifactory/"));
        assert_eq!((server.text("url"), server.text("xrayUrl")), (Some("https://new/"), Some("https://x/")));
    }

    #[test]
    fn another_log_in_leaves_nothing_of_the_old_one() {
        let mut server = Server::default();
        for field in LOGIN_FIELDS {
            set(&mut server, field, "old");
        }
        let login = Login::Token { token: "t".into(), user: None };
        Changes { login: Some(login), ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("accessToken"), Some("t"));
        for field in LOGIN_FIELDS.iter().filter(|field| **field != "accessToken") {
            assert_eq!(server.text(field), None, "{field}");
        }
    }
}
