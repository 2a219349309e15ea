//! The data folder: database, keys, bootstrap file. Nobody but its owner may write in it.

use crate::durable_file;
use crate::failure::Failure;
use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
use std::path::{Path, PathBuf};

/// A data folder that exists and is private.
#[derive(Debug, Clone)]
pub struct DataFolder(PathBuf);

impl DataFolder {
    /// Opens the folder; makes it, with mode 0700, if it is not there.
    ///
    /// # Errors
    /// A [`Failure`] if it cannot be made, is no folder, or others may write in it.
    pub fn open(path: &Path) -> Result<Self, Failure> {
        make_private(path)?;
        Ok(Self(path.to_owned()))
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }

    /// A folder inside, made with mode 0700 if it is not there.
    ///
    /// # Errors
    /// As [`DataFolder::open`].
    pub fn inner(&self, name: &str) -> Result<PathBuf, Failure> {
        let path = self.0.join(name);
        make_private(&path)?;
        Ok(path)
    }
}

fn make_private(path: &Path) -> Result<(), Failure> {
    let shown = path.display();
    let cannot_make =
        |error: io::Error| Failure::new(format!("cannot make the folder {shown}")).caused_by(&error);
    let is_absent = |folder: &&Path| !folder.as_os_str().is_empty() && !folder.exists();
    let new: Vec<&Path> = path.ancestors().take_while(is_absent).collect();
    DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(cannot_make)?;
    // A key is durable only if every folder on the way to it is.
    for folder in new {
        durable_file::flush_name(folder).map_err(cannot_make)?;
    }
    let metadata = std::fs::metadata(path)
        .map_err(|error| Failure::new(format!("cannot look at the folder {shown}")).caused_by(&error))?;
    let mode = metadata.permissions().mode() & 0o777;
    if mode & 0o022 != 0 {
        return Err(Failure::new(format!("others may write in {shown}, which has mode {mode:o}"))
            .hint(format!("chmod 700 {shown}")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::Permissions;

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_new_folder_is_private() {
        let parent = tempfile::tempdir().unwrap();
        let path = parent.path().join("a/b");
        let folder = DataFolder::open(&path).unwrap();
        assert_eq!(mode(folder.path()), 0o700);
        assert_eq!(mode(&folder.inner("keys").unwrap()), 0o700);
    }

    #[test]
    fn a_folder_that_others_may_write_in_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        for (bits, accepted) in [(0o700, true), (0o750, true), (0o770, false), (0o707, false), (0o777, false)]
        {
            std::fs::set_permissions(folder.path(), Permissions::from_mode(bits)).unwrap();
            assert_eq!(DataFolder::open(folder.path()).is_ok(), accepted, "{bits:o}");
        }
    }

    #[test]
    fn a_file_is_no_folder() {
        let file = tempfile::NamedTempFile::new().unwrap();
        assert!(DataFolder::open(file.path()).is_err());
    }
}
