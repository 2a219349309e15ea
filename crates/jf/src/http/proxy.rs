//! Which proxy lies between here and a server: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`,
//! in capitals or not, read as Go programs read them.

use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::NoAnswer;
use crate::platform_url::PlatformUrl;
use std::io::ErrorKind;
use std::net::IpAddr;
use ureq::{Proxy, ProxyProtocol};

/// A proxy, and the variable that names it.
#[derive(Debug, Clone)]
pub(crate) struct ChosenProxy {
    /// The proxy, with the user info that only it gets to see.
    pub proxy: Proxy,
    variable: &'static str,
}

/// How a server is reached.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// No variable names a proxy.
    Direct,
    /// The server is this machine, which is never asked through a proxy.
    ThisMachine,
    /// The first variable names a proxy, the second exempts the server from it.
    Exempt(&'static str, &'static str),
    /// Through a proxy.
    Through(ChosenProxy),
}

/// The way to `server`.
///
/// # Errors
/// If the address of the proxy cannot be used; it is not repeated, since it may hold a password.
pub(crate) fn way(environment: &Environment, server: &PlatformUrl) -> Outcome<Way> {
    let names: [&str; 4] = if server.is_https() {
        ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]
    } else {
        ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]
    };
    let Some((variable, address)) = names.iter().find_map(|name| Some((*name, environment.text(name)?)))
    else {
        return Ok(Way::Direct);
    };
    if server.is_loopback() {
        return Ok(Way::ThisMachine);
    }
    let exceptions = ["NO_PROXY", "no_proxy"].iter().find_map(|name| Some((*name, environment.text(name)?)));
    if let Some((exempting, exceptions)) = exceptions
        && is_excepted(&exceptions, server.host(), server.port())
    {
        return Ok(Way::Exempt(variable, exempting));
    }
    let unusable = |problem: &str| {
        Failure::usage(format!("{variable}: {problem}"))
            .hint("it looks like http://proxy.example:3128 or socks5://proxy.example:1080")
    };
    let proxy = Proxy::new(&resolving_there(address.trim()))
        .map_err(|_| unusable("this is not the address of an HTTP or SOCKS proxy"))?;
    if matches!(proxy.protocol(), ProxyProtocol::Socks4 | ProxyProtocol::Socks4A)
        && proxy.username().is_some()
    {
        return Err(unusable("SOCKS4 has no user name and password; a SOCKS5 proxy has"));
    }
    Ok(Way::Through(ChosenProxy { proxy, variable }))
}

/// The proxy for `server`, if there is one.
///
/// # Errors
/// As of [`way`].
pub(crate) fn choose(environment: &Environment, server: &PlatformUrl) -> Outcome<Option<ChosenProxy>> {
    Ok(match way(environment, server)? {
        Way::Through(chosen) => Some(chosen),
        Way::Direct | Way::ThisMachine | Way::Exempt(..) => None,
    })
}

impl ChosenProxy {
    /// Whether the proxy itself speaks TLS.
    pub(crate) fn is_https(&self) -> bool {
        self.proxy.protocol() == ProxyProtocol::Https
    }

    /// What it means that the proxy did not open the way, if that is what `error` says. Only what may
    /// be different next time is a [`NoAnswer::Connection`]: a proxy that refused a password once too
    /// often may lock the account.
    pub(crate) fn explain(&self, error: &ureq::Error) -> Option<NoAnswer> {
        match error {
            ureq::Error::ConnectProxyFailed(why) => Some(refusal(why)),
            ureq::Error::Io(error) if self.is_socks() => match (error.kind(), error.get_ref()) {
                (ErrorKind::PermissionDenied, Some(why)) => {
                    Some(NoAnswer::Proxy(format!("the proxy refused: {why}")))
                }
                (ErrorKind::Other | ErrorKind::InvalidData | ErrorKind::InvalidInput, Some(why))
                    if !why.is::<rustls::Error>() =>
                {
                    Some(socks_failure(&why.to_string()))
                }
                _ => None,
            },
            // What comes before any answer of the server, and is no HTTP.
            ureq::Error::Protocol(_) => Some(NoAnswer::Proxy(
                "neither the proxy nor the server behind it gave an answer in HTTP".to_owned(),
            )),
            _ => None,
        }
    }

    /// What to check when no connection came about; without the proxy's user info.
    pub(crate) fn hint(&self) -> String {
        format!(
            "the way leads through {}: check its address, user and password, and what it lets through, or set \
                NO_PROXY to the platform's host to go without it",
            self.words()
        )
    }

    /// Which one it is, without its user info.
    pub(crate) fn words(&self) -> String {
        format!("the proxy {} of the variable {}", self.shown(), self.variable)
    }

    fn is_socks(&self) -> bool {
        !matches!(self.proxy.protocol(), ProxyProtocol::Http | ProxyProtocol::Https)
    }

    /// The address, with `***` for the user info.
    fn shown(&self) -> String {
        let scheme = match self.proxy.protocol() {
            ProxyProtocol::Https => "https",
            ProxyProtocol::Socks4 => "socks4",
            ProxyProtocol::Socks4A => "socks4a",
            ProxyProtocol::Socks5 | ProxyProtocol::Socks5h => "socks5",
            _ => "http",
        };
        let user = if self.proxy.username().is_some() { "***@" } else { "" };
        format!("{scheme}://{user}{}:{}", self.proxy.host(), self.proxy.port())
    }
}

/// In Go programs the proxy looks names up, whatever the spelling; the HTTP library goes by the spelling.
fn resolving_there(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    match scheme.to_ascii_lowercase().as_str() {
        "socks5" | "socks" => format!("socks5h://{rest}"),
        _ => address.to_owned(),
    }
}

/// `why` is the HTTP library's sentence about an answer other than 200, or about none.
fn refusal(why: &str) -> NoAnswer {
    let status = why.rsplit_once('/').and_then(|(_, status)| status.parse::<u16>().ok());
    match status {
        Some(407) => {
            NoAnswer::Proxy("the proxy wants a user name and a password, or other ones (407)".to_owned())
        }
        Some(403) => NoAnswer::Proxy("the proxy does not let this through (403)".to_owned()),
        Some(status @ (429 | 502..=504)) => {
            NoAnswer::Connection(format!("the proxy did not reach the server ({status})"))
        }
        Some(status) => NoAnswer::Proxy(format!("the proxy refused ({status})")),
        None => NoAnswer::Connection("the proxy closed the connection".to_owned()),
    }
}

fn socks_failure(why: &str) -> NoAnswer {
    match why {
        "network unreachable" | "host unreachable" | "connection refused" | "TTL expired" => {
            NoAnswer::Connection(format!("the proxy did not reach the server: {why}"))
        }
        _ => NoAnswer::Proxy(format!("the proxy refused: {why}")),
    }
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

    fn chosen(address: &str) -> Outcome<Option<ChosenProxy>> {
        let server = PlatformUrl::parse("--url", "https://h").unwrap();
        choose(&environment(&[("HTTPS_PROXY", address)]), &server)
    }

    #[test]
    fn socks_proxies_look_names_up_themselves() {
        for (address, protocol) in [
            ("socks5://p", ProxyProtocol::Socks5h),
            ("SOCKS5H://p:1", ProxyProtocol::Socks5h),
            ("socks4a://p", ProxyProtocol::Socks4A),
            ("socks4://p", ProxyProtocol::Socks4),
        ] {
            let chosen = chosen(address).unwrap().unwrap();
            assert_eq!(chosen.proxy.protocol(), protocol, "{address}");
            assert_eq!(chosen.proxy.resolve_target(), protocol == ProxyProtocol::Socks4, "{address}");
        }
    }

    #[test]
    fn the_hint_names_the_variable_and_hides_the_user_info() {
        let hint = |address| chosen(address).unwrap().unwrap().hint();
        let shown = hint("http://canary:canary%40@p.example:3128");
        assert!(shown.contains("http://***@p.example:3128 of the variable HTTPS_PROXY"), "{shown}");
        assert!(!shown.contains("canary"), "{shown}");
        assert!(hint("socks5://p").contains("socks5://p:1080"));
        assert!(chosen("socks4://canary@p").unwrap_err().message.contains("SOCKS4 has no user name"));
    }

    #[test]
    fn what_a_password_would_change_is_final() {
        for (why, is_final) in [
            ("proxy server responded 407/407", true),
            ("proxy server responded 403/403", true),
            ("proxy server responded 500/500", true),
            ("proxy server responded 502/502", false),
            ("proxy server did not respond", false),
        ] {
            assert_eq!(matches!(refusal(why), NoAnswer::Proxy(_)), is_final, "{why}");
        }
        assert!(matches!(socks_failure("connection not allowed by ruleset"), NoAnswer::Proxy(_)));
        assert!(matches!(socks_failure("host unreachable"), NoAnswer::Connection(_)));
    }

    #[test]
    fn a_bad_proxy_is_not_repeated() {
        let server = PlatformUrl::parse("--url", "https://h").unwrap();
        let failure = choose(&environment(&[("HTTPS_PROXY", "gopher://u:canary@p")]), &server).unwrap_err();
        assert!(!format!("{failure:?}").contains("canary"));
    }
}
