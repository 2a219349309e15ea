//! The first administrator's password: kept once, for its owner's eyes, in the data folder, before the database
//! knows it. A start that ends in between is repeated with the password that is kept.

use crate::data_folder::DataFolder;
use crate::durable_file;
use crate::failure::Failure;
use access_types::Secret;
use secrecy::ExposeSecret;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::path::{Path, PathBuf};

#[derive(Serialize, Deserialize)]
struct AdminFile<'a> {
    username: Cow<'a, str>,
    password: Cow<'a, str>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    url: Option<Cow<'a, str>>,
}

/// Where the password is kept: `bootstrap/admin.json`.
///
/// # Errors
/// A [`Failure`] if its folder cannot be made.
pub fn file(folder: &DataFolder) -> Result<PathBuf, Failure> {
    Ok(folder.inner("bootstrap")?.join("admin.json"))
}

/// Keeps the password of the user `admin` durably in the file `path`, with the address `url` beside it, and
/// gives the one that is kept: this one, or that of an earlier start or of another process that came first; and whether
/// it is this one.
///
/// # Errors
/// Words for a person: the file cannot be written, or what stands in it is no such file.
pub fn keep(path: &Path, password: Secret, url: Option<&str>) -> Result<(Secret, bool), String> {
    let shown = path.display();
    let contents = AdminFile {
        username: "admin".into(),
        password: password.expose_secret().into(),
        url: url.map(Cow::from),
    };
    // Three strings always serialise.
    let text = serde_json::to_string_pretty(&contents).unwrap_or_default() + "\n";
    let cannot = |what: &str, why: &dyn std::fmt::Display| {
        format!("cannot {what} the first administrator's password in {shown}: {why}")
    };
    if durable_file::create(path, text.as_bytes()).map_err(|error| cannot("keep", &error))? {
        return Ok((password, true));
    }
    let text = std::fs::read_to_string(path).map_err(|error| cannot("read", &error))?;
    let kept: AdminFile<'_> = serde_json::from_str(&text)
        .map_err(|_| cannot("read", &"it is not JSON with username and password; move it away"))?;
    Ok((kept.password.into_owned().into(), false))
}

/// Deletes the file: its password is nobody's.
///
/// # Errors
/// A [`Failure`] if it cannot be deleted.
pub fn take_back(path: &Path) -> Result<(), Failure> {
    std::fs::remove_file(path).map_err(|error| {
        Failure::new(format!("cannot delete {}, whose password is nobody's", path.display()))
            .caused_by(&error)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_password_kept_is_the_one() {
        let folder = tempfile::tempdir().unwrap();
        let path = file(&DataFolder::open(folder.path()).unwrap()).unwrap();
        let (first, made) = keep(&path, "a \"b".into(), Some("http://x")).unwrap();
        let (again, made_again) = keep(&path, "other".into(), None).unwrap();
        assert!(made && !made_again);
        assert_eq!((first.expose_secret(), again.expose_secret()), ("a \"b", "a \"b"));
        assert_eq!(
            std::fs::read_to_string(&path).unwrap(),
            "{\n  \"username\": \"admin\",\n  \"password\": \"a \\\"b\",\n  \"url\": \"http://x\"\n}\n"
        );
        std::fs::write(&path, "nonsense with s3cret").unwrap();
        let error = keep(&path, "new".into(), None).unwrap_err();
        assert!(error.contains("admin.json") && !error.contains("s3cret"), "{error}");
    }
}
