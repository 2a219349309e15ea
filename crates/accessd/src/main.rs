//! The program `accessd`: hands arguments and environment to the library, and its answer to the system.

use accessd::environment::Environment;
use std::process::ExitCode;

/// Requests wander between threads, and with the system's allocator the threads wait for each other there.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    accessd::run(std::env::args_os(), Environment::of(std::env::vars_os()))
}
