//! Whether a form was sent from a page of ours (T33, CVE-2021-23163). There is no cookie that another site could
//! make use of; this is a second wall.

use axum::http::HeaderMap;
use axum::http::header::{HOST, ORIGIN};

const FETCH_SITE: &str = "sec-fetch-site";

/// Browsers say from where, in one of two headers; what says nothing is refused. `base_url` is what the outside calls
/// this service; without it, the address the request was sent to counts.
pub(super) fn is_same_origin(headers: &HeaderMap, base_url: Option<&str>) -> bool {
    if headers.contains_key(FETCH_SITE) {
        return only(headers, FETCH_SITE) == Some("same-origin");
    }
    let Some(origin) = only(headers, ORIGIN.as_str()) else { return false };
    match base_url {
        Some(base_url) => origin.eq_ignore_ascii_case(origin_of(base_url)),
        None => {
            let host = origin.strip_prefix("https://").or_else(|| origin.strip_prefix("http://"));
            host.is_some() && host == only(headers, HOST.as_str())
        }
    }
}

fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

/// Scheme, host and port of an address.
fn origin_of(url: &str) -> &str {
    let host_at = url.find("://").map_or(0, |at| at + 3);
    let end = url[host_at..].find('/').map_or(url.len(), |at| host_at + at);
    &url[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(headers: &[(&'static str, &'static str)], base_url: Option<&str>) -> bool {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        is_same_origin(&map, base_url)
    }

    #[test]
    fn only_our_own_pages_are() {
        let host = ("host", "a.example:8082");
        for (headers, base_url, wanted) in [
            (&[host, ("sec-fetch-site", "same-origin")][..], None, true),
            (&[host, ("origin", "http://a.example:8082")], None, true),
            (&[host, ("origin", "https://a.example:8082")], None, true),
            (&[host, ("origin", "https://b.example")], Some("https://b.example/x"), true),
            (&[host, ("origin", "https://b.example")], Some("https://b.example"), true),
            (&[host], None, false),
            (&[], None, false),
            (&[host, ("origin", "null")], None, false),
            (&[host, ("origin", "a.example:8082")], None, false),
            (&[host, ("origin", "http://a.example")], None, false),
            (&[host, ("origin", "http://a.example:8082")], Some("https://b.example"), false),
            (&[host, ("origin", "http://a.example:8082"), ("origin", "http://a.example:8082")], None, false),
            (&[host, ("origin", "http://a.example:8082"), ("sec-fetch-site", "cross-site")], None, false),
            (&[host, ("sec-fetch-site", "same-site")], None, false),
            (&[host, ("sec-fetch-site", "none")], None, false),
            (&[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")], None, false),
        ] {
            assert_eq!(check(headers, base_url), wanted, "{headers:?} {base_url:?}");
        }
    }
}
