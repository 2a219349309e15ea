//! Small files that hold secrets: readable by their owner alone, whole or not there, and still there
//! after a power cut.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;
use tempfile::NamedTempFile;

/// Writes a file that is not there yet. `false`: another one was there first, and is left as it is.
///
/// # Errors
/// What the system says.
pub fn create(path: &Path, contents: &[u8]) -> io::Result<bool> {
    match prepare(path, contents)?.persist_noclobber(path) {
        Ok(_) => flush_name(path).map(|()| true),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok(false),
        Err(failed) => Err(failed.error),
    }
}

/// Makes the name of a new file or folder durable, which it is only when the folder it stands in is.
///
/// # Errors
/// What the system says.
pub fn flush_name(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
}

/// A temporary file beside `path`; `tempfile` makes it with mode 0600.
fn prepare(path: &Path, contents: &[u8]) -> io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new_in(folder(path))?;
    file.write_all(contents)?;
    file.as_file().sync_all()?;
    Ok(file)
}

fn folder(path: &Path) -> &Path {
    path.parent().filter(|parent| !parent.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::fs::PermissionsExt;

    #[test]
    fn the_first_one_stays_and_only_its_owner_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        assert!(create(&path, b"one").unwrap());
        assert!(!create(&path, b"two").unwrap());
        assert_eq!(std::fs::read(&path).unwrap(), b"one");
        assert_eq!(std::fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
