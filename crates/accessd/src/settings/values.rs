//! What values have to look like.

use std::ops::RangeInclusive;

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

#[cfg(test)]
mod tests {
    use super::*;

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
}
