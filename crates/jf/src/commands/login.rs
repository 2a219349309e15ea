//! `jf login`: a log-in with the browser, kept as the default server.

use super::config_add::check_id;
use super::config_questions::Questions;
use super::refuse_surplus_with;
use super::server_changes::{Changes, Login};
use crate::addresses::Address;
use crate::cli::{self, filled};
use crate::config::{Config, ConfigFile, Server};
use crate::connection::{ClientCertificate, Connection, Needs, NeedsCredential, from_server, unknown_server};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::prompt::Prompt;
use crate::web_login;
use serde_json::Value;
use std::net::IpAddr;

const NEW: &str = "[New Server]";
const FLAGS: &str = "jf config add SERVER-ID --url URL --access-token-stdin: a log-in needs a person";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::None };

/// Where to log in.
struct Target {
    id: String,
    platform: PlatformUrl,
    connection: Connection,
}

/// Runs the command.
pub(super) fn run(flags: cli::Login, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf login [flags]")?;
    if !environment.can_ask() {
        return Err(Failure::new(
            Reason::Credentials,
            "jf login needs a person at a terminal, and CI not set",
        )
        .hint(format!("use {FLAGS}")));
    }
    let file = ConfigFile::of(environment)?;
    let config = file.load(report)?;
    let network = Network::of(&flags.transport, environment, report)?;
    let prompt = Prompt::new(environment, report);
    let questions = Questions { prompt: &prompt, old: None };
    let target = target(&flags, &config, &questions)?;
    let mut changes = Changes { url: Some(target.platform), ..Changes::default() };
    questions.check_insecure(&changes, &network)?;
    let login = if flags.legacy == Some(true) {
        questions.login_without_browser(None, report)?
    } else {
        let tokens = web_login::run(target.connection, &network)?;
        Login::Web { token: tokens.access_token, refresh_token: tokens.refresh_token }
    };
    changes.login = Some(login);
    changes.disable_token_refresh = flags.disable_token_refresh;
    file.update(report, |config| {
        match config.find_mut(&target.id) {
            Some(server) => changes.apply(server),
            None => {
                let mut server = Server::default();
                changes.apply(&mut server);
                server.set("serverId", Value::String(target.id.clone()));
                config.put(server);
            }
        }
        config.set_default(&target.id);
        Ok(true)
    })
}

fn target(flags: &cli::Login, config: &Config, questions: &Questions<'_>) -> Outcome<Target> {
    let id = filled(flags.server_id.clone());
    let url = filled(flags.url.clone()).map(|url| PlatformUrl::parse("--url", &url)).transpose()?;
    let old = match (&id, &url) {
        (Some(id), _) => config.find(id),
        (None, Some(_)) => None,
        (None, None) => chosen(config, questions)?,
    };
    match (old, id, url) {
        (Some(old), _, url) => existing(old, url, questions),
        // An id that is not configured is that of a new server only if there is none yet, or an address with it.
        (None, Some(id), None) if !config.servers.is_empty() => Err(unknown_server(config, &id)),
        (None, id, url) => new(id, url, config, questions),
    }
}

/// The configured server that the person chooses, if there are any.
fn chosen<'a>(config: &'a Config, questions: &Questions<'_>) -> Outcome<Option<&'a Server>> {
    if config.servers.is_empty() {
        return Ok(None);
    }
    let ids: Vec<&str> = [NEW].into_iter().chain(config.servers.iter().map(Server::id)).collect();
    let question = "Select whether to create a new server configuration or to web login to an existing one:";
    let number = questions.prompt.choice(question, &ids, "--server-id, or --url for a new one")?;
    Ok(number.checked_sub(1).and_then(|index| config.servers.get(index)))
}

fn existing(old: &Server, url: Option<PlatformUrl>, questions: &Questions<'_>) -> Outcome<Target> {
    let id = old.id().to_owned();
    let is_ssh = old.text("url").is_some_and(|url| url.to_ascii_lowercase().starts_with("ssh://"));
    if is_ssh && url.is_none() {
        return Err(Failure::usage(
            "web login cannot be performed via SSH. Please try again with different server configuration or \
             configure a new one",
        )
        .hint("give --url with the platform's https:// address"));
    }
    let is_same = url.as_ref().is_none_or(|url| old.text("url").is_some_and(|old| old == url.as_str()));
    if is_same && old.text("url").is_some() {
        let connection = from_server(old, NEEDS)?;
        return Ok(Target { id, platform: connection.platform.clone(), connection });
    }
    let platform = match url {
        Some(url) => url,
        None => questions.platform_url(None)?,
    };
    let connection = Connection::as_nobody(&platform, ClientCertificate::of(old))?;
    Ok(Target { id, platform, connection })
}

fn new(
    id: Option<String>,
    url: Option<PlatformUrl>,
    config: &Config,
    questions: &Questions<'_>,
) -> Outcome<Target> {
    let platform = match url {
        Some(url) => url,
        None => address(questions)?,
    };
    let id = match id {
        Some(id) => id,
        None => free_id(&platform, config, questions)?,
    };
    check_id(&id)?;
    if let Some(old) = config.find(&id) {
        return existing(old, Some(platform), questions);
    }
    let connection = Connection::as_nobody(&platform, None)?;
    Ok(Target { id, platform, connection })
}

fn address(questions: &Questions<'_>) -> Outcome<PlatformUrl> {
    loop {
        let answer = questions.prompt.text("Enter your JFrog Platform URL: ", "--url")?;
        if !answer.is_empty() {
            return PlatformUrl::parse("JFrog Platform URL", &answer);
        }
        questions.prompt.say("The JFrog Platform URL cannot be empty. Please try again.");
    }
}

/// The first part of the host's name; if it is taken by another server, the person is asked for another.
fn free_id(platform: &PlatformUrl, config: &Config, questions: &Questions<'_>) -> Outcome<String> {
    let host = platform.host().trim_matches(['[', ']']);
    let mut id = match host.split('.').next() {
        Some(label) if host.parse::<IpAddr>().is_err() && !label.is_empty() => label.to_owned(),
        _ => "default-server".to_owned(),
    };
    while let Some(taken) = config.find(&id) {
        if taken.text("url") == Some(platform.as_str()) {
            return Ok(id);
        }
        let question = format!("Server ID '{id}' is that of another server. Enter another: ");
        let answer = questions.prompt.text(&question, "--server-id")?;
        if !answer.is_empty() {
            id = answer;
        }
    }
    Ok(id)
}
