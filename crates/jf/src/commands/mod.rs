//! One file a command: what the flags mean, then what is done.

mod access_token_create;
mod api;
mod artifactory_ping;
mod artifactory_token_create;
pub(crate) mod completion;
mod config_add;
mod config_edit;
mod config_export;
mod config_import;
mod config_questions;
mod config_remove;
mod config_server;
mod config_show;
mod config_use;
mod doctor;
mod encrypted_password;
mod exchange_oidc_token;
mod login;
mod man_pages;
mod options;
mod server_changes;
mod token_exec;
mod token_filter;
mod token_inspect;
mod token_list;
mod token_refresh;
mod token_result;
mod token_revoke;
mod token_revoke_account;
mod token_rotate;
mod token_show;
mod whoami;

use crate::cli::{Artifactory, Command, Config, Token};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::destination::{Destination, NotWritten};
use crate::output::report::Report;
use std::io::{self, ErrorKind};
use std::process::ExitCode;

/// Runs a command.
///
/// # Errors
/// Why it did not do what it was asked.
pub(crate) fn run(command: Command, environment: &Environment, report: &Report) -> Outcome<ExitCode> {
    let outcome = match command {
        // The one whose success has another program's exit code.
        Command::Token(Token::Exec(flags)) => return token_exec::run(*flags, environment, report),
        Command::AccessTokenCreate(flags) | Command::Token(Token::Create(flags)) => {
            access_token_create::run(*flags, environment, report)
        }
        Command::ExchangeOidcToken(flags) | Command::Token(Token::Exchange(flags)) => {
            exchange_oidc_token::run(*flags, environment, report)
        }
        Command::Token(Token::List(flags)) => token_list::run(*flags, environment, report),
        Command::Token(Token::Inspect(flags)) => token_inspect::run(*flags, environment, report),
        Command::Token(Token::Refresh(flags)) => token_refresh::run(*flags, environment, report),
        Command::Token(Token::Rotate(flags)) => token_rotate::run(*flags, environment, report),
        Command::Token(Token::Revoke(flags)) => token_revoke::run(*flags, environment, report),
        Command::Token(Token::Show(flags)) => token_show::run(*flags, environment, report),
        Command::Login(flags) => login::run(*flags, environment, report),
        Command::Config(Config::Add(flags)) => config_add::run(*flags, environment, report),
        Command::Config(Config::Edit(flags)) => config_edit::run(*flags, environment, report),
        Command::Config(Config::Show(flags)) => config_show::run(&flags, environment, report),
        Command::Config(Config::Use(flags)) => config_use::run(&flags, environment, report),
        Command::Config(Config::Remove(flags)) => config_remove::run(&flags, environment, report),
        Command::Config(Config::Export(flags)) => config_export::run(flags, environment, report),
        Command::Config(Config::Import(flags)) => config_import::run(flags, environment, report),
        Command::Artifactory(Artifactory::AccessTokenCreate(flags)) => {
            artifactory_token_create::run(*flags, environment, report)
        }
        Command::Artifactory(Artifactory::Ping(flags)) => artifactory_ping::run(*flags, environment, report),
        Command::Whoami(flags) => whoami::run(*flags, environment, report),
        Command::Doctor(flags) => doctor::run(*flags, environment, report),
        Command::Api(flags) => api::run(*flags, environment, report),
        Command::Completion(flags) => completion::run(&flags, environment, report),
        Command::Options => options::run(),
        Command::ManPages(flags) => man_pages::run(&flags),
    };
    outcome.map(|()| ExitCode::SUCCESS)
}

fn wrong_number(count: usize, usage: &str) -> Failure {
    Failure::usage(format!("Wrong number of arguments ({count}).")).hint(format!("usage: {usage}"))
}

fn refuse_surplus(surplus: &[String], usage: &str) -> Outcome<()> {
    if surplus.is_empty() { Ok(()) } else { Err(wrong_number(1 + surplus.len(), usage)) }
}

/// For commands that take no argument at all.
fn refuse_surplus_with(surplus: &[String], message: &str, usage: &str) -> Outcome<()> {
    if surplus.is_empty() { Ok(()) } else { Err(Failure::usage(message).hint(format!("usage: {usage}"))) }
}

/// Writes a result that can be had again. A reader that has seen enough of it is no failure.
fn write_to(destination: Destination, text: &[u8]) -> Outcome<()> {
    let Err(problem) = destination.write(text) else { return Ok(()) };
    Err(match problem {
        NotWritten::Lost(why) if why.kind() == ErrorKind::BrokenPipe => return Ok(()),
        NotWritten::Lost(why) => Failure::new(Reason::Failed, format!("cannot write the result: {why}"))
            .hint("check the disk and who reads the output"),
        NotWritten::Elsewhere { file, why } => {
            let file = file.display();
            Failure::new(Reason::Failed, format!("the result is in {file} instead of --output: {why}"))
                .hint(format!("move {file} to where it should be"))
        }
    })
}

/// A list that is written while it comes. A reader that has seen enough of it is no failure.
fn list_not_written(error: io::Error) -> Outcome<()> {
    if error.kind() == ErrorKind::BrokenPipe {
        return Ok(());
    }
    Err(Failure::new(Reason::Failed, format!("cannot write the list: {error}"))
        .hint("check the disk and who reads the output"))
}
