//! `jf login`.

use super::TransportFlags;
use clap::Args;

/// Logs in with a web browser and keeps what comes of it as a server, which becomes the default.
#[derive(Args)]
#[command(after_help = "\
The browser shows a page of the platform; after the log-in there, the last four characters of a code that jf
shows have to be typed in. jf then keeps an access token and the refresh token that renews it. This is for people:
a CI job uses `jf config add --access-token-stdin` or `jf eot`.

Examples:
  jf login --url https://host
  jf login --server-id prod")]
pub(crate) struct Login {
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Platform address of a server that is not configured yet; absent: it is asked for
    #[arg(long)]
    pub url: Option<String>,
    /// Server of `jf config` to log in to, or the id of the new one
    #[arg(long, value_name = "ID")]
    pub server_id: Option<String>,
    /// Never renew the access token of this server
    #[arg(long)]
    pub disable_token_refresh: Option<bool>,
    /// Ask for an access token, or a name and a password, instead of opening a browser
    #[arg(long)]
    pub legacy: Option<bool>,
    #[command(flatten)]
    pub transport: TransportFlags,
}
