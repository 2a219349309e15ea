//! `jf config`.

use super::{CertificateFlags, SecretFlags, TransportFlags, secret};
use access_types::Secret;
use clap::{Args, Subcommand};

/// What can be done with the configured servers.
#[derive(Subcommand)]
pub(crate) enum Config {
    /// Add a server
    #[command(args_override_self = true)]
    Add(Box<ConfigAdd>),
    /// Change a server; what no flag gives stays as it is
    #[command(args_override_self = true)]
    Edit(Box<ConfigEdit>),
    /// Show servers, without their secrets
    #[command(visible_alias = "s", args_override_self = true)]
    Show(ConfigShow),
    /// Make a server the default
    #[command(args_override_self = true)]
    Use(ConfigUse),
    /// Remove a server, or all of them
    #[command(visible_alias = "rm", args_override_self = true)]
    Remove(ConfigRemove),
    /// Print a server with its secrets as one line of text, for `jf config import`
    #[command(visible_alias = "ex", args_override_self = true)]
    Export(ConfigExport),
    /// Add the server that `jf config export` printed
    #[command(visible_alias = "im", args_override_self = true)]
    Import(ConfigImport),
}

/// Adds a server to the configuration. The first one becomes the default.
#[derive(Args)]
#[command(after_help = "\
At a terminal, what is needed and not given is asked for; with --interactive=false, with CI set, or without a
terminal nothing is.

Examples:
  jf config add prod --url https://host --access-token-stdin < token.txt
  jf config add test --url https://test.host --user frog --password-stdin --overwrite < password.txt")]
pub(crate) struct ConfigAdd {
    /// Id of the server; absent: JFROG_CLI_SERVER_ID, else Default-Server
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Replace a server of the same id without asking
    #[arg(long)]
    pub overwrite: Option<bool>,
    #[command(flatten)]
    pub server: ServerFlags,
    #[command(flatten)]
    pub oidc: OidcFlags,
}

/// Changes a configured server.
#[derive(Args)]
#[command(after_help = "\
A new access token, or user and password, replaces the log-in that was there. Addresses of services follow a new
--url if they lay below the old one.

Examples:
  jf config edit prod --access-token-stdin < token.txt
  jf config edit prod --url https://new.host")]
pub(crate) struct ConfigEdit {
    /// The server
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    #[command(flatten)]
    pub server: ServerFlags,
}

/// What `config add` and `config edit` write down.
#[derive(Args)]
pub(crate) struct ServerFlags {
    /// Platform address, e.g. https://host/
    #[arg(long)]
    pub url: Option<String>,
    /// User name; absent with a token: taken from the token
    #[arg(long)]
    pub user: Option<String>,
    #[command(flatten)]
    pub secrets: SecretFlags,
    #[command(flatten)]
    pub certificate: CertificateFlags,
    /// Artifactory's address, if it is not below --url
    #[arg(long, value_name = "URL")]
    pub artifactory_url: Option<String>,
    /// Distribution's address, if it is not below --url
    #[arg(long, value_name = "URL")]
    pub distribution_url: Option<String>,
    /// Xray's address, if it is not below --url
    #[arg(long, value_name = "URL")]
    pub xray_url: Option<String>,
    /// Mission Control's address, if it is not below --url
    #[arg(long, value_name = "URL")]
    pub mission_control_url: Option<String>,
    /// Pipelines' address, if it is not below --url
    #[arg(long, value_name = "URL")]
    pub pipelines_url: Option<String>,
    /// SSH key that other tools use with this server
    #[arg(long, value_name = "FILE")]
    pub ssh_key_path: Option<String>,
    /// Passphrase of that key; other processes can see it
    #[arg(long, value_name = "TEXT", value_parser = secret)]
    pub ssh_passphrase: Option<Secret>,
    /// Keep user and password as they are; other tools make no tokens from them later
    #[arg(long)]
    pub basic_auth_only: Option<bool>,
    /// Never renew the access token of this server
    #[arg(long)]
    pub disable_token_refresh: Option<bool>,
    /// Ask for what is missing; the default at a terminal, unless CI is set
    #[arg(long)]
    pub interactive: Option<bool>,
    /// Let Artifactory encrypt the password before it is kept; the default if it can
    #[arg(long)]
    pub enc_password: Option<bool>,
    /// Ask for the address of each service as well
    #[arg(long)]
    pub legacy: Option<bool>,
    #[command(flatten)]
    pub transport: TransportFlags,
}

/// The OIDC token that stands for a log-in.
#[derive(Args)]
#[command(next_help_heading = "OIDC")]
pub(crate) struct OidcFlags {
    /// Name of the OIDC provider on the platform
    #[arg(long, value_name = "NAME")]
    pub oidc_provider_name: Option<String>,
    /// The ID token; other processes can see it, --oidc-token-id-stdin is safer
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub oidc_token_id: Option<Secret>,
    /// Read the ID token from standard input
    #[arg(long)]
    pub oidc_token_id_stdin: Option<bool>,
    /// Audience that the provider on the platform asks for
    #[arg(long, value_name = "TEXT")]
    pub oidc_audience: Option<String>,
    /// GitHub (default), Azure or GenericOidc
    #[arg(long, value_name = "TYPE")]
    pub oidc_provider_type: Option<String>,
    /// Application that the token is for; absent: JFROG_CLI_APPLICATION_KEY, else ./.jfrog/config.yml
    #[arg(long, value_name = "KEY")]
    pub application_key: Option<String>,
}

/// Shows the configured servers.
#[derive(Args)]
#[command(after_help = "Examples:\n  jf config show\n  jf config show prod --format json")]
pub(crate) struct ConfigShow {
    /// Only this server
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// table or json; absent: blocks for reading
    #[arg(long, value_parser = parse_show_format)]
    pub format: Option<ShowFormat>,
}

/// The formats of `config show`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ShowFormat {
    /// An array of servers.
    Json,
    /// Two columns a server.
    Table,
}

/// Makes a server the one that commands use when none is named.
#[derive(Args)]
#[command(after_help = "\
An unknown server is an error.

Examples:
  jf config use prod
  jf c use test")]
pub(crate) struct ConfigUse {
    /// The server
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
}

/// Removes a server from the configuration, or all of them.
#[derive(Args)]
#[command(after_help = "\
An unknown server is no failure. If the default server goes, the first one left becomes the default.

Examples:
  jf config remove test
  jf config remove --quiet")]
pub(crate) struct ConfigRemove {
    /// The server; absent: all of them
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Ask nothing; the default where CI is true
    #[arg(long)]
    pub quiet: Option<bool>,
}

/// Prints a server, secrets included.
#[derive(Args)]
#[command(after_help = "\
The line has the server's secrets in it, readable for everybody who gets it. Where the configuration is encrypted,
its master key has to be given.

Examples:
  jf config export prod > prod.token
  jf config export | ssh other.host 'jf config import -'")]
pub(crate) struct ConfigExport {
    /// The server; absent: the default one
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Read the master key of an encrypted configuration from standard input
    #[arg(long)]
    pub master_key_stdin: Option<bool>,
    /// Write the result to this new file (mode 0600) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<std::path::PathBuf>,
}

/// Adds an exported server.
#[derive(Args)]
#[command(after_help = "\
A server of the same id is replaced if that is agreed to at a terminal, or with --overwrite; else it is an error.

Examples:
  jf config import - < prod.token
  jf config import - --overwrite < prod.token")]
pub(crate) struct ConfigImport {
    /// The exported text; - reads it from standard input, where no other process can see it
    #[arg(value_name = "TOKEN", value_parser = secret)]
    pub token: Option<Secret>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Replace a server of the same id without asking
    #[arg(long)]
    pub overwrite: Option<bool>,
}

/// Reads `--format` of commands that print one thing.
pub(super) fn parse_show_format(text: &str) -> Result<ShowFormat, String> {
    match text.to_ascii_lowercase().as_str() {
        "json" => Ok(ShowFormat::Json),
        "table" => Ok(ShowFormat::Table),
        _ => Err("only the following output formats are supported: json, table".to_owned()),
    }
}
