//! `jf config use`: makes a server the default.

use super::{refuse_surplus, wrong_number};
use crate::cli::ConfigUse;
use crate::config::{ConfigFile, Server};
use crate::connection::unknown_server;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use crate::platform_url::without_user_info;

const USAGE: &str = "jf config use SERVER-ID";

/// Runs the command.
pub(super) fn run(flags: &ConfigUse, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let id = flags.server_id.as_ref().ok_or_else(|| wrong_number(0, USAGE))?;
    let file = ConfigFile::of(environment)?;
    let config = file.load(report)?;
    if config.find(id).is_none() {
        let unknown = unknown_server(&config, id);
        return Err(Failure { message: format!("Could not find a server with ID '{id}'."), ..unknown });
    }
    let mut url = String::new();
    file.update(report, |config| {
        let server = config.find(id).ok_or_else(|| unknown_server(config, id))?;
        url = without_user_info(
            server.text("url").or_else(|| server.text("artifactoryUrl")).unwrap_or_default(),
        );
        let is_default_already = config.default_server().is_some_and(|server| server.id() == id);
        let has_one_default = config.servers.iter().filter(|server| Server::is_default(server)).count() == 1;
        config.set_default(id);
        Ok(!(is_default_already && has_one_default))
    })?;
    report.info(&format!("Using server ID '{id}' ({url})"));
    Ok(())
}
