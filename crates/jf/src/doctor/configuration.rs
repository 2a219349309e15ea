//! Check: the configuration file, where it is, whether it can be read, and who else can.

use super::finding::Finding;
use crate::config::file::FileState;
use crate::config::{Config, ConfigFile};
use crate::environment::Environment;
use crate::error::Failure;
use crate::output::terminal::shell_word;
use crate::tokens::words;

/// Looks at the file, and gives back what is in it. What is wrong with it is a failure only if the server
/// `is_needed` from there.
pub(super) fn check(environment: &Environment, is_needed: bool) -> (Finding, Option<Config>) {
    let problem =
        |failure: Failure| if is_needed { Finding::fail(failure) } else { Finding::unneeded(failure) };
    let file = match ConfigFile::of(environment) {
        Ok(file) => file,
        Err(failure) => return (problem(failure), None),
    };
    let FileState { path, config, has_key, exposures } = file.state();
    let config = match config {
        Ok(config) => config,
        Err(failure) => return (with(problem(failure), exposures), None),
    };
    if config.read_from().is_none() {
        return (with(Finding::ok(format!("{} does not exist", path.display())), exposures), Some(config));
    }
    let mut finding = Finding::ok(format!("{}: {}", path.display(), content(&config)));
    match has_key {
        Ok(true) if config.has_secrets() && !config.was_encrypted() => {
            finding = finding.but("although there is a key to encrypt them with", encrypting(&config));
        }
        Err(failure) => finding = finding.but(failure.message, failure.hint.unwrap_or_default()),
        Ok(_) => {}
    }
    (with(finding, exposures), Some(config))
}

fn with(finding: Finding, exposures: Vec<(String, String)>) -> Finding {
    exposures.into_iter().fold(finding, |finding, (found, next)| finding.but(found, next))
}

/// Version, servers and secrets in words.
fn content(config: &Config) -> String {
    let version = match config.converted_from() {
        None => "version 6".to_owned(),
        Some(older) => format!("version {older}, which the next change writes as version 6"),
    };
    let servers = words::count(config.servers.len() as u64, "server");
    let secrets = match (config.was_encrypted(), config.has_secrets()) {
        (true, _) => "secrets encrypted",
        (false, true) => "secrets in plain text",
        (false, false) => "no secrets",
    };
    format!("{version}, {servers}, {secrets}")
}

/// The change that changes nothing else.
fn encrypting(config: &Config) -> String {
    match config.default_server() {
        Some(server) => format!("encrypt them: jf config use {}", shell_word(server.id())),
        None => "the next change encrypts them".to_owned(),
    }
}
