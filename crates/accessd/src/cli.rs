//! The argument grammar, whole. What an argument means is decided in [`crate::settings`].

use crate::duration;
use clap::{Args, Parser, Subcommand};
use std::path::PathBuf;

/// The token service.
#[derive(Debug, Parser)]
#[command(name = "accessd", version, about, arg_required_else_help = true)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What `accessd` can do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Run the service until SIGTERM or SIGINT.
    Serve(ServeArguments),
    /// Print a short-lived administrator token; works while the service runs.
    AdminToken(AdminTokenArguments),
    /// Print each setting and where it comes from; fail if one of them is wrong.
    Check(ServeArguments),
    /// Bring the database's schema up to date, as `serve` does when it starts, and end.
    Migrate(PlaceArguments),
    /// Write everything but the master key to a file, while the service runs.
    Export(FileArguments),
    /// Take over what `export` wrote, into an empty database.
    Import(FileArguments),
    /// Unlock a PostgreSQL database in which changes were found missing that had been acknowledged.
    Unlock(UnlockArguments),
}

/// Where settings and data are.
#[derive(Debug, Clone, Default, Args)]
pub struct PlaceArguments {
    /// Settings file [default: $ACCESSD_CONFIG, else accessd.toml in the data folder if it is there].
    #[arg(long, value_name = "FILE")]
    pub config: Option<PathBuf>,
    /// Data folder [default: $ACCESSD_DATA_DIR, else $XDG_DATA_HOME/accessd, else ~/.local/share/accessd].
    #[arg(long, value_name = "DIR")]
    pub data_dir: Option<PathBuf>,
    /// Database, sqlite:PATH or postgres://USER@HOST/DATABASE [default: accessd.db in the data folder].
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

/// Arguments of `serve` and `check`.
#[derive(Debug, Clone, Default, Args)]
pub struct ServeArguments {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it, and clap would print it")]
    pub place: PlaceArguments,
    /// Address to listen on; port 0 takes any free one [default: 127.0.0.1:8082].
    #[arg(long, value_name = "HOST:PORT")]
    pub listen: Option<String>,
}

/// Arguments of `admin-token`.
#[derive(Debug, Clone, Args)]
pub struct AdminTokenArguments {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it, and clap would print it")]
    pub place: PlaceArguments,
    /// How long the token lives: seconds, or a number with s, m or h; at most 24h.
    #[arg(long, value_name = "DURATION", default_value = "15m", value_parser = duration::parse_admin_expiry)]
    pub expiry: u64,
    /// Whose name the token bears.
    #[arg(long, value_name = "NAME", default_value = "admin")]
    pub user: String,
}

/// Arguments of `export` and `import`.
#[derive(Debug, Clone, Args)]
pub struct FileArguments {
    /// The file; - is standard output or standard input.
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it, and clap would print it")]
    pub place: PlaceArguments,
}

/// Arguments of `unlock`.
#[derive(Debug, Clone, Args)]
pub struct UnlockArguments {
    #[command(flatten)]
    #[expect(missing_docs, reason = "the type says it, and clap would print it")]
    pub place: PlaceArguments,
    /// Revoke all tokens and refresh tokens made until now, since revocations may be missing.
    #[arg(long)]
    pub revoke_all_tokens: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_grammar_is_sound() {
        Cli::command().debug_assert();
    }

    #[test]
    fn admin_token_has_its_defaults() {
        let cli = Cli::try_parse_from(["accessd", "admin-token"]).unwrap();
        let Command::AdminToken(arguments) = cli.command else { panic!("another command") };
        assert_eq!((arguments.expiry, arguments.user.as_str()), (900, "admin"));
    }

    #[test]
    fn wrong_usage_is_refused() {
        for arguments in [
            &["accessd", "serve", "--port", "1"][..],
            &["accessd", "admin-token", "--expiry", "25h"],
            &["accessd", "admin-token", "--expiry", "0"],
            &["accessd", "nothing"],
        ] {
            let error = Cli::try_parse_from(arguments).unwrap_err();
            assert_eq!(error.exit_code(), 2, "{arguments:?}");
        }
    }
}
