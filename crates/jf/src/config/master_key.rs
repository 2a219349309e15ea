//! Where the key comes from that encrypts the secrets of the configuration (jf-cli.md 3.4): an environment
//! variable, a file that it names, or the file that the existing tool keeps it in.

use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::yaml::{self, NotYaml};
use access_types::Secret;
use secrecy::{ExposeSecret as _, SecretSlice};
use std::ffi::OsString;
use std::fs;
use std::io;
use std::path::Path;
use subtle::ConstantTimeEq as _;

const VARIABLE: &str = "JFROG_CLI_ENCRYPTION_KEY";
/// A value of the variable that ends like this is the path of a file with the key.
const FILE_ENDING: &[u8] = b".key";
const YAML_KEY: &str = "masterKey";

/// The key that encrypts the secrets of the configuration. Its length is checked where it is used, because
/// decrypting takes more lengths than encrypting.
#[derive(Debug, Clone)]
pub(crate) struct MasterKey(SecretSlice<u8>);

impl MasterKey {
    /// Whether `other` is this key; how long that takes tells nothing but whether the lengths are equal.
    pub(crate) fn is(&self, other: &Secret) -> bool {
        self.bytes().ct_eq(other.expose_secret().as_bytes()).into()
    }

    /// The key itself, for the cipher.
    pub(super) fn bytes(&self) -> &[u8] {
        self.0.expose_secret()
    }
}

impl From<Vec<u8>> for MasterKey {
    fn from(bytes: Vec<u8>) -> Self {
        Self(bytes.into())
    }
}

/// Finds the key. `None`: there is neither the variable nor the file `security/security.yaml`, so nothing is
/// to be encrypted. A variable that exists decides even when it is empty: its key is the empty one then.
///
/// # Errors
/// Names the file that cannot be read or has no key in it.
pub(crate) fn find(environment: &Environment) -> Outcome<Option<MasterKey>> {
    if environment.has(VARIABLE) {
        let value = environment.path(VARIABLE).map(OsString::from).unwrap_or_default();
        return from_variable(value).map(Some);
    }
    match environment.jfrog_home() {
        None => Ok(None),
        Some(home) => from_security_file(&home.join("security").join("security.yaml")),
    }
}

fn from_variable(value: OsString) -> Outcome<MasterKey> {
    if !value.as_encoded_bytes().ends_with(FILE_ENDING) {
        return Ok(MasterKey::from(value.into_encoded_bytes()));
    }
    let path = Path::new(&value);
    let shown = path.display();
    let failed = |what: String| {
        Failure::new(Reason::Failed, what).hint(format!(
            "{VARIABLE} ends in .key, so it is the path of a file with the key; set it to one that you can read"
        ))
    };
    let metadata = fs::metadata(path)
        .map_err(|error| failed(format!("failed to stat encryption key file '{shown}': {error}")))?;
    if metadata.is_dir() {
        return Err(failed(format!("encryption key path '{shown}' is a directory, not a file")));
    }
    let text = fs::read(path)
        .map_err(|error| failed(format!("failed to read encryption key from file '{shown}': {error}")))?;
    Ok(MasterKey::from(trimmed(&text).to_vec()))
}

/// A key may be any bytes; those that are text are trimmed as text.
fn trimmed(key: &[u8]) -> &[u8] {
    match std::str::from_utf8(key) {
        Ok(text) => text.trim().as_bytes(),
        Err(_) => key.trim_ascii(),
    }
}

fn from_security_file(path: &Path) -> Outcome<Option<MasterKey>> {
    let failed = |what: &str| {
        Failure::new(Reason::Failed, format!("cannot decrypt config: {what}")).hint(format!(
            "write `{YAML_KEY}: KEY` into {}, or set {VARIABLE}; a key has 32 bytes",
            path.display()
        ))
    };
    let text = match fs::read(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(failed(&format!("security configuration file cannot be read: {error}"))),
    };
    let key =
        std::str::from_utf8(&text).map_err(|_| NotYaml).and_then(|text| yaml::text_at(text, &[YAML_KEY]));
    match key {
        Ok(Some(key)) => Ok(Some(MasterKey::from(key.into_bytes()))),
        Ok(None) => Err(failed("security configuration file does not contain an encryption master key")),
        Err(NotYaml) => Err(failed("security configuration file is not readable as YAML")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    const KEY: &str = "0123456789abcdef0123456789ABCDEF";

    fn found(variables: &[(&str, &str)]) -> Outcome<Option<String>> {
        find(&environment(variables))
            .map(|key| key.map(|key| String::from_utf8_lossy(key.bytes()).into_owned()))
    }

    #[test]
    fn the_variable_decides_even_when_empty() {
        let home = tempfile::tempdir().unwrap();
        let home_path = home.path().to_str().unwrap();
        fs::create_dir(home.path().join("security")).unwrap();
        fs::write(home.path().join("security/security.yaml"), format!("masterkey: {KEY}\n")).unwrap();
        let home = ("JFROG_CLI_HOME_DIR", home_path);
        assert_eq!(found(&[home]).unwrap().as_deref(), Some(KEY));
        assert_eq!(found(&[home, (VARIABLE, "a key")]).unwrap().as_deref(), Some("a key"));
        assert_eq!(found(&[home, (VARIABLE, "")]).unwrap().as_deref(), Some(""));
        assert_eq!(found(&[]).unwrap(), None);
        assert_eq!(found(&[("JFROG_CLI_HOME_DIR", "/nowhere")]).unwrap(), None);
    }

    #[test]
    fn a_variable_may_name_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("master.key");
        let value = path.to_str().unwrap();
        let message = |found: Outcome<Option<String>>| found.unwrap_err().message;
        let missing = message(found(&[(VARIABLE, value)]));
        assert!(missing.starts_with(&format!("failed to stat encryption key file '{value}': ")), "{missing}");
        fs::write(&path, format!("\u{a0} {KEY}\r\n")).unwrap();
        assert_eq!(found(&[(VARIABLE, value)]).unwrap().as_deref(), Some(KEY));
        fs::write(&path, b"\xff\xfe\n").unwrap();
        assert_eq!(find(&environment(&[(VARIABLE, value)])).unwrap().unwrap().bytes(), b"\xff\xfe");
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        assert_eq!(
            message(found(&[(VARIABLE, value)])),
            format!("encryption key path '{value}' is a directory, not a file")
        );
    }

    #[test]
    fn a_security_file_without_a_key_is_named() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir(home.path().join("security")).unwrap();
        let path = home.path().join("security/security.yaml");
        let variables = [("JFROG_CLI_HOME_DIR", home.path().to_str().unwrap())];
        for (yaml, words) in [
            (
                "other: 1",
                "cannot decrypt config: security configuration file does not contain an encryption master key",
            ),
            ("masterKey: \"canary", "not readable as YAML"),
        ] {
            fs::write(&path, yaml).unwrap();
            let failure = found(&variables).unwrap_err();
            assert!(failure.message.contains(words), "{failure:?}");
            let hint = failure.hint.unwrap();
            assert!(hint.contains("security.yaml") && !failure.message.contains("canary"), "{hint}");
        }
    }

    #[test]
    fn a_key_is_compared_but_never_shown() {
        let key = MasterKey::from(b"canary".to_vec());
        assert!(key.is(&Secret::from("canary")));
        assert!(!key.is(&Secret::from("Canary")) && !key.is(&Secret::from("canary ")));
        assert!(!format!("{key:?}").contains("canary"));
    }
}
