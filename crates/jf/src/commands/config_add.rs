//! `jf config add`: keeps a server's address and credentials, from flags only.

use super::{filled, refuse_surplus};
use crate::cli::ConfigAdd;
use crate::config::{Config, ConfigFile, Server};
use crate::connection::ClientCertificate;
use crate::credential::{Credential, is_api_key};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::secret_input::{self, GivenSecrets};
use access_types::{Secret, Subject, jwt};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::path::Path;

const USAGE: &str = "jf config add [SERVER-ID] --url URL --access-token-stdin";
const RESERVED: [&str; 4] = ["delete", "use", "show", "clear"];
/// Minutes between renewals of the tokens that other tools make from user and password.
const REFRESH_INTERVAL: i64 = 60;

/// Runs the command.
pub(super) fn run(flags: ConfigAdd, environment: &Environment, report: &Report) -> Outcome<()> {
    let id = server_id(&flags, environment)?;
    if flags.interactive == Some(true) {
        return Err(Failure::usage("--interactive: this command asks nothing; give everything by flags")
            .hint(format!("usage: {USAGE}")));
    }
    let url = PlatformUrl::parse(
        "--url",
        flags
            .url
            .as_deref()
            .filter(|url| !url.is_empty())
            .ok_or_else(|| Failure::usage("the --url flag is missing").hint(format!("usage: {USAGE}")))?,
    )?;
    let overwrite = flags.overwrite == Some(true);
    let file = ConfigFile::of(environment)?;
    refuse_taken(&file.load(report)?, &id, overwrite)?;
    let secrets = secret_input::read(&flags.secrets, environment, report)?;
    url.warnings().iter().for_each(|warning| report.warn(warning));
    let server = server(&id, &url, flags, &secrets, report)?;
    file.update(report, |config| {
        refuse_taken(config, &id, overwrite)?;
        put(config, server.clone());
        Ok(true)
    })
}

fn server_id(flags: &ConfigAdd, environment: &Environment) -> Outcome<String> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let id = filled(flags.server_id.clone())
        .or_else(|| environment.text("JFROG_CLI_SERVER_ID"))
        .unwrap_or_else(|| "Default-Server".to_owned());
    if RESERVED.contains(&id.as_str()) {
        return Err(Failure::usage(format!(
            "server can't have one of the following IDs: {}",
            RESERVED.join(", ")
        )));
    }
    if id.contains(char::is_control) {
        return Err(Failure::usage("SERVER-ID: must not contain control characters"));
    }
    Ok(id)
}

fn refuse_taken(config: &Config, id: &str, overwrite: bool) -> Outcome<()> {
    if config.find(id).is_some() && !overwrite {
        return Err(Failure::new(Reason::Conflict, format!("Server ID '{id}' already exists."))
            .hint("choose another id, or add --overwrite to replace it"));
    }
    Ok(())
}

fn server(
    id: &str,
    url: &PlatformUrl,
    flags: ConfigAdd,
    secrets: &GivenSecrets,
    report: &Report,
) -> Outcome<Server> {
    let certificate = ClientCertificate::from_paths(
        flags.certificate.client_cert_path,
        flags.certificate.client_cert_key_path,
    );
    let mut user = filled(flags.user).map(|user| user.to_lowercase());
    check_credentials(user.as_deref(), secrets, certificate.is_some())?;
    if let (Some(token), None) = (&secrets.access_token, &user) {
        user = user_of_token(token, report)?;
    }
    let mut server = Server::default();
    let mut set = |field: &str, text: Option<&str>| {
        if let Some(text) = text {
            server.set(field, Value::String(text.to_owned()));
        }
    };
    set("url", Some(url.as_str()));
    for (field, flag, given, path) in [
        ("artifactoryUrl", "--artifactory-url", flags.artifactory_url, "artifactory/"),
        ("distributionUrl", "--distribution-url", flags.distribution_url, "distribution/"),
        ("xrayUrl", "--xray-url", flags.xray_url, "xray/"),
        ("missionControlUrl", "--mission-control-url", flags.mission_control_url, "mc/"),
        ("pipelinesUrl", "--pipelines-url", flags.pipelines_url, "pipelines/"),
    ] {
        let service = match filled(given) {
            Some(given) => PlatformUrl::parse(flag, &given)?.as_str().to_owned(),
            None => url.join(path),
        };
        set(field, Some(&service));
    }
    set("user", user.as_deref());
    set("password", secrets.password.as_ref().map(|secret| secret.expose_secret()));
    set("accessToken", secrets.access_token.as_ref().map(|secret| secret.expose_secret()));
    if let Some(certificate) = certificate {
        set("clientCertPath", Some(&existing(&certificate.certificate)?));
        set("clientCertKeyPath", certificate.key.as_deref().map(existing).transpose()?.as_deref());
    }
    set("serverId", Some(id));
    if user.is_some() && secrets.password.is_some() && flags.basic_auth_only != Some(true) {
        server.set("tokenRefreshInterval", REFRESH_INTERVAL.into());
    }
    Ok(server)
}

/// One way to log in, whole.
fn check_credentials(user: Option<&str>, secrets: &GivenSecrets, has_certificate: bool) -> Outcome<()> {
    match (&secrets.access_token, user, &secrets.password) {
        (Some(_), _, Some(_)) => Err(Failure::usage(
            "Only one authentication method is allowed: Username + Password/Reference Token, RSA \
                Token (SSH) or Access Token",
        )),
        (Some(token), user, None) if is_api_key(token.expose_secret()) => {
            let user = user.unwrap_or("NAME");
            Err(Failure::usage(
                "the provided Access Token is an API key and should be used as a \
                password in username/password authentication",
            )
            .hint(format!("give it with --user {user} --password-stdin")))
        }
        (Some(token), user, None) => Credential::from_token(token.clone(), user).map(|_| ()),
        (None, Some(user), Some(password)) => Credential::from_password(user, password.clone()).map(|_| ()),
        (None, None, Some(_)) => Err(Failure::usage("the --user flag is missing: a password needs a name")),
        (None, Some(_), None) if !has_certificate => {
            Err(Failure::usage("the --password-stdin flag (or --access-token-stdin) is missing")
                .hint(format!("usage: {USAGE}")))
        }
        (None, _, None) if has_certificate => Ok(()),
        (None, _, None) => Err(Failure::usage(
            "credentials are missing: give --access-token-stdin, or --user and --password-stdin",
        )
        .hint(format!("usage: {USAGE}"))),
    }
}

/// The user in the token's subject; none, with a warning, if the token is no JWT.
fn user_of_token(token: &Secret, report: &Report) -> Outcome<Option<String>> {
    let why = match jwt::decode_unverified(token.expose_secret()) {
        Ok(jwt) => match jwt.claims.get("sub").and_then(Value::as_str).map(Subject::display_name) {
            Some(user) if !user.is_empty() => return Ok(Some(user.to_lowercase())),
            _ => "it names no user".to_owned(),
        },
        Err(error) => error.to_string(),
    };
    report.warn(&format!(
        "could not extract the user from the access token: {why}.\n\
         The provided access token is not a valid JWT, probably a reference token.\n\
         Some package managers only support basic authentication which requires also a username.\n\
         If you plan to work with one of those package managers, please provide a username."
    ));
    Ok(None)
}

fn existing(path: &Path) -> Outcome<String> {
    let shown = path.display();
    if !path.is_file() {
        return Err(Failure::usage(format!("File doesn't exist at {shown}")));
    }
    path.to_str().map(str::to_owned).ok_or_else(|| Failure::usage(format!("{shown} is not UTF-8")))
}

/// Puts the server in at the end, in place of one of the same id. The only server is the default.
fn put(config: &mut Config, server: Server) {
    let id = server.id().to_owned();
    let was_default = config.find(&id).is_some_and(Server::is_default);
    config.servers.retain(|other| other.id() != id);
    config.servers.push(server);
    if was_default || config.servers.len() == 1 {
        config.set_default(&id);
    }
}
