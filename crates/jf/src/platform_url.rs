//! Addresses of platforms: checked once, and free of passwords ever after.

use crate::error::{Failure, Outcome};
use std::fmt;
use ureq::http::Uri;

/// An http or https address that ends in a slash, without user info, query and fragment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PlatformUrl {
    text: String,
    is_https: bool,
    host: String,
    port: u16,
}

impl PlatformUrl {
    /// Reads an address; `source` is where it came from, for the message.
    ///
    /// # Errors
    /// A usage failure that says what is wrong; what could be a password is never repeated.
    pub(crate) fn parse(source: &str, text: &str) -> Outcome<Self> {
        let refuse = |problem: &str| Failure::usage(format!("{source}: {problem}"));
        let text = text.trim();
        let (scheme, rest) = text.split_once("://").ok_or_else(|| {
            refuse("the address has no scheme").hint("it begins with https://, e.g. https://host/")
        })?;
        let is_https = scheme.eq_ignore_ascii_case("https");
        if !is_https && !scheme.eq_ignore_ascii_case("http") {
            return Err(refuse("the address must begin with https:// or http://"));
        }
        if rest.contains(['?', '#']) {
            return Err(refuse("the address must not have a query or a fragment"));
        }
        if rest.split('/').next().unwrap_or_default().contains('@') {
            return Err(refuse("the address must not contain a user name or password")
                .hint("give them with --user and --password-stdin"));
        }
        let scheme = if is_https { "https" } else { "http" };
        let slash = if rest.ends_with('/') { "" } else { "/" };
        let text = format!("{scheme}://{rest}{slash}");
        let uri: Uri = text.parse().map_err(|error| refuse(&format!("this is no address: {error}")))?;
        let authority = uri.authority().ok_or_else(|| refuse("the address has no host"))?;
        let host = authority.host().to_ascii_lowercase();
        if host.is_empty() {
            return Err(refuse("the address has no host"));
        }
        let port = match authority.as_str().get(host.len()..) {
            Some("" | ":") | None => {
                if is_https {
                    443
                } else {
                    80
                }
            }
            Some(port) => port
                .strip_prefix(':')
                .filter(|port| port.bytes().all(|b| b.is_ascii_digit()))
                .and_then(|port| port.parse::<u16>().ok())
                .filter(|port| *port != 0)
                .ok_or_else(|| refuse("the port must be a number from 1 to 65535"))?,
        };
        Ok(Self { text, is_https, host, port })
    }

    /// The address as text, with a slash at the end.
    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// The address of something below this one.
    pub(crate) fn join(&self, path: &str) -> String {
        format!("{}{path}", self.text)
    }

    /// Whether the way there is encrypted.
    pub(crate) fn is_https(&self) -> bool {
        self.is_https
    }

    /// The host, in lower case; an IPv6 address is in brackets.
    pub(crate) fn host(&self) -> &str {
        &self.host
    }

    /// The port, spelled out or not.
    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Whether scheme, host and port are the same: a credential for one may go to the other.
    pub(crate) fn has_origin_of(&self, other: &PlatformUrl) -> bool {
        (self.is_https, &self.host, self.port) == (other.is_https, &other.host, other.port)
    }

    /// The path from `base` to here, `None` if this does not lie below it. An address lies below itself, by an
    /// empty path; case of the host and a spelled-out port make no difference.
    pub(crate) fn below(&self, base: &PlatformUrl) -> Option<&str> {
        let path = self.text.get(self.origin().len()..)?;
        path.strip_prefix(base.text.get(base.origin().len()..)?).filter(|_| self.has_origin_of(base))
    }

    /// Scheme, host and port as they are written, without a slash at the end.
    pub(crate) fn origin(&self) -> &str {
        let start = self.text.find("://").map_or(0, |at| at + 3);
        let end = self.text[start..].find('/').map_or(self.text.len(), |at| start + at);
        &self.text[..end]
    }

    /// Whether a whole address, which may have a query, lies within this origin and names no user.
    pub(crate) fn is_origin_of(&self, address: &str) -> bool {
        let start = address.find("://").map_or(0, |at| at + 3);
        let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
        PlatformUrl::parse("", &address[..end]).is_ok_and(|other| self.has_origin_of(&other))
    }

    /// The platform below which a service such as `artifactory` lies; the address itself if it is not that of
    /// the service.
    pub(crate) fn without_service(&self, service: &str) -> Self {
        match self.text.strip_suffix(&format!("/{service}/")) {
            Some(platform) => Self { text: format!("{platform}/"), ..self.clone() },
            None => self.clone(),
        }
    }

    /// Whether the host is this machine.
    pub(crate) fn is_loopback(&self) -> bool {
        let bare = self.host.trim_matches(['[', ']']);
        bare == "localhost" || bare.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
    }

    /// Whether everybody on the way can read what is sent there.
    pub(crate) fn is_insecure(&self) -> bool {
        !self.is_https && !self.is_loopback()
    }

    /// Words for a person if this looks like the address of one service of a platform.
    pub(crate) fn service_warning(&self) -> Option<String> {
        ["artifactory", "access"].iter().find_map(|service| {
            let platform = self.text.strip_suffix(&format!("/{service}/"))?;
            Some(format!(
                "{self} looks like the address of one service; the platform's is probably {platform}/"
            ))
        })
    }
}

impl fmt::Display for PlatformUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// An address of unknown origin, fit to be shown: other tools keep passwords in it.
pub(crate) fn without_user_info(address: &str) -> String {
    let start = address.find("://").map_or(0, |at| at + 3);
    let end = address[start..].find(['/', '?', '#']).map_or(address.len(), |at| start + at);
    match address[start..end].rfind('@') {
        Some(at) => format!("{}***{}", &address[..start], &address[start + at..]),
        None => address.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn url(text: &str) -> PlatformUrl {
        PlatformUrl::parse("--url", text).unwrap()
    }

    #[test]
    fn addresses_end_in_a_slash() {
        assert_eq!(url("HTTPS://Host").as_str(), "https://Host/");
        assert_eq!(url("http://h:8082/a/").join("access/"), "http://h:8082/a/access/");
    }

    #[test]
    fn what_is_no_platform_is_refused_without_repeating_secrets() {
        for bad in [
            "",
            "host",
            "host:8082",
            "ftp://h",
            "ssh://h",
            "https://",
            "https:///x",
            "https://:80",
            "https://h?x=1",
            "https://h/#f",
            "https://me:canary@h/",
            "https://canary@h",
            "https://h:0",
            "https://h:99999",
            "https://h:x",
            "https://h:+80",
            "https://h:443:80",
            "https://h\\@canary",
            "https://a b",
            "https://h/\u{1b}",
            "https://[::1",
        ] {
            let failure = PlatformUrl::parse("--url", bad).unwrap_err();
            assert!(failure.message.starts_with("--url: "), "{bad}: {failure}");
            assert!(!format!("{failure:?}").contains("canary"), "{bad}");
        }
    }

    #[test]
    fn passwords_in_addresses_are_hidden() {
        for (address, shown) in [
            ("https://u:canary@h/@x", "https://***@h/@x"),
            ("u:can@ary@h", "***@h"),
            ("https://h?a@b", "https://h?a@b"),
            ("", ""),
        ] {
            assert_eq!(without_user_info(address), shown);
        }
    }

    #[test]
    fn origins_are_compared_with_their_real_port() {
        assert!(url("https://h").has_origin_of(&url("https://H:443/x")));
        for other in ["http://h", "https://h:444", "https://h.x"] {
            assert!(!url("https://h").has_origin_of(&url(other)), "{other}");
        }
    }

    #[test]
    fn what_lies_below_has_a_path() {
        let below = |base: &str, address: &str| url(address).below(&url(base)).map(str::to_owned);
        assert_eq!(below("https://h/a", "https://H:443/a/b/c").as_deref(), Some("b/c/"));
        assert_eq!(below("https://h", "https://h/").as_deref(), Some(""));
        for (base, other) in
            [("https://h/a", "https://h/ab"), ("https://h", "http://h/"), ("https://h", "https://hx/")]
        {
            assert_eq!(below(base, other), None, "{other}");
        }
    }

    #[test]
    fn a_whole_address_is_within_an_origin_or_not() {
        let origin = url("https://h:8443/base");
        assert_eq!(origin.origin(), "https://h:8443");
        for inside in ["https://h:8443", "https://H:8443/x?y=https://evil#z", "HTTPS://h:8443?q"] {
            assert!(origin.is_origin_of(inside), "{inside}");
        }
        for outside in
            ["", "h:8443", "http://h:8443/", "https://h/", "https://u:p@h:8443/", "https://h:8443\\@evil/"]
        {
            assert!(!origin.is_origin_of(outside), "{outside}");
        }
        assert_eq!(url("https://h/x/artifactory").without_service("artifactory").as_str(), "https://h/x/");
        assert_eq!(url("https://h/x").without_service("artifactory").as_str(), "https://h/x/");
    }

    #[test]
    fn loopback_needs_no_warning() {
        for quiet in ["http://127.0.0.1:8082", "http://localhost", "http://[::1]:80/", "https://h"] {
            assert!(!url(quiet).is_insecure() && url(quiet).service_warning().is_none(), "{quiet}");
        }
        assert!(url("http://h").is_insecure());
        assert!(url("http://h/artifactory").service_warning().unwrap().ends_with(" http://h/"));
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "(https?://)?[a-zé@:/?#\\[\\]%. 0-9+-]{0,24}") {
            if let Ok(url) = PlatformUrl::parse("--url", &text) {
                prop_assert!(url.as_str().ends_with('/') && !url.as_str().contains(['?', '#']));
                prop_assert!(url.port() != 0 && !url.host().is_empty());
                url.service_warning();
                prop_assert!(url.is_origin_of(url.as_str()));
            }
            without_user_info(&text);
        }
    }
}
