//! `jf config edit`: changes what flags or answers give, and leaves the rest of a server as it is.

use super::config_add::{check_id, is_interactive};
use super::config_questions::Questions;
use super::config_server::{Changes, Login, certificate, login, secrets, services};
use super::{encrypted_password, filled, refuse_surplus, wrong_number};
use crate::cli::ConfigEdit;
use crate::config::{Config, ConfigFile, Server};
use crate::connection::unknown_server;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::prompt::Prompt;

const USAGE: &str = "jf config edit SERVER-ID [flags]";

/// Runs the command.
pub(super) fn run(flags: ConfigEdit, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let id = filled(flags.server_id.clone()).ok_or_else(|| wrong_number(0, USAGE))?;
    check_id(&id)?;
    let file = ConfigFile::of(environment)?;
    let config = file.load(report)?;
    let old = config.find(&id).ok_or_else(|| missing(&config, &id))?;
    let network = Network::of(&flags.server.transport, environment, report)?;
    let mut changes = given(&flags, old, environment, report)?;
    let prompt = Prompt::new(environment, report);
    let is_asked = is_interactive(&flags.server, environment) && environment.can_ask();
    let questions = Questions { prompt: &prompt, is_asked };
    if changes.is_empty() || flags.server.interactive == Some(true) {
        ask(&mut changes, old, &questions, &network)?;
    }
    questions.check_insecure(&changes, &network)?;
    warn_of_move(&changes, old, report);
    encrypt_password(&mut changes, old, flags.server.enc_password, &network)?;
    file.update(report, |config| match config.find_mut(&id) {
        Some(server) => {
            let before = server.clone();
            changes.apply(server);
            Ok(*server != before)
        }
        None => Err(missing(config, &id)),
    })
}

fn missing(config: &Config, id: &str) -> Failure {
    Failure { message: format!("Server ID '{id}' doesn't exist."), ..unknown_server(config, id) }
}

/// What flags give. A new password without a name is that of the user who is there.
fn given(flags: &ConfigEdit, old: &Server, environment: &Environment, report: &Report) -> Outcome<Changes> {
    let flags = &flags.server;
    let secrets = secrets(flags, environment, report)?;
    let user = filled(flags.user.clone()).map(|user| user.to_lowercase());
    let old_user = old.text("user").filter(|_| user.is_none() && secrets.password.is_some());
    let login = match (old_user, &secrets.password) {
        (Some(user), Some(password)) if secrets.access_token.is_none() => Some(Login::Password {
            user: user.to_owned(),
            password: password.clone(),
            makes_tokens: flags.basic_auth_only != Some(true),
        }),
        _ => login(flags, &secrets, report)?,
    };
    let url = filled(flags.url.clone()).map(|url| PlatformUrl::parse("--url", &url)).transpose()?;
    Ok(Changes {
        url,
        services: services(flags)?,
        login,
        user,
        certificate: certificate(flags, environment)?,
        disable_token_refresh: flags.disable_token_refresh,
        basic_auth_only: flags.basic_auth_only == Some(true),
    })
}

/// The address first, then whether to log in anew. Empty answers leave what is there.
fn ask(changes: &mut Changes, old: &Server, questions: &Questions<'_>, network: &Network<'_>) -> Outcome<()> {
    if !questions.is_asked {
        return Err(Failure::new(
            Reason::Credentials,
            "nothing to change was given, and nobody can be asked here",
        )
        .hint(format!("give what shall change, such as --url or --access-token-stdin: {USAGE}")));
    }
    if changes.url.is_none() {
        let url = questions.platform_url(old.text("url"))?;
        changes.url = Some(url).filter(|url| old.text("url") != Some(url.as_str()));
    }
    if changes.login.is_none() && questions.prompt.agrees("Log in anew?", "--access-token-stdin")? {
        let url = changes.url.clone();
        if changes.url.is_none() {
            changes.url = old.text("url").map(|url| PlatformUrl::parse("url", url)).transpose()?;
        }
        changes.login = Some(questions.login(changes, network)?);
        changes.url = url;
    }
    Ok(())
}

/// The credentials that stay belong to the address that was.
fn warn_of_move(changes: &Changes, old: &Server, report: &Report) {
    let Some(url) = &changes.url else { return };
    let moves = old.text("url").is_some_and(|old| !url.is_origin_of(old));
    let keeps =
        changes.login.is_none() && (old.text("accessToken").is_some() || old.text("password").is_some());
    if moves && keeps {
        report.warn(&format!("the credentials of server '{}' stay and will be sent to {url}", old.id()));
    }
}

/// The password is encrypted by the Artifactory that the server has after the change.
fn encrypt_password(
    changes: &mut Changes,
    old: &Server,
    wanted: Option<bool>,
    network: &Network<'_>,
) -> Outcome<()> {
    if !matches!(changes.login, Some(Login::Password { .. })) {
        return Ok(());
    }
    let mut after = old.clone();
    changes.apply(&mut after);
    let address = |field: &str| after.text(field).map(|url| PlatformUrl::parse(field, url)).transpose();
    let url = address("url")?;
    let services = address("artifactoryUrl")?.map(|url| ("artifactoryUrl", url)).into_iter().collect();
    let mut asked = Changes { url, services, login: changes.login.take(), ..Changes::default() };
    encrypted_password::replace(&mut asked, wanted, network)?;
    changes.login = asked.login;
    Ok(())
}
