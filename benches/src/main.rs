//! Measures accessd against yardsticks of the same run, and prints one table; see docs/performance.md.

mod answer;
mod load;
mod machine;
mod measures;
mod report;
mod service;
mod sizes;
mod yardsticks;

use clap::Parser;
use machine::{Cores, Machine};
use measures::{Bench, MEASURES};
use report::Row;
use std::path::PathBuf;
use std::process::{Command, ExitCode};
use std::time::Duration;

/// Why a measure came to nothing: this program tells it to a person and ends.
pub(crate) type Failure = Box<dyn std::error::Error>;

/// Measures accessd; scripts/bench builds what this needs and starts it.
#[derive(Debug, Parser)]
struct Arguments {
    /// What to measure; everything if nothing is named.
    names: Vec<String>,
    /// Print the names of all measures.
    #[arg(long)]
    list: bool,
    /// Runs of each measure.
    #[arg(long, default_value_t = 3)]
    runs: usize,
    /// Seconds that each load is measured for.
    #[arg(long, default_value_t = 4)]
    seconds: u64,
    /// A million stored tokens in place of ten million.
    #[arg(long)]
    small: bool,
    /// An empty PostgreSQL database for the measure create-postgres, in place of one of its own on this machine.
    #[arg(long)]
    database: Option<String>,
    /// Where release builds are.
    #[arg(long, default_value = "target/release")]
    release: PathBuf,
    /// Also write the table into this file of the documentation.
    #[arg(long)]
    write: Option<PathBuf>,
    /// Also take rows that this program prints, tab separated.
    #[arg(long)]
    rows_of: Option<PathBuf>,
    /// Be the bare server.
    #[arg(long, hide = true)]
    serve_a_constant: bool,
}

fn main() -> ExitCode {
    match run(Arguments::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: Arguments) -> Result<(), Failure> {
    if arguments.serve_a_constant {
        return service::serve_a_constant();
    }
    if arguments.list {
        for (name, what, _) in MEASURES {
            println!("{name:22} {what}");
        }
        return Ok(());
    }
    for name in &arguments.names {
        if !MEASURES.iter().any(|(known, ..)| known == name) {
            return Err(format!("there is no measure {name:?}; --list prints all").into());
        }
    }
    let machine = Machine::look()?;
    let scratch = tempfile::tempdir()?;
    let bench = Bench {
        release: arguments.release.canonicalize()?,
        scratch: scratch.path().to_owned(),
        machine,
        runs: arguments.runs.max(1),
        length: Duration::from_secs(arguments.seconds.max(1)),
        many: if arguments.small { 1_000_000 } else { 10_000_000 },
        database: arguments.database.clone(),
    };
    let mut rows = Vec::new();
    for (name, _, measure) in MEASURES {
        if arguments.names.is_empty() || arguments.names.iter().any(|wanted| wanted == name) {
            eprintln!("{name} …");
            bench.machine.pin(Cores::All)?;
            let measured = measure(&bench).map_err(|failure| format!("{name}: {failure}"))?;
            eprint!("{}", report::table(&measured, ""));
            rows.extend(measured);
        }
    }
    bench.machine.pin(Cores::All)?;
    if let Some(program) = &arguments.rows_of {
        let output = Command::new(program).arg("--tsv").output()?;
        rows.extend(String::from_utf8_lossy(&output.stdout).lines().filter_map(Row::of_tsv));
    }
    let table = report::table(&rows, &machine::description(machine.cores()));
    println!("{table}");
    match &arguments.write {
        Some(file) => report::write(&table, file),
        None => Ok(()),
    }
}
