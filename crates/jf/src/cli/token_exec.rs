//! `jf token exec`.

use super::{ConnectionFlags, WantedToken};
use clap::{ArgAction, Args};
use std::ffi::OsString;

/// The flags of `token exec`.
#[derive(Args)]
#[command(after_help = "\
The program finds the token in JF_ACCESS_TOKEN and the platform's address in JF_URL; JF_USER and
JF_PASSWORD are taken out of its environment. The token is revoked when the program has ended,
however it ended. It lives for an hour at most unless --expiry says otherwise: that is how long it
can outlive a jf that is killed.

Signals go to the program, and its exit code is jf's: 127 if it is not found, 126 if it cannot be
run, 128 and the signal's number if one ended it.

Examples:
  jf token exec -- terraform apply
  jf token exec --groups readers --expiry 15m --env ARTIFACTORY_TOKEN -- ./publish.sh --all")]
pub(crate) struct TokenExec {
    /// Arguments before --, of which there must be none
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// The program and its arguments, behind --
    #[arg(value_name = "COMMAND", last = true)]
    pub command: Vec<OsString>,
    #[command(flatten)]
    pub wanted: WantedToken,
    /// One more variable to put the token into; once for each
    #[arg(long, value_name = "NAME", action = ArgAction::Append)]
    pub env: Vec<String>,
    /// Give the program a reference token: 64 characters
    #[arg(long)]
    pub reference: Option<bool>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
