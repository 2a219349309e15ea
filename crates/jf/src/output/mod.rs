//! What the tool writes: results on standard output, everything else on standard error.

pub(crate) mod destination;
pub(crate) mod format;
pub(crate) mod progress;
pub(crate) mod redaction;
pub(crate) mod report;
pub(crate) mod terminal;
pub(crate) mod token_list;
mod token_table;

use std::io::{self, Write};

/// Writes a result to standard output, to the last byte.
///
/// # Errors
/// What the operating system says, a reader that went away included.
pub(crate) fn write_result(text: &[u8]) -> io::Result<()> {
    let mut stdout = io::stdout().lock();
    stdout.write_all(text)?;
    stdout.flush()
}
