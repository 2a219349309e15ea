//! `jf config edit`: changes what flags or answers give, and leaves the rest of a server as it is.

use super::config_add::check_id;
use super::config_questions::Questions;
use super::config_server::{certificate, login, passphrase, secrets, services, user};
use super::server_changes::{Changes, Login};
use super::{encrypted_password, refuse_surplus, wrong_number};
use crate::cli::{ConfigEdit, filled};
use crate::config::{Config, ConfigFile, Server};
use crate::connection::{ClientCertificate, unknown_server};
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
    let prompt = Prompt::new(environment, report).unless_refused(flags.server.interactive);
    let questions = Questions { prompt: &prompt, old: Some(old) };
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

/// What flags give; the halves that they leave out are those of the server that is there.
fn given(flags: &ConfigEdit, old: &Server, environment: &Environment, report: &Report) -> Outcome<Changes> {
    let flags = &flags.server;
    let secrets = secrets(flags, environment, report)?;
    let login = login(flags, &secrets, Some(old), report)?;
    let url = filled(flags.url.clone()).map(|url| PlatformUrl::parse("--url", &url)).transpose()?;
    Ok(Changes {
        url,
        services: services(flags)?,
        passphrase: passphrase(flags, login.as_ref(), Some(old))?,
        login,
        user: user(flags),
        certificate: certificate(flags, Some(old), environment)?,
        disable_token_refresh: flags.disable_token_refresh,
        basic_auth_only: flags.basic_auth_only == Some(true),
    })
}

/// The address first, then whether to log in anew. Empty answers leave what is there.
fn ask(changes: &mut Changes, old: &Server, questions: &Questions<'_>, network: &Network<'_>) -> Outcome<()> {
    if let Some(why) = questions.prompt.why_silent() {
        return Err(Failure::new(
            Reason::Credentials,
            format!("nothing to change was given, and nobody can be asked here ({why})"),
        )
        .hint(format!("give what shall change, such as --url or --access-token-stdin: {USAGE}")));
    }
    if changes.url.is_none() {
        let url = questions.platform_url(old.text("url"))?;
        changes.url = Some(url).filter(|url| old.text("url") != Some(url.as_str()));
    }
    if changes.login.is_none() && questions.prompt.agrees("Log in anew?", "--access-token-stdin")? {
        changes.login = Some(questions.login(changes, network)?);
    }
    Ok(())
}

/// Credentials belong to the addresses that they were given for. Each address is named that moves to another origin
/// under credentials that stay, or that stays at another origin than the new address of new ones; but not those below
/// one that was named.
fn warn_of_move(changes: &Changes, old: &Server, report: &Report) {
    let mut after = old.clone();
    changes.apply(&mut after);
    let has_credentials =
        ["accessToken", "password", "refreshToken", "artifactoryRefreshToken"].map(|field| after.text(field));
    if has_credentials.iter().all(Option::is_none) {
        return;
    }
    let mut named: Vec<PlatformUrl> = Vec::new();
    for field in ["url".to_owned()].into_iter().chain(after.service_fields()) {
        let Some(Ok(url)) = after.text(&field).map(|text| PlatformUrl::parse(&field, text)) else { continue };
        let is_old = old.text(&field) == after.text(&field);
        let is_expected = match (&changes.login, &changes.url) {
            // Of the others no command of ours sends credentials to any.
            (Some(_), Some(new)) => {
                !is_old
                    || url.has_origin_of(new)
                    || !["artifactoryUrl", "accessUrl"].contains(&field.as_str())
            }
            (Some(_), None) => true,
            (None, _) => {
                is_old || old.text(&field).or(old.text("url")).is_some_and(|was| url.is_origin_of(was))
            }
        };
        if !is_expected && named.iter().all(|other| url.below(other).is_none()) {
            named.push(url);
        }
    }
    if !named.is_empty() {
        let places = named.iter().map(PlatformUrl::as_str).collect::<Vec<_>>().join(", ");
        let stay = if changes.login.is_none() { "stay and " } else { "" };
        report.warn(&format!("the credentials of server '{}' {stay}will be sent to {places}", old.id()));
    }
}

/// The password is encrypted by the Artifactory that the server has after the change.
fn encrypt_password(
    changes: &mut Changes,
    old: &Server,
    wanted: Option<bool>,
    network: &Network<'_>,
) -> Outcome<()> {
    if wanted == Some(false) || !matches!(changes.login, Some(Login::Password { .. })) {
        return Ok(());
    }
    let mut after = old.clone();
    changes.apply(&mut after);
    let address = |field: &str| after.text(field).map(|url| PlatformUrl::parse(field, url)).transpose();
    let url = address("url")?;
    let services = address("artifactoryUrl")?.map(|url| ("artifactoryUrl", url)).into_iter().collect();
    let (login, certificate) = (changes.login.take(), ClientCertificate::of(&after));
    let mut asked = Changes { url, services, login, certificate, ..Changes::default() };
    encrypted_password::replace(&mut asked, wanted, network)?;
    changes.login = asked.login;
    Ok(())
}
