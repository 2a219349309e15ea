//! Test: one file of each version, plain and encrypted, against what version 6 makes of it. The files are under
//! `tests/golden`; the encrypted ones were made by Python's cryptography.

use super::master_key::MasterKey;
use super::read_error::ReadError;
use super::schema::{Config, Source};
use std::path::Path;

/// The key that `tests/python/config_crypto.py` has, too.
const KEY: &[u8] = b"0123456789abcdef0123456789ABCDEF";

fn text(version: u8, form: &str) -> String {
    let name = format!("tests/golden/v{version}-{form}.json");
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(name)).unwrap()
}

fn source(version: u8) -> Source {
    if version == 6 { Source::Current } else { Source::Legacy }
}

#[test]
fn every_version_is_read_and_converted() {
    let key = || Ok(Some(MasterKey::from(KEY.to_vec())));
    for version in 0..=6 {
        let converted = text(version, "converted");
        let plain = Config::from_json(text(version, "plain").as_bytes(), source(version), || {
            panic!("nobody asked for a key")
        })
        .unwrap();
        assert_eq!(plain.to_json(None).unwrap(), converted.trim_end(), "version {version}");
        let encrypted =
            Config::from_json(text(version, "encrypted").as_bytes(), source(version), key).unwrap();
        for (config, is_encrypted) in [(&plain, false), (&encrypted, true)] {
            assert_eq!(config.was_encrypted(), is_encrypted, "version {version}");
            assert_eq!(config.converted_from(), (version != 6).then_some(version));
            // Encrypted again and read again it still says the same.
            let again = config.to_json(key().unwrap().as_ref()).unwrap();
            let again = Config::from_json(again.as_bytes(), Source::Current, key).unwrap();
            let fields = |config: &Config| config.servers.iter().map(|s| s.ordered()).collect::<Vec<_>>();
            assert_eq!(fields(&again), fields(&plain), "version {version}");
        }
    }
}

#[test]
fn no_version_is_converted_with_another_key() {
    for version in 0..=6 {
        let key = || Ok(Some(MasterKey::from(vec![b'o'; 32])));
        let error =
            Config::from_json(text(version, "encrypted").as_bytes(), source(version), key).unwrap_err();
        let ReadError::Encrypted(words) = error else { panic!("{error:?}") };
        assert!(words.contains("cipher: message authentication failed"), "version {version}: {words}");
    }
}
