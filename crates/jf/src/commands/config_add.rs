//! `jf config add`: keeps a server's address and the way to log in there, from flags, an OIDC exchange or answers.

use super::config_questions::Questions;
use super::config_server::{certificate, login, passphrase, secrets, services, token_login, user};
use super::server_changes::{Changes, Login};
use super::{encrypted_password, refuse_surplus};
use crate::cli::{ConfigAdd, ServerFlags, filled};
use crate::config::{Config, ConfigFile, Server};
use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::oidc::{self, Exchange};
use crate::output::report::Report;
use crate::platform_url::{PlatformUrl, without_user_info};
use crate::prompt::Prompt;
use crate::session::{Session, no_token};
use serde_json::Value;

const USAGE: &str = "jf config add [SERVER-ID] --url URL --access-token-stdin";
const RESERVED: [&str; 4] = ["delete", "use", "show", "clear"];
const DEFAULT_ID: &str = "Default-Server";

/// Runs the command.
pub(super) fn run(flags: ConfigAdd, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    oidc::provider_type(flags.oidc.oidc_provider_type.as_deref(), environment)?;
    let prompt = Prompt::new(environment, report).unless_refused(flags.server.interactive);
    let is_interactive = is_interactive(&flags.server, environment);
    let questions = Questions { prompt: &prompt, old: None };
    let id = server_id(&flags, environment, &questions)?;
    let file = ConfigFile::of(environment)?;
    let may_replace = may_replace(&file.load(report)?, &id, &flags, &questions)?;
    let network = Network::of(&flags.server.transport, environment, report)?;
    let server = server(&id, &flags, is_interactive, &questions, &network, environment)?;
    file.update(report, |config| {
        if config.find(&id).is_some() && !may_replace {
            return Err(taken(&id));
        }
        config.put(server.clone());
        Ok(true)
    })
}

/// Whether what is missing is asked for: the default, unless `CI` is set.
fn is_interactive(flags: &ServerFlags, environment: &Environment) -> bool {
    flags.interactive.unwrap_or_else(|| !environment.is_ci())
}

fn server_id(flags: &ConfigAdd, environment: &Environment, questions: &Questions<'_>) -> Outcome<String> {
    let given = filled(flags.server_id.clone()).or_else(|| environment.text("JFROG_CLI_SERVER_ID"));
    let id = match given {
        Some(id) => id,
        None => questions
            .ask(&format!("Enter a unique server identifier [{DEFAULT_ID}]: "), "SERVER-ID")?
            .unwrap_or_else(|| DEFAULT_ID.to_owned()),
    };
    check_id(&id)?;
    Ok(id)
}

/// Refuses ids that other commands would take for something else.
///
/// # Errors
/// A usage failure.
pub(super) fn check_id(id: &str) -> Outcome<()> {
    if RESERVED.contains(&id) {
        return Err(Failure::usage(format!(
            "server can't have one of the following IDs: {}",
            RESERVED.join(", ")
        ))
        .hint("choose another id"));
    }
    if id.contains(char::is_control) {
        return Err(Failure::usage("SERVER-ID: must not contain control characters"));
    }
    Ok(())
}

/// Whether a server of this id is replaced. Who named no server is told which one it would be.
fn may_replace(config: &Config, id: &str, flags: &ConfigAdd, questions: &Questions<'_>) -> Outcome<bool> {
    let Some(server) = config.find(id) else { return Ok(false) };
    if flags.overwrite == Some(true) {
        return Ok(true);
    }
    if flags.server_id.is_none() && questions.prompt.why_silent().is_none() {
        return replace_or_refuse(server, questions.prompt);
    }
    Err(taken(id))
}

/// Asks whether to replace a server; no is a failure, since nothing is done then.
///
/// # Errors
/// If nobody can be asked, or the answer is no.
pub(super) fn replace_or_refuse(server: &Server, prompt: &Prompt<'_>) -> Outcome<bool> {
    let id = server.id();
    let url = server
        .text("url")
        .or_else(|| server.text("artifactoryUrl"))
        .map_or_else(|| "no address".to_owned(), without_user_info);
    let question = format!("Server ID '{id}' already exists ({url}). Replace it?");
    if prompt.agrees(&question, "--overwrite")? { Ok(true) } else { Err(taken(id)) }
}

/// The failure for an id that is in use.
pub(super) fn taken(id: &str) -> Failure {
    Failure::new(Reason::Conflict, format!("Server ID '{id}' already exists."))
        .hint("choose another id, or add --overwrite to replace it")
}

fn server(
    id: &str,
    flags: &ConfigAdd,
    is_interactive: bool,
    questions: &Questions<'_>,
    network: &Network<'_>,
    environment: &Environment,
) -> Outcome<Server> {
    let report = network.report();
    let given = &flags.server;
    let secrets = secrets(given, environment, report)?;
    let services = services(given)?;
    let url = match filled(given.url.clone()) {
        Some(url) => Some(PlatformUrl::parse("--url", &url)?),
        // An Artifactory alone, without a platform around it.
        None if !services.is_empty() => None,
        None => Some(questions.platform_url(None)?),
    };
    let mut changes = Changes {
        url,
        services,
        certificate: certificate(given, None, environment)?,
        disable_token_refresh: given.disable_token_refresh,
        user: user(given),
        ..Changes::default()
    };
    let login = login(given, &secrets, None, report)?;
    passphrase(given, login.as_ref(), None)?;
    if given.legacy == Some(true) {
        questions.services(&mut changes)?;
    }
    questions.check_insecure(&changes, network)?;
    changes.login = match (filled(flags.oidc.oidc_provider_name.clone()), login) {
        (Some(_), Some(_)) => return Err(two_ways()),
        (Some(provider), None) => Some(exchanged(provider, flags, &changes, network, environment)?),
        (None, Some(login)) => Some(login),
        (None, None) if changes.certificate.is_some() => None,
        (None, None) => missing_login(&mut changes, is_interactive, questions, network)?,
    };
    encrypted_password::replace(&mut changes, given.enc_password, network)?;
    let mut server = Server::default();
    changes.apply(&mut server);
    server.set("serverId", Value::String(id.to_owned()));
    Ok(server)
}

/// Without any way to log in the server can be kept, for commands that bring their own; a person is asked.
fn missing_login(
    changes: &mut Changes,
    is_interactive: bool,
    questions: &Questions<'_>,
    network: &Network<'_>,
) -> Outcome<Option<Login>> {
    if is_interactive {
        return questions.login(changes, network).map(Some);
    }
    network.report().warn(
        "no credentials were given: the server is kept without any; add them by `jf config edit`, or give them \
         with each command",
    );
    Ok(None)
}

fn two_ways() -> Failure {
    Failure::usage("an OIDC provider and other credentials are given").hint("leave one of them out")
}

fn exchanged(
    provider: String,
    flags: &ConfigAdd,
    changes: &Changes,
    network: &Network<'_>,
    environment: &Environment,
) -> Outcome<Login> {
    let platform = changes.url.as_ref().ok_or_else(|| {
        Failure::usage("the --url flag must be provided when --oidc-provider is used").hint(USAGE)
    })?;
    let report = network.report();
    let exchange = Exchange::of(provider, None, &flags.oidc, environment, report)?;
    let mut session = Session::on(Connection::as_nobody(platform, changes.certificate.clone())?, network);
    let token = exchange.run(&mut session, environment)?;
    let access_token = token.access_token().ok_or_else(|| no_token(b"{}", &session.connection))?;
    report.mask_new(&access_token);
    token_login(access_token, token.username().map(str::to_lowercase), None, report)
}
