//! `jf api`, and what helps to use jf: completion and man pages.

use super::{ConnectionFlags, secret};
use access_types::Secret;
use clap::{ArgAction, Args};
use std::path::PathBuf;

/// The flags of `api`.
#[derive(Args)]
#[command(after_help = "\
The answer's body goes to standard output whatever its status, and the status to standard error. A 2xx or 304 is
success.

Examples:
  jf api access/api/v1/tokens
  jf api -X POST -H 'Content-Type: application/json' --input body.json access/api/v2/groups")]
pub(crate) struct Api {
    /// Path below the platform's address
    #[arg(value_name = "PATH")]
    pub path: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Method
    #[arg(short = 'X', long, value_name = "METHOD", default_value = "GET")]
    pub method: String,
    /// Header as name:value, once for each; one of jf's own headers is replaced
    #[arg(short = 'H', long, value_name = "NAME:VALUE", action = ArgAction::Append, value_parser = secret)]
    #[arg(allow_hyphen_values = true)]
    pub header: Vec<Secret>,
    /// Body, as text
    #[arg(short = 'd', long, value_name = "TEXT", value_parser = secret, allow_hyphen_values = true)]
    pub data: Option<Secret>,
    /// File with the body; - is standard input
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
    /// Show the headers of request and answer on standard error, without secrets
    #[arg(long)]
    pub verbose: Option<bool>,
    /// Write the body to this new file (mode 0600) instead of standard output
    #[arg(long, value_name = "FILE")]
    pub output: Option<PathBuf>,
    #[command(flatten)]
    pub connection: ConnectionFlags,
}

/// The flags of `completion`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  jf completion bash --install
  jf completion fish > ~/.config/fish/completions/jf.fish")]
pub(crate) struct Completion {
    /// bash, zsh, fish or powershell
    #[arg(value_name = "SHELL")]
    pub shell: Option<String>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
    /// Write the script to where the shell finds it, or tell what to add to its start-up file
    #[arg(long)]
    pub install: Option<bool>,
}

/// The flags of `man-pages`.
#[derive(Args)]
#[command(after_help = "\
Examples:
  jf man-pages ~/.local/share/man/man1
  jf man-pages /usr/local/share/man/man1")]
pub(crate) struct ManPages {
    /// The folder, which is created if it is missing
    #[arg(value_name = "FOLDER")]
    pub folder: Option<PathBuf>,
    /// One argument too many, to be counted
    #[arg(hide = true)]
    pub surplus: Vec<String>,
}
