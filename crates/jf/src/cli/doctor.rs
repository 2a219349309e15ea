//! `jf whoami` and `jf doctor`: what there is between this machine and a server.

use super::{ConnectionFlags, ShowFormat, config::parse_show_format};
use clap::Args;

/// The flags of `whoami`.
#[derive(Args)]
#[command(after_help = "\
Exit codes:
  0 the server takes the credential, 4 it is missing or refused, 8 the server was not reached

Examples:
  jf whoami
  jf whoami --server-id prod --format json")]
pub(crate) struct Whoami {
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// table (default) or json
    #[arg(long, value_parser = parse_show_format)]
    pub format: Option<ShowFormat>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `doctor`.
#[derive(Args)]
#[command(after_help = "\
Nothing is changed: no token is renewed, and no file is written or repaired. Each check is ok, warn, FAIL, or skipped
because an earlier one failed; what to do next stands below it. Warnings do not fail the command.

Exit codes:
  0 no check failed, else the exit code that a command would end with for the first one that did

Examples:
  jf doctor
  jf doctor --server-id prod --format json")]
pub(crate) struct Doctor {
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// table (default) or json
    #[arg(long, value_parser = parse_show_format)]
    pub format: Option<ShowFormat>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
