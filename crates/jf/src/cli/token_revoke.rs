//! `jf token revoke`.

use super::{ConnectionFlags, FilterFlags};
use clap::Args;

/// Revokes tokens at once: by their ids, by a token's text on standard input, the one that asks, or all that
/// filters choose. A token that is gone already is no failure.
#[derive(Args)]
#[command(after_help = "\
With filters, the tokens are counted and listed first; at a terminal you type their number to go on, elsewhere
--yes does. Only what was listed is revoked. If it is interrupted or fails on the way, the same command goes on
where it ended.

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
    #[command(flatten)]
    pub filter: FilterFlags,
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
    #[arg(long)]
    pub format: Option<SummaryFormat>,
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
