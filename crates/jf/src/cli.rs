//! The whole grammar of the command line. What a flag means is decided in `commands` and `connection`.

use crate::output::format::Format;
use access_types::Secret;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args, Parser, Subcommand};
use std::convert::Infallible;
use std::path::PathBuf;

/// Columns of help where there is no terminal, or a wider one.
const HELP_WIDTH: usize = 100;

/// Command-line tool for access tokens of a JFrog Platform
#[derive(Parser)]
#[command(
    name = "jf",
    version = concat!("version ", env!("CARGO_PKG_VERSION")),
    disable_version_flag = true,
    arg_required_else_help = true,
    max_term_width = HELP_WIDTH,
    after_help = "\
Examples:
  jf config add prod --url https://host --access-token-stdin < token.txt
  jf atc frog --expiry 12h --server-id prod"
)]
pub(crate) struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
    /// Print the version
    #[arg(short = 'v', short_alias = 'V', long, action = ArgAction::Version)]
    version: Option<bool>,
}

/// The commands.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Create an access token
    #[command(name = "access-token-create", visible_alias = "atc", args_override_self = true)]
    AccessTokenCreate(Box<AccessTokenCreate>),
    /// Work with access tokens
    #[command(
        subcommand,
        arg_required_else_help = true,
        after_help = "\
Examples:
  jf token create frog --expiry 12h
  jf token create --groups readers,writers --format token"
    )]
    Token(Token),
    /// Keep the servers that commands talk to
    #[command(
        subcommand,
        visible_alias = "c",
        arg_required_else_help = true,
        after_help = "\
Examples:
  jf config add prod --url https://host --access-token-stdin < token.txt
  jf config show"
    )]
    Config(Config),
}

/// What can be done with access tokens.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Create an access token, as access-token-create does
    #[command(args_override_self = true)]
    Create(Box<AccessTokenCreate>),
}

/// The flags of `access-token-create`, which is also `token create`.
#[derive(Args)]
#[command(after_help = "\
By default a user-scoped token is created, with the same permissions as its user. Administrators
may give the scope with --scope, or by --groups and --grant-admin. The token is printed once and
can't be had again.

Environment:
  JF_URL, JF_ACCESS_TOKEN, JF_USER, JF_PASSWORD  address and credentials where no flag gives them
  JFROG_CLI_SERVER_ID                            the server to use where --server-id is absent
  JFROG_CLI_LOG_LEVEL                            ERROR, WARN, INFO or DEBUG

Exit codes:
  0 done, 1 failed, 2 wrong usage, 4 credentials missing or refused, 5 forbidden, 6 not found,
  7 conflict, 8 network or TLS, 9 server error or rate limit

Examples:
  jf atc frog --refreshable --expiry 3600
  jf atc --groups readers,writers --description \"nightly build\" --format token --output token.txt")]
pub(crate) struct AccessTokenCreate {
    /// User the token is for; absent: the user whose credentials are used
    #[arg(value_name = "USERNAME")]
    pub username: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Key of the project the token is bound to
    #[arg(long, value_name = "KEY")]
    pub project: Option<String>,
    /// Give the token administrator rights
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub grant_admin: Option<bool>,
    /// Comma-separated groups whose rights the token has; double quotes around a name that has a comma
    #[arg(long)]
    pub groups: Option<String>,
    /// The scope, spelled out; not together with --groups and --grant-admin
    #[arg(long)]
    pub scope: Option<String>,
    /// Lifetime: seconds, or a duration such as 12h or 30d; 0 or never: no end; absent: the platform's default
    #[arg(long, value_name = "LIFETIME")]
    pub expiry: Option<String>,
    /// Create a refresh token as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub refreshable: Option<bool>,
    /// Free text, 1024 characters at most
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Space-separated service ids that shall accept the token, e.g. "jfrt@* jfac@*"
    #[arg(long, value_name = "IDS")]
    pub audience: Option<String>,
    /// Create a reference token as well
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub reference: Option<bool>,
    /// json (default), table, token, env or yaml; token prints the reference token if --reference asked for one, else the access token
    #[arg(long, value_parser = parse_format)]
    pub format: Option<Format>,
    /// Write the result to this new file (mode 0600) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// Where to ask, and as whom.
#[derive(Args)]
#[command(next_help_heading = "Connection")]
pub(crate) struct ConnectionFlags {
    /// Platform address, e.g. https://host/
    #[arg(long)]
    pub url: Option<String>,
    /// User name to log in with --password; with a token only the name the new token is for
    #[arg(long)]
    pub user: Option<String>,
    #[command(flatten)]
    pub secrets: SecretFlags,
    /// Server of `jf config` to use; absent: the default server
    #[arg(long, value_name = "ID")]
    pub server_id: Option<String>,
    #[command(flatten)]
    pub certificate: CertificateFlags,
    /// PEM file with certificates to trust besides the system's
    #[arg(long, value_name = "FILE")]
    pub ca_cert: Option<PathBuf>,
    /// Do not check the server's certificate; anybody on the way can then read the credentials
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub insecure_tls: Option<bool>,
    /// Seconds that the whole exchange may take
    #[arg(long, value_name = "SECONDS", default_value_t = 60, value_parser = parse_timeout)]
    pub timeout: u64,
    /// Taken for compatibility; SSH is no way to log in here
    #[arg(long, hide = true)]
    pub ssh_key_path: Option<String>,
    /// Taken for compatibility; SSH is no way to log in here
    #[arg(long, hide = true, value_parser = secret)]
    pub ssh_passphrase: Option<Secret>,
}

/// The ways to hand a secret over.
#[derive(Args)]
pub(crate) struct SecretFlags {
    /// Password, or a reference token; other processes can see it, --password-stdin is safer
    #[arg(long, value_parser = secret)]
    pub password: Option<Secret>,
    /// Read the password from standard input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub password_stdin: Option<bool>,
    /// Access token or reference token; other processes can see it, --access-token-stdin is safer
    #[arg(long, value_name = "TOKEN", value_parser = secret)]
    pub access_token: Option<Secret>,
    /// Read the access token from standard input
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub access_token_stdin: Option<bool>,
    /// Read the access token from this file
    #[arg(long, value_name = "FILE")]
    pub access_token_file: Option<PathBuf>,
}

/// A certificate to show to the server.
#[derive(Args)]
pub(crate) struct CertificateFlags {
    /// PEM file with the client certificate
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
    pub client_cert_path: Option<PathBuf>,
    /// PEM file with the key of the client certificate
    #[arg(long, value_name = "FILE", value_parser = path_or_empty())]
    pub client_cert_key_path: Option<PathBuf>,
}

/// What can be done with the configured servers.
#[derive(Subcommand)]
pub(crate) enum Config {
    /// Add a server
    #[command(args_override_self = true)]
    Add(Box<ConfigAdd>),
    /// Show servers, without their secrets
    #[command(visible_alias = "s", args_override_self = true)]
    Show(ConfigShow),
    /// Make a server the default
    #[command(args_override_self = true)]
    Use(ConfigUse),
    /// Remove a server, or all of them
    #[command(visible_alias = "rm", args_override_self = true)]
    Remove(ConfigRemove),
}

/// Adds a server to the configuration. The first one becomes the default.
#[derive(Args)]
#[command(after_help = "\
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
    /// Replace a server of the same id
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub overwrite: Option<bool>,
    /// Keep user and password as they are; no tokens are made from them later
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub basic_auth_only: Option<bool>,
    /// Only false is possible: everything comes from flags
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub interactive: Option<bool>,
    /// Taken for compatibility; the password is stored as it is given
    #[arg(long, hide = true, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub enc_password: Option<bool>,
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
#[command(after_help = "Examples:\n  jf config use prod\n  jf c use test")]
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
#[command(after_help = "Examples:\n  jf config remove test\n  jf config remove --quiet")]
pub(crate) struct ConfigRemove {
    /// The server; absent: all of them
    #[arg(value_name = "SERVER-ID")]
    pub server_id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Ask nothing; the default where CI is true
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true)]
    #[arg(default_missing_value = "true", hide_possible_values = true)]
    pub quiet: Option<bool>,
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(text.into())
}

/// A path of the existing tool's, where an empty one is the same as none.
fn path_or_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

fn parse_timeout(text: &str) -> Result<u64, String> {
    let seconds = text.parse().ok().filter(|seconds| (1..=3600).contains(seconds));
    seconds.ok_or_else(|| "it must be whole seconds from 1 to 3600".to_owned())
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse()
}

fn parse_show_format(text: &str) -> Result<ShowFormat, String> {
    match text.to_ascii_lowercase().as_str() {
        "json" => Ok(ShowFormat::Json),
        "table" => Ok(ShowFormat::Table),
        _ => Err("only the following output formats are supported: json, table".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn help_fits_a_terminal_and_shows_two_commands() {
        fn check(command: &mut clap::Command) {
            let help = command.render_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= HELP_WIDTH, "{line}");
            }
            let examples = help.split_once("Examples:\n").map_or("", |(_, examples)| examples);
            assert_eq!(examples.matches("  jf ").count(), 2, "{help}");
            let is_ours = |command: &&mut clap::Command| command.get_name() != "help";
            command.get_subcommands_mut().filter(is_ours).for_each(check);
        }
        let mut grammar = Cli::command();
        grammar.build();
        check(&mut grammar);
    }

    #[test]
    fn the_last_one_of_a_flag_wins() {
        let cli = Cli::try_parse_from([
            "jf",
            "atc",
            "--expiry=1",
            "--refreshable",
            "--expiry=2",
            "--refreshable=false",
        ])
        .unwrap();
        let Command::AccessTokenCreate(command) = cli.command else { panic!("another command") };
        assert_eq!((command.expiry.as_deref(), command.refreshable), (Some("2"), Some(false)));
    }
}
