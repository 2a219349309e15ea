//! `jf token inspect`.

use super::{ConnectionFlags, ShowTokenFormat, secret};
use access_types::Secret;
use clap::Args;

/// The flags of `token inspect`.
#[derive(Args)]
#[command(after_help = "\
The token is taken apart without asking anybody: this is what it says, not whether that is true.
--verify has the server check signature, expiry and revocation; the token is sent to that server,
and to no other.

Examples:
  jf token inspect < token.txt
  jf token inspect --verify --format json --server-id prod < token.txt")]
pub(crate) struct TokenInspect {
    /// The token; absent or -: it is read from standard input, where other processes cannot see it
    #[arg(value_name = "TOKEN", value_parser = secret)]
    pub token: Option<Secret>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Ask the server whether it accepts the token
    #[arg(long)]
    pub verify: Option<bool>,
    /// words (default) or json
    #[arg(long, hide_possible_values = true)]
    pub format: Option<ShowTokenFormat>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
