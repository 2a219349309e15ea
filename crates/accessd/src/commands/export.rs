//! `accessd export`: everything but the master key, in a file that `accessd import` takes over into another database.

use super::{no_database, settings_of, summary};
use crate::cli::FileArguments;
use crate::durable_file;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::DatabasePlace;
use access_store::transfer::{self, Counts, TransferError};
use std::io::{BufWriter, Write};
use std::path::Path;

/// What is collected before it goes to the file.
const BUFFER: usize = 256 << 10;

pub(super) fn run(arguments: FileArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = settings_of(arguments.place, environment)?;
    let from = &settings.database;
    if let DatabasePlace::Sqlite(path) = from
        && !path.exists()
    {
        return Err(no_database(path));
    }
    let file = &arguments.file;
    let cannot = |error: TransferError| Failure::new(format!("cannot export {from}")).caused_by(&error);
    let counts = if file == Path::new("-") {
        write(from, std::io::stdout().lock()).map_err(cannot)?
    } else {
        // Asked first: an export takes its time.
        if file.symlink_metadata().is_ok() {
            return Err(is_there(file));
        }
        let (counts, is_new) =
            durable_file::create_by(file, |file| write(from, file)).map_err(|error| match error {
                TransferError::Io(error) => {
                    Failure::new(format!("cannot write {}", file.display())).caused_by(&error)
                }
                error => cannot(error),
            })?;
        if !is_new {
            return Err(is_there(file));
        }
        counts
    };
    // Nobody may be listening; the file is whole.
    let _ = writeln!(
        std::io::stderr(),
        "exported {from}: {}\nThe master key is not in it; the service that takes it over needs the same one.",
        summary(&counts)
    );
    Ok(())
}

fn write(from: &DatabasePlace, out: impl Write) -> Result<Counts, TransferError> {
    let out = BufWriter::with_capacity(BUFFER, out);
    match from {
        DatabasePlace::Sqlite(path) => transfer::export_sqlite(path, out),
        DatabasePlace::Postgres(settings) => transfer::export_postgres(settings, out),
    }
}

fn is_there(file: &Path) -> Failure {
    Failure::new(format!("{} is there already", file.display())).hint("name another file, or move it away")
}
