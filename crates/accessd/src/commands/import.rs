//! `accessd import`: takes over what `accessd export` wrote, whole or not at all.

use super::{settings_of, summary};
use crate::cli::FileArguments;
use crate::data_folder::DataFolder;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::{DatabasePlace, Settings};
use crate::{master_key, opening};
use access_core::check_master_key;
use access_store::transfer::{Import, TransferError};
use std::fs::File;
use std::io::{BufRead, BufReader, Write as _};
use std::path::Path;

/// What is read from the file at one time.
const BUFFER: usize = 256 << 10;

pub(super) fn run(arguments: FileArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = settings_of(arguments.place, environment)?;
    let file = &arguments.file;
    if file == Path::new("-") {
        return import(std::io::stdin().lock(), file, &settings, environment);
    }
    let input = File::open(file)
        .map_err(|error| Failure::new(format!("cannot read {}", file.display())).caused_by(&error))?;
    import(BufReader::with_capacity(BUFFER, input), file, &settings, environment)
}

fn import(
    input: impl BufRead,
    file: &Path,
    settings: &Settings,
    environment: &Environment,
) -> Result<(), Failure> {
    let to = &settings.database;
    let cannot = || Failure::new(format!("cannot import {} into {to}", file.display()));
    let because = |error: TransferError| cannot().caused_by(&error);
    let import = Import::begin(input).map_err(because)?;
    let key = master_key::find(&settings.data_dir, environment)?;
    if let Some(key) = &key {
        check_master_key(import.signing_keys().to_vec(), key)
            .map_err(|error| opening::explain(cannot(), &error))?;
    }
    let counts = match to {
        DatabasePlace::Sqlite(path) => {
            DataFolder::open(&settings.data_dir)?;
            import.into_sqlite(path)
        }
        DatabasePlace::Postgres(settings) => import.into_postgres(settings),
    }
    .map_err(because)?;
    let mut text = format!("imported into {to}: {}\n", summary(&counts));
    if key.is_none() {
        let place = settings.data_dir.join("keys/master.key");
        text += &format!(
            "The master key is not there yet: before `accessd serve`, put that of the exported service into {}, or \
             name it with ACCESSD_MASTER_KEY_FILE.\n",
            place.display()
        );
    }
    // Nobody may be listening; the import is done.
    let _ = std::io::stderr().write_all(text.as_bytes());
    Ok(())
}
