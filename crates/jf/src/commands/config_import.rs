//! `jf config import`: adds the server that `jf config export`, of this tool or the existing one, printed.

use super::config_add::{check_id, replace_or_refuse, taken};
use super::config_server::token_login;
use super::server_changes::{Changes, Login, REFRESH_INTERVAL};
use super::{refuse_surplus, wrong_number};
use crate::cli::ConfigImport;
use crate::config::{ConfigFile, Server, export};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::INSECURE;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::prompt::Prompt;
use crate::secret_input;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::Value;

const USAGE: &str = "jf config import TOKEN | -";

/// Runs the command.
pub(super) fn run(flags: ConfigImport, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let token = token(flags.token.as_ref(), environment, report)?;
    let server = complete(export::decode(token.expose_secret())?, report)?;
    let id = server.id().to_owned();
    let file = ConfigFile::of(environment)?;
    let may_replace = match file.load(report)?.find(&id) {
        None => false,
        Some(_) if flags.overwrite == Some(true) => true,
        Some(old) if environment.can_ask() => replace_or_refuse(old, &Prompt::new(environment, report))?,
        Some(_) => return Err(taken(&id)),
    };
    report.info(&format!("Importing server ID '{id}'"));
    file.update(report, |config| {
        if config.find(&id).is_some() && !may_replace {
            return Err(taken(&id));
        }
        config.put(server.clone());
        Ok(true)
    })
}

fn token(given: Option<&Secret>, environment: &Environment, report: &Report) -> Outcome<Secret> {
    let token = match given {
        None => return Err(wrong_number(0, USAGE)),
        Some(dash) if dash.expose_secret() == "-" => secret_input::from_stdin("server token", environment)?,
        Some(token) => {
            secret_input::warn_of_argument(
                environment,
                report,
                "jf config import -, with the text on standard input",
            );
            token.clone()
        }
    };
    report.guard(&token);
    Ok(token)
}

/// What the text does not say: the services below the platform, the user of the token, and how often other tools
/// renew the tokens that they make from user and password.
fn complete(mut server: Server, report: &Report) -> Outcome<Server> {
    check_id(server.id())?;
    if server.text("accessToken").is_some()
        && server.text("password").is_some()
        && server.text("artifactoryRefreshToken").is_none()
    {
        return Err(Failure::usage(
            "Only one authentication method is allowed: Username + Password/Reference Token, RSA Token (SSH) or \
             Access Token",
        )
        .hint("export the server anew"));
    }
    let url = server.text("url").map(|url| PlatformUrl::parse("url of the server", url)).transpose()?;
    Changes { url, ..Changes::default() }.apply(&mut server);
    let mut addresses = ["url".to_owned()].into_iter().chain(server.service_fields());
    let is_insecure = |field: String| {
        server
            .text(&field)
            .is_some_and(|url| PlatformUrl::parse(&field, url).is_ok_and(|url| url.is_insecure()))
    };
    if addresses.any(is_insecure) {
        report.warn(INSECURE);
    }
    if let (Some(token), None) = (server.text("accessToken").map(Secret::from), server.text("user"))
        && let Login::Token { user: Some(user), .. } = token_login(token, None, None, report)?
    {
        server.set("user", Value::String(user));
    }
    let is_set = |field: &str| server.text(field).is_some();
    if is_set("user") && is_set("password") && !server.ordered().contains_key("tokenRefreshInterval") {
        server.set("tokenRefreshInterval", REFRESH_INTERVAL.into());
    }
    Ok(server)
}
