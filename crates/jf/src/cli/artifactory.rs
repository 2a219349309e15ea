//! `jf rt`: what is asked of Artifactory itself, below its own address.

use super::{ConnectionFlags, ShowFormat, TokenOutput, config::parse_show_format};
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be asked of Artifactory.
#[derive(Subcommand)]
pub(crate) enum Artifactory {
    /// Create an access token by Artifactory's old API; `jf atc` is the new one
    #[command(name = "access-token-create", visible_alias = "atc", args_override_self = true)]
    AccessTokenCreate(Box<ArtifactoryTokenCreate>),
    /// Ask whether Artifactory runs
    #[command(visible_alias = "p", args_override_self = true)]
    Ping(Box<ArtifactoryPing>),
}

/// The flags of `rt access-token-create`.
#[derive(Args)]
#[command(after_help = "\
For servers that log in by user and password, or that are older than the platform's token API. --url is
Artifactory's address here, e.g. https://host/artifactory/.

Examples:
  jf rt atc frog --groups readers --expiry 3600
  jf rt atc --url https://host/artifactory --user frog --password-stdin < password.txt")]
pub(crate) struct ArtifactoryTokenCreate {
    /// User the token is for; absent: the user whose credentials are used
    #[arg(value_name = "USERNAME")]
    pub username: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Comma-separated groups whose rights the token has; absent: all groups of the user
    #[arg(long)]
    pub groups: Option<String>,
    /// Give the token administrator rights on this Artifactory
    #[arg(long)]
    pub grant_admin: Option<bool>,
    /// Lifetime: seconds, or a duration such as 12h or 30d; 0 or never: no end; absent: 3600
    #[arg(long, value_name = "LIFETIME")]
    pub expiry: Option<String>,
    /// Create a refresh token as well
    #[arg(long)]
    pub refreshable: Option<bool>,
    /// Space-separated service ids that shall accept the token
    #[arg(long, value_name = "IDS")]
    pub audience: Option<String>,
    #[command(flatten)]
    pub output: TokenOutput,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `rt ping`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  jf rt ping
  jf rt ping --url https://host/artifactory --format json")]
pub(crate) struct ArtifactoryPing {
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// table or json; absent: the answer as it came
    #[arg(long, value_parser = parse_show_format)]
    pub format: Option<ShowFormat>,
    /// Write the result to this new file (mode 0600) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}
