//! `jf access-token-create`: checks everything that can be checked, asks for one token, prints it once.

use super::{filled, refuse_surplus};
use crate::cli::{AccessTokenCreate, ConnectionFlags};
use crate::config::ConfigFile;
use crate::connection::{self, ClientCertificate, Connection, GivenConnection};
use crate::credential::Credential;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Client, Transport};
use crate::output::destination::{Destination, NotWritten};
use crate::output::format::{CreatedToken, Format};
use crate::output::report::Report;
use crate::{expiry, scope, secret_input};
use access_types::limits::{self, FieldError};
use access_types::{Secret, TokenRequest};
use secrecy::ExposeSecret as _;
use std::time::Duration;

const USAGE: &str = "jf atc [USERNAME] [flags]";

/// What was asked for, checked; only who asks where is still open.
struct Asked {
    request: TokenRequest,
    /// The name given as an argument: empty for none, absent for the user of the credentials.
    username: Option<String>,
    format: Format,
}

/// Runs the command.
pub(super) fn run(flags: AccessTokenCreate, environment: &Environment, report: &Report) -> Outcome<()> {
    let asked = check(&flags)?;
    let transport = Transport {
        timeout: Duration::from_secs(flags.connection.timeout),
        insecure_tls: flags.connection.insecure_tls == Some(true),
        ca_cert: flags.connection.ca_cert.clone(),
    };
    let connection = connect(flags.connection, environment, report)?;
    let request = with_username(asked.request, asked.username, &connection)?;
    let client = Client::new(&connection, &transport, environment, report)?;
    let destination = Destination::check(flags.output.as_deref())?;
    connection.platform.warnings().iter().for_each(|warning| report.warn(warning));

    let url = connection.access.join("api/v1/tokens");
    let body = client.post(&url, &request.to_json())?;
    let token = CreatedToken::from_json(&body).ok_or_else(|| no_token(&body, &connection))?;
    let wants_reference = request.include_reference_token == Some(true);
    if wants_reference && !token.has_reference() {
        report.warn(
            "no reference token came with the token: the platform is older than 7.38.10 or has them off",
        );
    }
    let text = token.print(asked.format, connection.platform.as_str(), wants_reference);
    destination.write(&text).map_err(|problem| not_written(&token, &problem))
}

/// Everything that needs neither a server nor the configuration.
fn check(flags: &AccessTokenCreate) -> Outcome<Asked> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let scope = scope::requested(flags.scope.as_deref(), flags.groups.as_deref(), flags.grant_admin)?;
    let expires_in = flags.expiry.as_deref().map(expiry::parse).transpose()?;
    let description = filled(flags.description.clone());
    if let Some(text) = &description {
        limits::check_text("description", text, limits::DESCRIPTION)
            .map_err(|error| named("--description", &error))?;
    }
    let audience = filled(flags.audience.clone());
    if let Some(text) = &audience {
        limits::check_text("audience", text, limits::AUDIENCE)
            .map_err(|error| named("--audience", &error))?;
        if text.trim().is_empty() {
            return Err(
                Failure::usage("--audience: names no service").hint("for example --audience \"jfrt@*\"")
            );
        }
    }
    let project_key = filled(flags.project.clone());
    if let Some(key) = &project_key {
        limits::check_project_key(key).map_err(|error| named("--project", &error))?;
    }
    if let Some(name) = &flags.username {
        check_username("username", name)?;
    }
    Ok(Asked {
        request: TokenRequest {
            scope,
            expires_in,
            refreshable: Some(flags.refreshable == Some(true)),
            include_reference_token: Some(flags.reference == Some(true)),
            audience,
            project_key,
            description,
            ..TokenRequest::default()
        },
        username: flags.username.clone(),
        format: flags.format.unwrap_or_default(),
    })
}

fn named(flag: &str, error: &FieldError) -> Failure {
    Failure::usage(format!("{flag}: {}", error.problem))
}

fn check_username(field: &str, name: &str) -> Outcome<()> {
    limits::check_text("username", name, limits::USERNAME).map_err(|error| named(field, &error))
}

fn connect(flags: ConnectionFlags, environment: &Environment, report: &Report) -> Outcome<Connection> {
    if let Some(user) = &flags.user {
        check_username("--user", user)?;
    }
    let secrets = secret_input::read(&flags.secrets, environment, report)?;
    let is_filled = |secret: &Secret| !secret.expose_secret().is_empty();
    let has_certificate_key =
        flags.certificate.client_cert_key_path.as_ref().is_some_and(|path| !path.as_os_str().is_empty());
    let given = GivenConnection {
        url: filled(flags.url),
        user: filled(flags.user),
        secrets,
        server_id: filled(flags.server_id),
        certificate: ClientCertificate::from_paths(
            flags.certificate.client_cert_path,
            flags.certificate.client_cert_key_path,
        ),
        other: filled(flags.ssh_key_path).is_some()
            || flags.ssh_passphrase.as_ref().is_some_and(is_filled)
            || has_certificate_key,
    };
    let connection = connection::choose(given, environment, || ConfigFile::of(environment)?.load(report))?;
    if let Some(id) = &connection.server_id {
        report.debug(&format!("Using <{id}> server-id configuration"));
    }
    if matches!(connection.credential, Credential::ApiKey { .. }) {
        report.warn(
            "The provided Access Token is an API key and will be used as a password in username/password \
             authentication.\nTo avoid this message in the future please use it as a password.",
        );
    }
    Ok(connection)
}

/// The name as the existing tool sends it: in lower case, and the credentials' own if none is given.
fn with_username(
    request: TokenRequest,
    given: Option<String>,
    connection: &Connection,
) -> Outcome<TokenRequest> {
    let username = match given {
        Some(name) => Some(name),
        None => {
            connection.user.clone().map(|user| check_username("user", &user).map(|()| user)).transpose()?
        }
    };
    Ok(TokenRequest { username: filled(username.map(|name| name.to_lowercase())), ..request })
}

fn no_token(body: &[u8], connection: &Connection) -> Failure {
    let platform = &connection.platform;
    let message = if serde_json::from_slice::<serde_json::Value>(body).is_ok() {
        format!("the server answered 200, but without a token: is {platform} a JFrog platform?")
    } else {
        format!("the server answered 200, but not with JSON: is {platform} a JFrog platform?")
    };
    Failure::new(Reason::Server, message).hint("check the address given with --url, JF_URL or `jf config`")
}

fn not_written(token: &CreatedToken, problem: &NotWritten) -> Failure {
    let created = format!("the token was created (token_id {})", token.id().unwrap_or("not known"));
    match problem {
        NotWritten::Lost(why) => {
            Failure::new(Reason::Failed, format!("{created}, but could not be written: {why}"))
                .hint("its text is lost: revoke the token by its id and create another")
        }
        NotWritten::Elsewhere { file, why } => {
            let file = file.display();
            Failure::new(Reason::Failed, format!("{created}, but is in {file} instead of --output: {why}"))
                .hint(format!("move {file} to where it should be, or revoke the token by its id"))
        }
    }
}
