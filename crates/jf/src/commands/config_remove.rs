//! `jf config remove`: forgets a server, or all of them, after a question.

use super::refuse_surplus;
use crate::cli::ConfigRemove;
use crate::config::ConfigFile;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::report::Report;
use crate::prompt::Prompt;

/// Runs the command.
pub(super) fn run(flags: &ConfigRemove, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, "jf config remove [SERVER-ID] [--quiet]")?;
    let id = flags.server_id.as_deref();
    if id == Some("") {
        return Err(Failure::usage("SERVER-ID: is empty").hint("leave it out to remove all servers"));
    }
    let file = ConfigFile::of(environment)?;
    let config = file.load(report)?;
    if let Some(id) = id.filter(|id| config.find(id).is_none()) {
        report.info(&format!("\"{id}\" configuration could not be found."));
        return Ok(());
    }
    let question = match id {
        Some(id) => format!("Are you sure you want to delete \"{id}\" configuration?"),
        None => "Are you sure you want to delete all the configurations?".to_owned(),
    };
    let is_quiet = flags.quiet.unwrap_or_else(|| environment.is_ci());
    if !is_quiet && !Prompt::new(environment, report).agrees(&question, "--quiet")? {
        return Ok(());
    }
    file.update(report, |config| {
        let before = config.servers.len();
        match id {
            Some(id) => config.servers.retain(|server| server.id() != id),
            None => config.servers.clear(),
        }
        if config.servers.len() == before {
            return Ok(false);
        }
        let heir = config.servers.first().map(|server| server.id().to_owned());
        if let (None, Some(heir)) = (config.default_server(), heir) {
            config.set_default(&heir);
        }
        Ok(true)
    })
}
