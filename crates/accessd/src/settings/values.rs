//! What values have to look like.

use super::keys;
use super::sources::{Raw, SettingsError};
use std::ops::RangeInclusive;
use std::path::{Path, PathBuf};

/// A whole number within `range`.
pub(super) fn number(text: &str, range: RangeInclusive<u64>) -> Result<u64, String> {
    match text.parse() {
        Ok(number) if range.contains(&number) && text.bytes().all(|b| b.is_ascii_digit()) => Ok(number),
        _ => Err(format!("must be a whole number from {} to {}", range.start(), range.end())),
    }
}

/// `true` or `false`.
pub(super) fn flag(text: &str) -> Result<bool, String> {
    text.parse().map_err(|_| "must be true or false".to_owned())
}

/// `HOST:PORT`.
pub(super) fn host_and_port(text: &str) -> Result<(), String> {
    match text.rsplit_once(':') {
        Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => Ok(()),
        _ => Err("must be HOST:PORT, e.g. 127.0.0.1:8082".to_owned()),
    }
}

/// Names of hosts, comma separated, in lower case; each may begin with `*.`.
pub(super) fn hosts(text: &str) -> Result<Vec<String>, String> {
    let legal = |host: &str| {
        let name = host.strip_prefix("*.").unwrap_or(host);
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.:".contains(&b))
    };
    let hosts = text.split(',').map(|host| host.trim().to_ascii_lowercase());
    match hosts.clone().find(|host| !legal(host)) {
        _ if text.trim().is_empty() => Ok(Vec::new()),
        Some(_) => Err("must be hosts like issuer.example.org or *.example.org, comma separated".to_owned()),
        None => Ok(hosts.collect()),
    }
}

/// An http or https address without user, query and fragment; the slash at its end is taken off.
pub(super) fn base_url(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let rest = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://"));
    let legal = |rest: &str| {
        !rest.is_empty()
            && !rest.starts_with(['/', ':'])
            && rest.bytes().all(|b| b.is_ascii_graphic() && !b"?#@\\\"<>".contains(&b))
    };
    match rest {
        Some(rest) if legal(rest) => Ok(Some(text.trim_end_matches('/').to_owned())),
        _ => Err("must be like https://tokens.example.org, without user, query or fragment".to_owned()),
    }
}

/// The database file that a URL names. A URL may hold a password, so it is not repeated.
pub(super) fn database(url: &Raw, data_dir: &Path) -> Result<PathBuf, SettingsError> {
    let refuse = |problem: &str| {
        Err(SettingsError::Value {
            name: keys::DATABASE_URL.name,
            origin: url.origin.clone(),
            problem: problem.to_owned(),
        })
    };
    if url.text.is_empty() {
        return Ok(data_dir.join("accessd.db"));
    }
    match url.text.split_once(':') {
        Some(("sqlite", path)) if !path.is_empty() && !path.starts_with("//") && path != ":memory:" => {
            Ok(PathBuf::from(path))
        }
        Some(("postgres" | "postgresql", _)) => {
            refuse("PostgreSQL is not in this version; use sqlite:PATH, or leave it out")
        }
        _ => refuse("must be sqlite:PATH"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::Origin;

    #[test]
    fn numbers_have_a_range_and_no_sign() {
        assert_eq!(number("7", 1..=9), Ok(7));
        for bad in ["", "0", "10", "+7", "-7", "7.0", "7s"] {
            assert!(number(bad, 1..=9).is_err(), "{bad}");
        }
    }

    #[test]
    fn addresses_have_a_port() {
        for good in ["127.0.0.1:8082", "localhost:0", "[::1]:80"] {
            assert!(host_and_port(good).is_ok(), "{good}");
        }
        for bad in ["", "8082", ":8082", "127.0.0.1", "127.0.0.1:99999"] {
            assert!(host_and_port(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn hosts_are_names() {
        assert_eq!(hosts(" "), Ok(Vec::new()));
        assert_eq!(
            hosts("A.example, *.b.example"),
            Ok(vec!["a.example".to_owned(), "*.b.example".to_owned()])
        );
        for bad in [",", "a,", "*", "*.", "https://a.example", "a/b", "*a.example"] {
            assert!(hosts(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_base_url_loses_its_last_slash() {
        assert_eq!(base_url("https://a.example/"), Ok(Some("https://a.example".to_owned())));
        assert_eq!(base_url("http://a.example:8082/x"), Ok(Some("http://a.example:8082/x".to_owned())));
        for bad in
            ["a.example", "ftp://a", "https://", "https:///x", "https://u:p@a", "https://a?x", "https://a b"]
        {
            assert!(base_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_database_is_a_file() {
        let at =
            |text: &str| database(&Raw { text: text.to_owned(), origin: Origin::File }, Path::new("/data"));
        assert_eq!(at(""), Ok(PathBuf::from("/data/accessd.db")));
        assert_eq!(at("sqlite:/x/y.db"), Ok(PathBuf::from("/x/y.db")));
        let error = at("postgres://user:s3cret@host/db").unwrap_err().to_string();
        assert!(error.contains("not in this version") && !error.contains("s3cret"), "{error}");
        assert!(at("/x/y.db").is_err() && at("sqlite:").is_err() && at("mysql://x").is_err());
    }
}
