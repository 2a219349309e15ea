//! The command-line tool: what happens between the process's arguments and its exit code. It is a library so that
//! its parsers can be fuzzed; nothing else is meant to link it.

mod addresses;
mod arguments;
mod cli;
mod clock;
mod commands;
mod config;
mod connection;
mod credential;
mod doctor;
mod environment;
mod error;
mod expiry;
mod expiry_notice;
#[doc(hidden)]
pub mod fuzzing;
mod http;
mod identity;
mod interrupt;
mod json_field;
mod oidc;
mod output;
mod platform_url;
mod prompt;
mod refresh;
mod scope;
mod secret_input;
mod session;
mod source;
mod tokens;
mod validity;
mod web_login;
mod yaml;

use clap::FromArgMatches as _;
use clap::error::{ContextKind, ContextValue, ErrorKind};
use cli::{Cli, Command};
use commands::completion;
use environment::Environment;
use error::{Failure, Outcome};
use output::report::Report;
use std::ffi::OsString;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

/// Runs the command that the process's arguments ask for.
pub fn main() -> ExitCode {
    #[cfg(panic = "abort")]
    exit_at_a_panic();
    let arguments: Vec<OsString> = std::env::args_os().skip(1).collect();
    if let [only] = arguments.as_slice()
        && cli::asks_for_version(only)
    {
        let _ = output::write_result(format!("jf {}\n", cli::VERSION).as_bytes());
        return ExitCode::SUCCESS;
    }
    let environment = Environment::new(
        std::env::vars_os(),
        [io::stdin().is_terminal(), io::stderr().is_terminal(), io::stdout().is_terminal()],
    );
    let report = Report::new(&environment);
    if let Some((last, words)) = arguments.split_last()
        && last == completion::WORDS_FLAG
    {
        let words: Vec<String> = words.iter().map(|word| word.to_string_lossy().into_owned()).collect();
        let _ = output::write_result(completion::words(&words, &environment).as_bytes());
        return ExitCode::SUCCESS;
    }
    let wants_json_errors = wants_json_errors(&arguments, &environment);
    let outcome = match parse(arguments) {
        Ok(Parsed::Command(command)) => commands::run(command, &environment, &report),
        Ok(Parsed::Help(text)) => {
            // A reader that has seen enough of the help is no failure.
            let _ = output::write_result(text.as_bytes());
            Ok(ExitCode::SUCCESS)
        }
        Err(failure) => Err(failure),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            if wants_json_errors && !failure.is_told {
                // If nobody reads it, the exit code still says what happened.
                let _ = output::write_result((report.redact(&failure.to_json()) + "\n").as_bytes());
            } else {
                report.failure(&failure);
            }
            ExitCode::from(failure.reason.exit_code())
        }
    }
}

/// Lets a panic end the process as it does where it unwinds: with terminal and files in order, with the same exit code,
/// and without a core file, which would have secrets in it.
#[cfg(panic = "abort")]
fn exit_at_a_panic() {
    let say = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        say(panic);
        interrupt::exit_in_order(101);
    }));
}

/// Whether failures are wanted as JSON on standard output: by the environment, or because the result was asked
/// for as JSON. Looked for before anything is parsed, so that it holds for wrong usage too.
fn wants_json_errors(arguments: &[OsString], environment: &Environment) -> bool {
    let is_json = |text: &str| text.trim().eq_ignore_ascii_case("json");
    let mut words = arguments.iter().map(|argument| argument.to_str().unwrap_or_default());
    let mut is_asked_for = false;
    while let Some(word) = words.next() {
        match word.trim_start_matches('-').split_once('=') {
            Some(("format", value)) if word.starts_with('-') => is_asked_for = is_json(value),
            None if matches!(word, "-format" | "--format") => {
                is_asked_for = words.next().is_some_and(is_json);
            }
            _ if word == "--" => break,
            _ => {}
        }
    }
    is_asked_for || environment.wants_json_errors()
}

enum Parsed {
    Command(Command),
    /// Help or version, asked for.
    Help(String),
}

/// Reads the arguments with as little of the grammar as they need: building the whole takes longer, and more memory,
/// than anything else that a command does before it asks a server.
fn parse(arguments: Vec<OsString>) -> Outcome<Parsed> {
    if let Some(grammar) = arguments.first().and_then(|word| cli::grammar_of(word))
        && let Ok(normal) = arguments::normalise(&grammar, arguments.clone())
        && let Ok(matches) = grammar.try_get_matches_from(behind_program(normal))
        && let Ok(command) = Command::from_arg_matches(&matches)
    {
        return Ok(Parsed::Command(command));
    }
    // Help, and what is wrong, is said by the whole.
    let grammar = cli::grammar();
    let arguments = arguments::normalise(&grammar, arguments)?;
    let parsed = cli::with_examples_first(grammar)
        .try_get_matches_from(behind_program(arguments))
        .and_then(|matches| Cli::from_arg_matches(&matches));
    match parsed {
        Ok(cli) => Ok(Parsed::Command(cli.command)),
        Err(error) => match error.kind() {
            ErrorKind::DisplayHelp
            | ErrorKind::DisplayVersion
            | ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => Ok(Parsed::Help(error.to_string())),
            _ => Err(usage_failure(&error)),
        },
    }
}

fn behind_program(arguments: Vec<OsString>) -> impl Iterator<Item = OsString> {
    std::iter::once(OsString::from("jf")).chain(arguments)
}

/// The words before a mistyped command, such as `jf config`: those that the usage begins with.
fn group_of(error: &clap::Error) -> String {
    let usage = match error.get(ContextKind::Usage) {
        Some(ContextValue::StyledStr(usage)) => usage.to_string(),
        _ => String::new(),
    };
    let words = usage.split_whitespace().skip_while(|word| *word != "jf");
    let words: Vec<&str> = words.take_while(|word| !word.starts_with(['<', '['])).collect();
    if words.is_empty() { "jf".to_owned() } else { words.join(" ") }
}

/// The parser's words as a failure: the first paragraph says what is wrong, the rest is the hint.
fn usage_failure(error: &clap::Error) -> Failure {
    if let (ErrorKind::InvalidSubcommand, Some(ContextValue::String(word))) =
        (error.kind(), error.get(ContextKind::InvalidSubcommand))
    {
        let group = group_of(error);
        let failure = Failure::usage(format!("'{group} {word}' is not a jf command. See --help"));
        return match error.get(ContextKind::SuggestedSubcommand) {
            Some(ContextValue::Strings(similar)) if !similar.is_empty() => {
                let similar: Vec<String> = similar.iter().map(|name| format!("{group} {name}")).collect();
                failure.hint(format!("similar commands: {}", similar.join(", ")))
            }
            _ => failure,
        };
    }
    let text = error.to_string();
    let text = text.strip_prefix("error: ").unwrap_or(&text).trim_end();
    let (message, rest) = text.split_once("\n\n").unwrap_or((text, ""));
    let rest: Vec<&str> = rest
        .lines()
        .map(|line| line.trim().trim_start_matches("tip: "))
        // What was mistyped is hardly ever meant as a value.
        .filter(|line| !line.is_empty() && !line.starts_with("to pass "))
        .collect();
    let failure = Failure::usage(message);
    if rest.is_empty() { failure } else { failure.hint(rest.join("\n")) }
}
