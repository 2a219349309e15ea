//! `jf token revoke`.

use super::{ConnectionFlags, FilterFlags};
use clap::Args;

/// The flags of `token revoke`.
#[derive(Args)]
#[command(after_help = "\
Revoked tokens are dead at once, with their reference and refresh tokens. One that is gone already
is no failure.

With filters, the tokens are counted and listed first. At a terminal you type their number to go
on, elsewhere --yes does. Only what was listed is revoked. If it is interrupted or fails on the
way, the same command goes on where it ended.

Examples:
  jf token revoke 0193f3c4-6a01-7bbb-8ccc-0123456789ab
  jf token revoke --user frog --unused-for 90d --dry-run")]
pub(crate) struct TokenRevoke {
    /// Ids of tokens; -: the text of one token is read from standard input
    #[arg(value_name = "ID")]
    pub ids: Vec<String>,
    /// The token that asks
    #[arg(long = "self")]
    pub itself: Option<bool>,
    /// No more than so many, the oldest first
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u64).range(1..))]
    pub limit: Option<u64>,
    /// List what would be revoked, and change nothing
    #[arg(long)]
    pub dry_run: Option<bool>,
    /// Revoke what filters choose without asking
    #[arg(long)]
    pub yes: Option<bool>,
    /// At most so many a second [default: 50; accessd sets its own pace]
    #[arg(long, value_name = "COUNT", value_parser = clap::value_parser!(u32).range(1..))]
    pub rate: Option<u32>,
    /// text (default) or json: how the summary is printed
    #[arg(long, hide_possible_values = true)]
    pub format: Option<SummaryFormat>,
    #[command(flatten)]
    pub filter: FilterFlags,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// How a summary is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub(crate) enum SummaryFormat {
    /// A line for reading.
    #[default]
    Text,
    /// An object with counts, and each failure.
    Json,
}
