//! The program `accessd`: hands arguments and environment to the library, and its answer to the system.

use accessd::environment::Environment;
use std::process::ExitCode;

fn main() -> ExitCode {
    accessd::run(std::env::args_os(), Environment::of(std::env::vars_os()))
}
