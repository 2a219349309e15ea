//! The command-line tool. Everything is in the library; this is where the process begins and ends.

use std::process::ExitCode;

fn main() -> ExitCode {
    jf::main()
}
