//! Doors to what reads text from outside, for the fuzz targets in `fuzz/`. Each takes any input and must return.

use crate::cli::{self, Cli};
use crate::config::schema::Source;
use crate::config::{Config, Server, export};
use crate::credential::user_of;
use crate::environment::Environment;
use clap::FromArgMatches as _;
use std::ffi::OsString;
use std::sync::LazyLock;

/// Reads a configuration file of any version, and writes what it read; what is written must read the same.
pub fn config_file(text: &[u8]) {
    for source in [Source::Current, Source::Legacy] {
        let Ok(config) = Config::from_json(text, source, || Ok(Some(vec![b'k'; 32].into()))) else {
            continue;
        };
        let Ok(written) = config.to_json(config.was_encrypted().then(|| vec![b'k'; 32].into()).as_ref())
        else {
            continue;
        };
        let again =
            Config::from_json(written.as_bytes(), Source::Current, || Ok(Some(vec![b'k'; 32].into())));
        // Spellings of names and what says nothing may differ.
        let fields = |config: &Config| config.servers.iter().map(Server::ordered).collect::<Vec<_>>();
        assert!(
            again.is_ok_and(|again| fields(&again) == fields(&config)),
            "what was written reads otherwise"
        );
    }
}

/// Reads an exported server.
pub fn export_token(text: &str) {
    if let Ok(server) = export::decode(text) {
        assert!(!server.id().is_empty());
    }
}

/// Reads the payload of a token.
pub fn jwt_payload(text: &str) {
    let _ = user_of(text);
}

/// Reads a command line, a line for each argument; no command runs.
pub fn arguments(text: &str) {
    // To build it takes longer than to read most command lines.
    static GRAMMAR: LazyLock<clap::Command> = LazyLock::new(cli::grammar);
    let words = text.split('\n').map(OsString::from);
    let grammar = GRAMMAR.clone();
    let environment = Environment::default();
    let given: Vec<OsString> = words.collect();
    let _ = crate::wants_json_errors(&given, &environment);
    if let Ok(normal) = crate::arguments::normalise(&grammar, given) {
        let matches = grammar.try_get_matches_from(std::iter::once(OsString::from("jf")).chain(normal));
        let _ = matches.map(|matches| Cli::from_arg_matches(&matches));
    }
}
