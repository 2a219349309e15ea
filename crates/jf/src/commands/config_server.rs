//! What the flags of `config add` and `config edit` say of a server: addresses, one way to log in, certificates.

use super::server_changes::Login;
use crate::cli::{ServerFlags, filled, filled_path};
use crate::config::Server;
use crate::connection::ClientCertificate;
use crate::credential::{Credential, is_api_key, user_of};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::tls;
use crate::output::report::Report;
use crate::output::terminal::shell_word;
use crate::platform_url::PlatformUrl;
use crate::secret_input::{self, GivenSecrets};
use access_types::Secret;
use secrecy::ExposeSecret as _;
use std::path::{Path, PathBuf};

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

/// The name that flags give, as a platform keeps it: in lower case.
pub(super) fn user(flags: &ServerFlags) -> Option<String> {
    filled(flags.user.clone()).map(|user| user.to_lowercase())
}

/// The client certificate that flags give. A key alone is that of the certificate which `old` has, the server that
/// is to be changed.
///
/// # Errors
/// If there is a key without a certificate, a file is missing, or certificate and key do not belong together.
pub(super) fn certificate(
    flags: &ServerFlags,
    old: Option<&Server>,
    environment: &Environment,
) -> Outcome<Option<ClientCertificate>> {
    let key = filled_path(flags.certificate.client_cert_key_path.clone());
    let given = filled_path(flags.certificate.client_cert_path.clone()).or_else(|| {
        key.as_ref()?;
        old?.text("clientCertPath").map(PathBuf::from)
    });
    if given.is_none() && key.is_some() {
        return Err(Failure::usage(
            "--client-cert-key-path is given, but there is no certificate that it is of",
        )
        .hint("add --client-cert-path FILE"));
    }
    let certificate = ClientCertificate::from_paths(given, key);
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
    if let Some(passphrase) = &given_passphrase(flags) {
        secret_input::warn_of_argument(environment, report, "an access token by --access-token-stdin");
        report.guard(passphrase);
    }
    secret_input::read(&flags.secrets, environment, report)
}

/// The passphrase that flags give for a key that stays: the one that `old` has, the server that is to be changed.
///
/// # Errors
/// If there is no such key, or another way to log in comes in its place.
pub(super) fn passphrase(
    flags: &ServerFlags,
    login: Option<&Login>,
    old: Option<&Server>,
) -> Outcome<Option<Secret>> {
    let given = given_passphrase(flags);
    match login {
        // It stands in the log-in already.
        Some(Login::Ssh { .. }) => Ok(None),
        None if old.is_some_and(|server| server.text("sshKeyPath").is_some()) => Ok(given),
        _ if given.is_none() => Ok(None),
        _ => Err(Failure::usage("--ssh-passphrase is given, but there is no SSH key that it is of")
            .hint("add --ssh-key-path FILE")),
    }
}

/// The one way to log in that flags give, checked; `None` if they give none. What is missing is taken from `old`,
/// the server that is to be changed: a password without a name is its user's, and so is a token that names none.
///
/// # Errors
/// For more than one way, half of one, and for what no server would take.
pub(super) fn login(
    flags: &ServerFlags,
    secrets: &GivenSecrets,
    old: Option<&Server>,
    report: &Report,
) -> Outcome<Option<Login>> {
    let old_user = old.and_then(|server| server.text("user"));
    let user = user(flags);
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
        return token_login(token.clone(), user, old_user, report).map(Some);
    }
    if let Some(password) = &secrets.password {
        let user = user.or_else(|| old_user.map(str::to_owned)).ok_or_else(|| {
            Failure::usage("the --user flag is missing: a password needs a name").hint("add --user NAME")
        })?;
        Credential::from_password(&user, password.clone())?;
        let login = Login::Password { user, password: password.clone(), makes_tokens: !basic_auth_only };
        return Ok(Some(login));
    }
    Ok(match ssh_key {
        Some(key_path) => {
            check_file(Path::new(key_path))?;
            Some(Login::Ssh { key_path: key_path.clone(), passphrase: given_passphrase(flags) })
        }
        None => None,
    })
}

fn given_passphrase(flags: &ServerFlags) -> Option<Secret> {
    flags.ssh_passphrase.as_ref().and_then(secret_input::filled)
}

/// A log-in by token: of `user`, else of the user it names, else of the one who was there before.
///
/// # Errors
/// If the token is an API key, or cannot be a token.
pub(super) fn token_login(
    token: Secret,
    user: Option<String>,
    old_user: Option<&str>,
    report: &Report,
) -> Outcome<Login> {
    if is_api_key(token.expose_secret()) {
        let user = shell_word(user.as_deref().unwrap_or("NAME"));
        return Err(Failure::usage(
            "the provided Access Token is an API key and should be used as a password in username/password \
             authentication",
        )
        .hint(format!("give it with --user {user} --password-stdin")));
    }
    Credential::from_token(token.clone(), user.as_deref())?;
    let user = user.or_else(|| user_of(token.expose_secret())).or_else(|| old_user.map(str::to_owned));
    if user.is_none() {
        report.warn(
            "could not extract the user from the access token.\n\
             The provided access token is not a valid JWT, probably a reference token.\n\
             Some package managers only support basic authentication which requires also a username.\n\
             If you plan to work with one of those package managers, please provide a username.",
        );
    }
    Ok(Login::Token { token, user })
}
