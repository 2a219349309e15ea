//! Files with one secret in them, which others must have no rights in.

use access_types::Secret;
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

/// Why a secret cannot be taken out of a file.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// It cannot be read.
    #[error("{} cannot be read: {problem}", .file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// What the system says.
        problem: io::Error,
    },
    /// Its mode lets others in.
    #[error("{0} has mode {mode:o}: others may use it; chmod 600 {0}", .file.display())]
    Open {
        /// The file.
        file: PathBuf,
        /// Its mode.
        mode: u32,
    },
    /// There is nothing in it.
    #[error("{} is empty", .0.display())]
    Empty(PathBuf),
}

/// What the file holds, without the line break at its end. Its group may read it, and nobody else may do
/// anything: secrets mounted by an orchestrator are often readable by a group of the service's own.
///
/// # Errors
/// [`SecretFileError`].
pub fn read(file: &Path) -> Result<Secret, SecretFileError> {
    let unreadable = |problem| SecretFileError::Unreadable { file: file.to_owned(), problem };
    let mode = std::fs::metadata(file).map_err(unreadable)?.permissions().mode() & 0o777;
    if mode & 0o027 != 0 {
        return Err(SecretFileError::Open { file: file.to_owned(), mode });
    }
    let mut text = std::fs::read_to_string(file).map_err(unreadable)?;
    let length = text.trim_end_matches(['\r', '\n']).len();
    text.truncate(length);
    if text.is_empty() {
        return Err(SecretFileError::Empty(file.to_owned()));
    }
    Ok(Secret::from(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[test]
    fn a_secret_is_a_line_that_others_cannot_read() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        assert!(matches!(read(&file), Err(SecretFileError::Unreadable { .. })));
        for (text, secret) in [("a b ", "a b "), ("x\n", "x"), ("x\r\n", "x")] {
            std::fs::write(&file, text).unwrap();
            for (mode, accepted) in
                [(0o600, true), (0o440, true), (0o640, true), (0o660, false), (0o604, false)]
            {
                std::fs::set_permissions(&file, std::fs::Permissions::from_mode(mode)).unwrap();
                match read(&file) {
                    Ok(read) => assert_eq!((read.expose_secret(), accepted), (secret, true), "{mode:o}"),
                    Err(error) => assert!(!accepted && error.to_string().contains("chmod 600"), "{error}"),
                }
            }
            std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o600)).unwrap();
        }
        std::fs::write(&file, "\n").unwrap();
        assert!(matches!(read(&file), Err(SecretFileError::Empty(_))));
    }
}
