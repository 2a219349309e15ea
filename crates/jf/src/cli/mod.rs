//! The whole grammar of the command line, one file for each group of commands. What a flag means is decided
//! in `commands` and `connection`.

mod artifactory;
mod config;
mod connection;
mod doctor;
mod login;
mod token;
mod token_exec;
mod token_inspect;
mod token_list;
mod token_revoke;
mod token_rotate;
mod tools;

pub(crate) use artifactory::{Artifactory, ArtifactoryPing, ArtifactoryTokenCreate};
pub(crate) use config::{
    Config, ConfigAdd, ConfigEdit, ConfigExport, ConfigImport, ConfigRemove, ConfigShow, ConfigUse,
    OidcFlags, ServerFlags, ShowFormat,
};
pub(crate) use connection::{CertificateFlags, ConnectionFlags, SecretFlags, TransportFlags};
pub(crate) use doctor::{Doctor, Whoami};
pub(crate) use login::Login;
pub(crate) use token::{AccessTokenCreate, ExchangeOidcToken, Token, TokenOutput, WantedToken};
pub(crate) use token_exec::TokenExec;
pub(crate) use token_inspect::TokenInspect;
pub(crate) use token_list::{FilterFlags, ShowTokenFormat, TokenList, TokenShow};
pub(crate) use token_revoke::{SummaryFormat, TokenRevoke};
pub(crate) use token_rotate::{TokenRefresh, TokenRotate};
pub(crate) use tools::{Api, Completion, ManPages};

use access_types::Secret;
use clap::builder::{OsStringValueParser, TypedValueParser};
use clap::{ArgAction, Args as _, CommandFactory as _, Parser, Subcommand};
use std::any::TypeId;
use std::convert::Infallible;
use std::ffi::OsStr;
use std::path::PathBuf;

/// Columns of help where there is no terminal, or a wider one.
const HELP_WIDTH: usize = 100;

/// What `--version` says behind the program's name.
pub(crate) const VERSION: &str = concat!("version ", env!("CARGO_PKG_VERSION"));

/// Command-line tool for access tokens of a JFrog Platform
#[derive(Parser)]
#[command(
    name = "jf",
    version = VERSION,
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
    /// Exchange a CI job's OIDC token for an access token
    #[command(name = "exchange-oidc-token", visible_alias = "eot", args_override_self = true)]
    ExchangeOidcToken(Box<ExchangeOidcToken>),
    /// Log in with a web browser and keep the server
    #[command(args_override_self = true)]
    Login(Box<Login>),
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
    /// Ask Artifactory itself
    #[command(
        subcommand,
        name = "rt",
        arg_required_else_help = true,
        after_help = "\
Examples:
  jf rt ping
  jf rt access-token-create frog --server-id old"
    )]
    Artifactory(Artifactory),
    /// Tell which server is asked, as whom, and until when
    #[command(args_override_self = true)]
    Whoami(Box<Whoami>),
    /// Check everything between this machine and a server, and change nothing
    #[command(args_override_self = true)]
    Doctor(Box<Doctor>),
    /// Send a request to any path of the platform
    #[command(args_override_self = true)]
    Api(Box<Api>),
    /// Print a shell's completion script
    #[command(args_override_self = true)]
    Completion(Completion),
    /// List the environment variables that change what jf does
    #[command(after_help = "Examples:\n  jf options\n  jf options | less")]
    Options,
    /// Write the man pages into a folder
    #[command(name = "man-pages", args_override_self = true)]
    ManPages(ManPages),
}

/// The grammar as a whole. A flag that is true or false takes its value behind an equals sign only, and is true
/// without one.
pub(crate) fn grammar() -> clap::Command {
    with_filter_by_user(with_booleans(Cli::command()))
}

/// The part of the grammar that is enough to read the arguments of a command that begins with `word`, for the command
/// that scripts call most. What it reads, the whole grammar reads in the same way; what it does not is for the whole.
pub(crate) fn grammar_of(word: &OsStr) -> Option<clap::Command> {
    if word != "atc" && word != "access-token-create" {
        return None;
    }
    let command = clap::Command::new("access-token-create").visible_alias("atc").args_override_self(true);
    Some(with_booleans(clap::Command::new("jf").subcommand(AccessTokenCreate::augment_args(command))))
}

/// Whether `argument`, alone, asks for the version, which takes no grammar to say.
pub(crate) fn asks_for_version(argument: &OsStr) -> bool {
    argument == "--version" || argument == "-version" || argument == "-v" || argument == "-V"
}

/// The grammar as it is read and as it explains itself: help opens with the examples.
pub(crate) fn with_examples_first(command: clap::Command) -> clap::Command {
    let command = command.mut_subcommands(with_examples_first);
    let text = command.get_after_help().map(ToString::to_string).unwrap_or_default();
    let Some((before, examples)) = text.split_once("Examples:\n") else { return command };
    let template = "{about-with-newline}\n{before-help}{usage-heading} {usage}\n\n{all-args}{after-help}";
    let command = command.before_help(format!("Examples:\n{examples}")).help_template(template);
    match before.trim_end() {
        "" => command.after_help(None),
        rest => command.after_help(rest.to_owned()),
    }
}

/// Where tokens are chosen, `--user` chooses.
fn with_filter_by_user(command: clap::Command) -> clap::Command {
    let chooses = |command: clap::Command| {
        command.mut_arg("user", |flag| {
            flag.help("Only tokens of this user").value_name("NAME").help_heading("Filters")
        })
    };
    command.mut_subcommand("token", |token| {
        token.mut_subcommand("list", chooses).mut_subcommand("revoke", chooses)
    })
}

fn with_booleans(command: clap::Command) -> clap::Command {
    let with_boolean = |flag: clap::Arg| {
        if flag.get_value_parser().type_id() != TypeId::of::<bool>() || !flag.get_action().takes_values() {
            return flag;
        }
        flag.value_name("BOOL")
            .num_args(0..=1)
            .require_equals(true)
            .default_missing_value("true")
            .hide_possible_values(true)
    };
    command.mut_args(with_boolean).mut_subcommands(with_booleans)
}

/// The text of a flag; empty text is the same as no flag.
pub(crate) fn filled(text: Option<String>) -> Option<String> {
    text.filter(|text| !text.is_empty())
}

/// The path of a flag; an empty one is the same as no flag.
pub(crate) fn filled_path(path: Option<PathBuf>) -> Option<PathBuf> {
    path.filter(|path| !path.as_os_str().is_empty())
}

fn secret(text: &str) -> Result<Secret, Infallible> {
    Ok(text.into())
}

/// A path of the existing tool's, where an empty one is the same as none.
fn path_or_empty() -> impl TypedValueParser<Value = PathBuf> {
    OsStringValueParser::new().map(PathBuf::from)
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::FromArgMatches as _;

    #[test]
    fn the_grammar_is_sound() {
        grammar().debug_assert();
    }

    #[test]
    fn a_part_of_the_grammar_is_what_it_is_in_the_whole() {
        let (whole, part) = (grammar(), grammar_of("atc".as_ref()).unwrap());
        assert_eq!(part.get_subcommands().count(), 1);
        let [whole, part] = [&whole, &part].map(|grammar| grammar.find_subcommand("atc").unwrap());
        assert_eq!(whole.get_name(), part.get_name());
        assert_eq!(whole.is_args_override_self(), part.is_args_override_self());
        assert!(whole.get_all_aliases().eq(part.get_all_aliases()));
        let described =
            |command: &clap::Command| format!("{:#?}", command.get_arguments().collect::<Vec<_>>());
        assert_eq!(described(whole), described(part));
        assert!(grammar_of("access-token-create".as_ref()).is_some());
        assert!(grammar_of("config".as_ref()).is_none());
    }

    #[test]
    fn the_version_is_the_grammar_s() {
        for argument in ["--version", "-v", "-V"] {
            assert!(asks_for_version(argument.as_ref()));
            let error = grammar().try_get_matches_from(["jf", argument]).unwrap_err();
            assert_eq!(error.to_string(), format!("jf {VERSION}\n"));
        }
        assert!(!asks_for_version("atc".as_ref()));
    }

    #[test]
    fn help_fits_a_terminal_and_shows_two_commands() {
        fn check(command: &mut clap::Command) {
            let help = command.render_help().to_string();
            for line in help.lines() {
                assert!(line.chars().count() <= HELP_WIDTH, "{line}");
            }
            let (_, rest) = help.split_once("Examples:\n").unwrap();
            let (examples, _) = rest.split_once("\n\nUsage: ").unwrap();
            assert_eq!(examples.matches("  jf ").count(), 2, "{help}");
            let is_ours = |command: &&mut clap::Command| command.get_name() != "help";
            command.get_subcommands_mut().filter(is_ours).for_each(check);
        }
        let mut grammar = with_examples_first(grammar());
        grammar.build();
        check(&mut grammar);
    }

    #[test]
    fn the_last_one_of_a_flag_wins() {
        let words = ["jf", "atc", "--expiry=1", "--refreshable", "--expiry=2", "--refreshable=false"];
        let cli = Cli::from_arg_matches(&grammar().get_matches_from(words)).unwrap();
        let Command::AccessTokenCreate(command) = cli.command else { panic!("another command") };
        assert_eq!((command.wanted.expiry.as_deref(), command.refreshable), (Some("2"), Some(false)));
    }
}
