//! `jf access-token-create`, `jf exchange-oidc-token`, and the same under `jf token`.

use super::{
    ConnectionFlags, OidcFlags, TokenExec, TokenInspect, TokenList, TokenRefresh, TokenRevoke, TokenRotate,
    TokenShow,
};
use crate::output::format::Format;
use clap::{Args, Subcommand};
use std::path::PathBuf;

/// What can be done with access tokens.
#[derive(Subcommand)]
pub(crate) enum Token {
    /// Create an access token, as access-token-create does
    #[command(args_override_self = true)]
    Create(Box<AccessTokenCreate>),
    /// List tokens
    #[command(args_override_self = true)]
    List(Box<TokenList>),
    /// Tell everything that is known of a token
    #[command(args_override_self = true)]
    Show(Box<TokenShow>),
    /// Tell what a token says of itself
    #[command(args_override_self = true)]
    Inspect(Box<TokenInspect>),
    /// Revoke tokens
    #[command(args_override_self = true)]
    Revoke(Box<TokenRevoke>),
    /// Spend a refresh token
    #[command(args_override_self = true)]
    Refresh(Box<TokenRefresh>),
    /// Replace a token by a new one like it
    #[command(args_override_self = true)]
    Rotate(Box<TokenRotate>),
    /// Run a program with a token that is revoked when it ends
    #[command(args_override_self = true)]
    Exec(Box<TokenExec>),
    /// Exchange a CI job's OIDC token for an access token, as exchange-oidc-token does
    #[command(args_override_self = true)]
    Exchange(Box<ExchangeOidcToken>),
}

/// How a token that was made is printed, and where.
#[derive(Args)]
pub(crate) struct TokenOutput {
    /// json (default), table, token, env or yaml; token prints the reference token if one was asked for, else the access token
    #[arg(long, value_parser = parse_format)]
    pub format: Option<Format>,
    /// Write the result to this new file (mode 0600) instead of standard output
    #[arg(long = "output", value_name = "FILE")]
    pub file: Option<PathBuf>,
}

/// What a token shall be: the same for every command that makes one.
#[derive(Args)]
pub(crate) struct WantedToken {
    /// Key of the project the token is bound to
    #[arg(long, value_name = "KEY")]
    pub project: Option<String>,
    /// Give the token administrator rights
    #[arg(long)]
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
    /// Free text, 1024 characters at most
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Space-separated service ids that shall accept the token, e.g. "jfrt@* jfac@*"
    #[arg(long, value_name = "IDS")]
    pub audience: Option<String>,
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
    #[command(flatten)]
    pub wanted: WantedToken,
    /// Create a refresh token as well
    #[arg(long)]
    pub refreshable: Option<bool>,
    /// Create a reference token as well
    #[arg(long)]
    pub reference: Option<bool>,
    #[command(flatten)]
    pub output: TokenOutput,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `exchange-oidc-token`, which is also `token exchange`.
#[derive(Args)]
#[command(after_help = "\
The platform checks the ID token that the CI system issued to the job and gives an access token for it, as the
provider's identity mappings say. No other credentials are needed or sent.

Environment:
  JFROG_CLI_OIDC_EXCHANGE_TOKEN_ID  the ID token, where no argument or flag gives it
  JFROG_CLI_OIDC_PROVIDER_TYPE      the provider type, where --oidc-provider-type is absent
  JFROG_CLI_BUILD_PROJECT           the project, where --project is absent
  JFROG_CLI_CI_JOB_ID, JFROG_CLI_CI_RUN_ID, JFROG_CLI_CI_VCS_REVISION, JFROG_CLI_CI_VCS_URL,
  JFROG_CLI_CI_BRANCH               what is sent along about the job

Examples:
  jf eot my-provider --oidc-token-id-stdin --url https://host < id-token.txt
  jf eot --oidc-provider-name my-provider --server-id prod --format env")]
pub(crate) struct ExchangeOidcToken {
    /// Name of the OIDC provider on the platform; or --oidc-provider-name
    #[arg(value_name = "PROVIDER-NAME")]
    pub provider_name: Option<String>,
    /// The ID token; other processes can see it, --oidc-token-id-stdin is safer
    #[arg(value_name = "ID-TOKEN", value_parser = super::secret)]
    pub token_id: Option<access_types::Secret>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Key of the project that the token shall be for
    #[arg(long, value_name = "KEY")]
    pub project: Option<String>,
    /// Repository that the job runs for; absent: JFROG_CLI_CI_VCS_URL
    #[arg(long, value_name = "URL")]
    pub repository: Option<String>,
    #[command(flatten)]
    pub output: TokenOutput,
    #[command(flatten)]
    pub oidc: OidcFlags,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

fn parse_format(text: &str) -> Result<Format, String> {
    text.parse()
}
