//! Which proxy lies between here and a server: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`,
//! in capitals or not, read as Go programs read them.

use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::platform_url::PlatformUrl;
use std::net::IpAddr;
use ureq::{Proxy, ProxyProtocol};

/// The proxy for `server`, if there is one. This machine is never asked through a proxy.
///
/// # Errors
/// If the address of the proxy cannot be used; it is not repeated, since it may hold a password.
pub(crate) fn choose(environment: &Environment, server: &PlatformUrl) -> Outcome<Option<Proxy>> {
    let names: [&str; 4] = if server.is_https() {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    };
    let Some((name, address)) = names.iter().find_map(|name| Some((name, environment.text(name)?))) else {
        return Ok(None);
    };
    let exceptions =
        environment.text("NO_PROXY").or_else(|| environment.text("no_proxy")).unwrap_or_default();
    if server.is_loopback() || is_excepted(&exceptions, server.host(), server.port()) {
        return Ok(None);
    }
    Proxy::new(&address).map(Some).map_err(|_| {
        Failure::usage(format!("{name}: this is not the address of an HTTP proxy"))
            .hint("it looks like http://proxy.example:3128")
    })
}

/// Whether the proxy itself speaks TLS.
pub(crate) fn is_https(proxy: &Proxy) -> bool {
    proxy.protocol() == ProxyProtocol::Https
}

fn is_excepted(exceptions: &str, host: &str, port: u16) -> bool {
    let host = host.trim_matches(['[', ']']);
    exceptions.split(',').map(str::trim).any(|exception| covers(exception, host, port))
}

fn covers(exception: &str, host: &str, port: u16) -> bool {
    if exception == "*" {
        return true;
    }
    if let Ok(address) = host.parse::<IpAddr>()
        && let Some((network, bits)) = exception.split_once('/')
    {
        return in_network(address, network, bits);
    }
    let (name, wanted_port) = match exception.rsplit_once(':') {
        Some((name, digits)) if !name.contains(':') || name.ends_with(']') => (name, digits.parse().ok()),
        _ => (exception, None),
    };
    if wanted_port.is_some_and(|wanted: u16| wanted != port) {
        return false;
    }
    let name = name.trim_matches(['[', ']']).to_ascii_lowercase();
    let name = name.strip_prefix('*').unwrap_or(&name);
    match name.strip_prefix('.') {
        Some(domain) => !domain.is_empty() && host.ends_with(&format!(".{domain}")),
        None => !name.is_empty() && (host == name || host.ends_with(&format!(".{name}"))),
    }
}

fn in_network(address: IpAddr, network: &str, bits: &str) -> bool {
    let Ok(bits) = bits.parse::<u32>() else { return false };
    match (address, network.parse()) {
        (IpAddr::V4(address), Ok(IpAddr::V4(network))) if bits <= 32 => {
            (u32::from(address) ^ u32::from(network)).checked_shr(32 - bits).unwrap_or(0) == 0
        }
        (IpAddr::V6(address), Ok(IpAddr::V6(network))) if bits <= 128 => {
            (u128::from(address) ^ u128::from(network)).checked_shr(128 - bits).unwrap_or(0) == 0
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    fn proxied(variables: &[(&str, &str)], url: &str) -> bool {
        let server = PlatformUrl::parse("--url", url).unwrap();
        choose(&environment(variables), &server).unwrap().is_some()
    }

    #[test]
    fn each_scheme_has_its_variable() {
        assert!(proxied(&[("HTTPS_PROXY", "http://p:1")], "https://h"));
        assert!(proxied(&[("http_proxy", "p:1")], "http://h"));
        assert!(!proxied(&[("HTTP_PROXY", "http://p:1")], "https://h"));
        assert!(!proxied(&[("HTTPS_PROXY", "http://p:1")], "https://localhost:8082"));
        assert!(!proxied(&[("HTTPS_PROXY", "http://p:1"), ("no_proxy", "h")], "https://h"));
    }

    #[test]
    fn exceptions_cover_what_they_say() {
        for (exceptions, host, port, wanted) in [
            ("*", "h", 443, true),
            ("a, example.com", "example.com", 443, true),
            ("example.com", "x.example.com", 443, true),
            ("example.com", "badexample.com", 443, false),
            (".example.com", "example.com", 443, false),
            ("*.example.com", "x.example.com", 443, true),
            ("h:8443", "h", 443, false),
            ("h:443", "h", 443, true),
            ("10.0.0.0/8", "10.1.2.3", 443, true),
            ("10.0.0.0/8", "11.1.2.3", 443, false),
            ("0.0.0.0/0", "11.1.2.3", 443, true),
            ("fd00::/8", "[fd00::1]", 443, true),
            ("10.0.0.1", "10.0.0.1", 443, true),
            ("", "h", 443, false),
            (".", "h", 443, false),
        ] {
            assert_eq!(is_excepted(exceptions, host, port), wanted, "{exceptions} {host}:{port}");
        }
    }

    #[test]
    fn a_bad_proxy_is_not_repeated() {
        let server = PlatformUrl::parse("--url", "https://h").unwrap();
        let failure = choose(&environment(&[("HTTPS_PROXY", "gopher://u:canary@p")]), &server).unwrap_err();
        assert!(!format!("{failure:?}").contains("canary"));
    }
}
