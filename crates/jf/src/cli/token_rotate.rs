//! `jf token rotate` and `jf token refresh`.

use super::{ConnectionFlags, TokenOutput};
use crate::expiry;
use clap::Args;

/// The flags of `token rotate`.
#[derive(Args)]
#[command(after_help = "\
The new token has the subject, scope, audience, lifetime, project and description of the old one.
It is handed over first; only then the old one is revoked, at once or after --grace. Whatever fails
on the way, there is a token that works.

The new token goes to standard output or --output. With --self and a configured server it goes into
the configuration, and is printed only if --format or --output ask for it. The command can be run
again after any interruption; accessd then gives the same new token once more.

Examples:
  jf token rotate --self --server-id prod
  jf token rotate 0193f3c4-6a01-7bbb-8ccc-0123456789ab --grace 15m --output token.json")]
pub(crate) struct TokenRotate {
    /// Id of the old token
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// The old token is the one that asks
    #[arg(long = "self")]
    pub itself: Option<bool>,
    /// How long the old token stays good, e.g. 15m; at most 30d [default: 0]
    #[arg(long, value_name = "TIME", value_parser = expiry::span)]
    pub grace: Option<u64>,
    /// The old token's audience, for a platform that does not tell it
    #[arg(long, value_name = "IDS")]
    pub audience: Option<String>,
    /// Create a reference token as well; the default if the old one is known to have one
    #[arg(long)]
    pub reference: Option<bool>,
    #[command(flatten)]
    pub output: TokenOutput,
    /// Replace the file of --output if there is one
    #[arg(long)]
    pub overwrite: Option<bool>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `token refresh`.
#[derive(Args)]
#[command(after_help = "\
A refresh token is spent for a new access token and a new refresh token; the old access token dies.

Without an argument, the token of a configured server is renewed now, in the configuration. With -,
a refresh token is read from standard input, or what `jf atc --refreshable` printed as JSON: then
no other credentials are needed.

Examples:
  jf token refresh --server-id prod
  jf token refresh - --url https://host --output new.json < token.json")]
pub(crate) struct TokenRefresh {
    /// -: read the refresh token from standard input
    #[arg(value_name = "-")]
    pub source: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    #[command(flatten)]
    pub output: TokenOutput,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
