//! Where a result goes: standard output, or a new file that is reserved before anything is asked for,
//! and taken away again if nothing comes.

use crate::error::{Failure, Outcome, Reason};
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// A place that can take the result.
pub(crate) enum Destination {
    /// Standard output.
    Stdout,
    /// A file nobody had before.
    File(ReservedFile),
}

/// An empty file (mode 0600) that vanishes unless the result gets into it.
pub(crate) struct ReservedFile {
    path: PathBuf,
    file: File,
    is_kept: bool,
}

impl Destination {
    /// Reserves the file `output`, or takes standard output.
    ///
    /// # Errors
    /// If the file exists or cannot be made.
    pub(crate) fn reserve(output: Option<&Path>) -> Outcome<Self> {
        let Some(path) = output else { return Ok(Destination::Stdout) };
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        match options.open(path) {
            Ok(file) => Ok(Destination::File(ReservedFile { path: path.to_owned(), file, is_kept: false })),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Err(Failure::new(
                Reason::Conflict,
                format!("--output: {} exists already, and is not overwritten", path.display()),
            )
            .hint("choose another name, or remove the file first")),
            Err(error) => Err(Failure::new(
                Reason::Failed,
                format!("--output: cannot create {}: {error}", path.display()),
            )),
        }
    }

    /// Writes the result to the last byte.
    ///
    /// # Errors
    /// What the operating system says; a reserved file is gone then.
    pub(crate) fn write(self, text: &str) -> io::Result<()> {
        match self {
            Destination::Stdout => super::write_result(text),
            Destination::File(mut reserved) => {
                reserved.file.write_all(text.as_bytes())?;
                reserved.file.sync_all()?;
                reserved.is_kept = true;
                Ok(())
            }
        }
    }
}

impl Drop for ReservedFile {
    fn drop(&mut self) {
        if !self.is_kept {
            // It is empty or half written; if it cannot be removed, there is nothing more to do.
            let _ = fs::remove_file(&self.path);
        }
    }
}
