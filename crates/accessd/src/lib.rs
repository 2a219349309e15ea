//! The token service: HTTP, settings and command line around [`access_core::Access`].
//!
//! A request walks in at [`router`], is taken apart by one file in [`routes`], decided in core, and
//! answered; [`errors`] is the only place that chooses the status of a refusal.

pub mod answers;
pub mod api;
pub mod body;
pub mod bootstrap;
pub mod caller;
pub mod cleaning;
pub mod cli;
pub mod commands;
pub mod credentials;
pub mod data_folder;
pub mod database;
pub mod durable_file;
pub mod duration;
pub mod environment;
pub mod errors;
pub mod failure;
pub mod fuzzing;
pub mod last_used;
pub mod layers;
pub mod listener;
pub mod logging;
pub mod master_key;
pub mod openapi;
pub mod opening;
pub mod outbound;
pub mod past_due;
pub mod paths;
pub mod patience;
pub mod query;
pub mod router;
pub mod routes;
pub mod secret_file;
pub mod server;
pub mod settings;
pub mod shutdown;
pub mod state;

use clap::Parser;
use environment::Environment;
use std::ffi::OsString;
use std::io::Write as _;
use std::process::ExitCode;

/// Runs the program with these arguments (the first is its name) and environment.
pub fn run(arguments: impl IntoIterator<Item = OsString>, environment: Environment) -> ExitCode {
    let cli = match cli::Cli::try_parse_from(arguments) {
        Ok(cli) => cli,
        Err(error) => {
            // Nobody is left to tell if even this cannot be printed.
            let _ = error.print();
            return if error.use_stderr() { ExitCode::from(2) } else { ExitCode::SUCCESS };
        }
    };
    match commands::run(cli, &environment) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            // As one write, which no line of the log gets into. Nobody may be listening; that is no other failure.
            let _ = std::io::stderr().write_all(failure.to_string().as_bytes());
            ExitCode::from(failure.exit_code())
        }
    }
}
