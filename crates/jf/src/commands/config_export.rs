//! `jf config export`: a server with its secrets as one line, for another home.

use super::{refuse_surplus, write_to};
use crate::cli::{ConfigExport, filled};
use crate::config::{Config, ConfigFile, Server, export, master_key};
use crate::connection::{no_default, unknown_server};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::prompt::Prompt;
use crate::secret_input;
use secrecy::ExposeSecret as _;

const USAGE: &str = "jf config export [SERVER-ID]";

/// Runs the command.
pub(super) fn run(flags: ConfigExport, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let destination = Destination::check(flags.output.as_deref())?;
    let config = ConfigFile::of(environment)?.load(report)?;
    let server = server(&config, filled(flags.server_id.clone()).as_deref())?;
    if config.was_encrypted() {
        check_master_key(&flags, environment, report)?;
    }
    write_to(destination, &(export::encode(server).expose_secret().to_owned() + "\n").into_bytes())
}

fn server<'a>(config: &'a Config, id: Option<&str>) -> Outcome<&'a Server> {
    if config.servers.is_empty() {
        return Err(Failure::new(
            Reason::NotFound,
            "cannot export config, because it is empty. Run 'jf c add' and then export again",
        )
        .hint("jf config add prod --url https://host --access-token-stdin < token.txt"));
    }
    match id {
        Some(id) => config.find(id).ok_or_else(|| unknown_server(config, id)),
        None => config.default_server().ok_or_else(|| no_default(config)),
    }
}

/// Who may read the file but does not know the key must not get the secrets in the clear by this command.
fn check_master_key(flags: &ConfigExport, environment: &Environment, report: &Report) -> Outcome<()> {
    let given = if flags.master_key_stdin == Some(true) {
        secret_input::from_stdin("master key", environment)?
    } else {
        Prompt::new(environment, report).secret("Please enter the master key: ", "--master-key-stdin")?
    };
    if master_key::find(environment)?.is_some_and(|key| key.is(&given)) {
        return Ok(());
    }
    Err(Failure::new(
        Reason::Credentials,
        "could not generate config token: config is encrypted, and wrong master key was provided",
    )
    .hint("it is the key in JFROG_CLI_ENCRYPTION_KEY, its file, or security/security.yaml"))
}
