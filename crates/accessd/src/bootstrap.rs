//! The first administrator's password: written once, for its owner's eyes, into the data folder.

use crate::data_folder::DataFolder;
use crate::durable_file;
use crate::failure::Failure;
use access_core::FirstStart;
use secrecy::ExposeSecret;
use serde::Serialize;
use std::path::PathBuf;

#[derive(Serialize)]
struct AdminFile<'a> {
    username: &'a str,
    password: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

/// Writes `bootstrap/admin.json` durably, and says where it is.
///
/// # Errors
/// A [`Failure`] that says how to get in without the file.
pub fn write(folder: &DataFolder, first: &FirstStart, url: Option<&str>) -> Result<PathBuf, Failure> {
    let path = folder.inner("bootstrap")?.join("admin.json");
    let contents =
        AdminFile { username: &first.admin_username, password: first.admin_password.expose_secret(), url };
    // Three strings always serialise.
    let text = serde_json::to_string_pretty(&contents).unwrap_or_default() + "\n";
    durable_file::replace(&path, text.as_bytes()).map_err(|error| {
        Failure::new(format!("cannot write the first administrator's password to {}", path.display()))
            .caused_by(&error)
            .hint("`accessd admin-token` prints a token that can set a new password")
    })?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_file_holds_name_password_and_address() {
        let folder = tempfile::tempdir().unwrap();
        let first = FirstStart { admin_username: "admin".to_owned(), admin_password: "a b".into() };
        let path = write(&DataFolder::open(folder.path()).unwrap(), &first, Some("http://x")).unwrap();
        assert_eq!(
            std::fs::read_to_string(path).unwrap(),
            "{\n  \"username\": \"admin\",\n  \"password\": \"a b\",\n  \"url\": \"http://x\"\n}\n"
        );
    }
}
