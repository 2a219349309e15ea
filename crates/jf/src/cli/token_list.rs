//! `jf token list` and `jf token show`, and the filters that `jf token revoke` has as well.

use super::ConnectionFlags;
use crate::expiry;
use crate::output::token_list::ListFormat;
use crate::tokens::filter::COLUMNS;
use clap::Args;

/// Which tokens are meant. `--user` is one of the connection's flags, with another meaning here: grammar().
#[derive(Args)]
#[command(next_help_heading = "Filters")]
pub(crate) struct FilterFlags {
    /// Only tokens with this description; 'ci*': with one that begins so
    #[arg(long, value_name = "TEXT")]
    pub description: Option<String>,
    /// Only tokens with this scope among theirs; 'applied-permissions/groups:*': one that begins so
    #[arg(long)]
    pub scope: Option<String>,
    /// Only tokens with a refresh token; =false: only those without
    #[arg(long)]
    pub refreshable: Option<bool>,
    /// Only tokens bound to this project
    #[arg(long, value_name = "KEY")]
    pub project: Option<String>,
    /// Only tokens that expire within this time, e.g. 7d
    #[arg(long, value_name = "TIME", value_parser = expiry::span)]
    pub expires_within: Option<u64>,
    /// Only tokens that have expired; without it they are left out
    #[arg(long)]
    pub expired: Option<bool>,
    /// Only tokens that were not used for this time, nor made within it, e.g. 90d
    #[arg(long, value_name = "TIME", value_parser = expiry::span)]
    pub unused_for: Option<u64>,
}

/// The flags of `token list`.
#[derive(Args)]
#[command(after_help = "\
An administrator sees all tokens, everybody else the own ones. Tokens that have ended are left out.

--user chooses tokens here; who logs in with a password is named by JF_USER or by a configured
server. Platforms tell less of a token than accessd does: where a filter asks about something that
the server does not tell, the token is left out, and a warning says how many were.

Examples:
  jf token list --user frog --expires-within 7d
  jf token list --description 'ci*' --unused-for 90d --format ids")]
pub(crate) struct TokenList {
    /// Arguments, of which there must be none
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// No more than so many
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// Column to sort by: created, token_id, owner, subject or expiry
    #[arg(long, value_name = "COLUMN", value_parser = COLUMNS, default_value = "created", hide_possible_values = true)]
    pub sort: String,
    /// Begin with the last one
    #[arg(long)]
    pub reverse: Option<bool>,
    /// table (default), json, csv or ids
    #[arg(long)]
    pub format: Option<ListFormat>,
    #[command(flatten)]
    pub filter: FilterFlags,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `token show`.
#[derive(Args)]
#[command(after_help = "\
Whose the token is, what it may do, until when, who made it and when it was last used. Its text is
nowhere but where it was printed once.

Examples:
  jf token show me
  jf token show 0193f3c4-6a01-7bbb-8ccc-0123456789ab --format json")]
pub(crate) struct TokenShow {
    /// Id of the token; me: the token that asks
    #[arg(value_name = "ID")]
    pub id: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// words (default) or json
    #[arg(long, hide_possible_values = true)]
    pub format: Option<ShowTokenFormat>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// How one token is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum ShowTokenFormat {
    /// A line for each thing that is known.
    #[default]
    Words,
    /// As the server sent it.
    Json,
}
