//! Files that hold secrets: readable by their owner alone, whole or not there, and still there
//! after a power cut.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write as _};
use std::path::Path;

/// What stands behind the name of a file that is not whole yet, before some letters of chance.
const UNFINISHED: &str = ".unfinished-";

/// Writes a file that is not there yet. `false`: another one was there first, and is left as it is.
///
/// # Errors
/// What the system says.
pub fn create(path: &Path, contents: &[u8]) -> io::Result<bool> {
    create_by(path, |file| file.write_all(contents)).map(|((), is_new)| is_new)
}

/// The same with contents that `write` writes; what it gives, and whether the file is new.
///
/// # Errors
/// What the system says, or `write`; there is no file then.
pub fn create_by<T, E: From<io::Error>>(
    path: &Path,
    write: impl FnOnce(&mut File) -> Result<T, E>,
) -> Result<(T, bool), E> {
    // Beside `path`, with mode 0600. Who is killed leaves it, so its name tells what it is.
    let mut prefix = OsString::from(".");
    prefix.push(path.file_name().unwrap_or_default());
    prefix.push(UNFINISHED);
    let mut file = tempfile::Builder::new().prefix(&prefix).tempfile_in(folder(path))?;
    let written = write(file.as_file_mut())?;
    file.as_file().sync_all()?;
    match file.persist_noclobber(path) {
        Ok(_) => Ok(flush_name(path).map(|()| (written, true))?),
        Err(failed) if failed.error.kind() == io::ErrorKind::AlreadyExists => Ok((written, false)),
        Err(failed) => Err(failed.error.into()),
    }
}

/// Makes the name of a new file or folder durable, which it is only when the folder it stands in is.
///
/// # Errors
/// What the system says.
pub fn flush_name(path: &Path) -> io::Result<()> {
    File::open(folder(path))?.sync_all()
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

    #[test]
    fn what_is_not_whole_yet_has_a_name_that_says_so_and_its_owner_alone_reads_it() {
        let folder = tempfile::tempdir().unwrap();
        let failed = create_by(&folder.path().join("export"), |_| -> io::Result<()> {
            let entry = std::fs::read_dir(folder.path())?.next().unwrap()?;
            let name = entry.file_name().into_string().unwrap();
            assert!(name.starts_with(".export.unfinished-"), "{name}");
            assert_eq!(entry.metadata()?.permissions().mode() & 0o777, 0o600);
            Err(io::Error::other("of a test"))
        });
        assert!(failed.is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
