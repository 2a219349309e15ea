//! Which hosts and addresses may be asked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

/// Where clouds tell their machines secrets, but for the addresses of the link: Alibaba, Oracle, Azure.
const METADATA_V4: [Ipv4Addr; 3] =
    [Ipv4Addr::new(100, 100, 100, 200), Ipv4Addr::new(192, 0, 0, 192), Ipv4Addr::new(168, 63, 129, 16)];
/// The same for Amazon and Google.
const METADATA_V6: [Ipv6Addr; 2] =
    [Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254), Ipv6Addr::new(0xfd20, 0xce, 0, 0, 0, 0, 0, 0x254)];

/// Which addresses may be connected to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AddressRule {
    /// Whether addresses that are not public may be: this machine's, and those of private networks.
    pub allow_private: bool,
}

impl AddressRule {
    /// Whether `address` may be connected to. Addresses of the link, those from which clouds tell their machines secrets,
    /// those of groups, and those that are none, never may.
    pub fn allows(self, address: IpAddr) -> bool {
        match address {
            IpAddr::V4(v4) => self.allows_v4(v4),
            IpAddr::V6(v6) => match embedded(v6) {
                Some(v4) => self.allows_v4(v4),
                None => self.allows_v6(v6),
            },
        }
    }

    fn allows_v4(self, address: Ipv4Addr) -> bool {
        let [first, second, third, _] = address.octets();
        let never = first == 0 || address.is_link_local() || first >= 224 || METADATA_V4.contains(&address);
        let private = address.is_loopback()
            || address.is_private()
            || address.is_documentation()
            || (first == 100 && second & 0xc0 == 64)
            || (first == 192 && second == 0 && third == 0)
            || (first == 198 && second & 0xfe == 18);
        !never && (self.allow_private || !private)
    }

    fn allows_v6(self, address: Ipv6Addr) -> bool {
        let [first, second, ..] = address.segments();
        if METADATA_V6.contains(&address) {
            return false;
        }
        if address.is_loopback() || first & 0xfe00 == 0xfc00 {
            return self.allow_private;
        }
        // What is public begins with 001; there, addresses for examples and tunnels are not.
        let public = first & 0xe000 == 0x2000;
        public && !(first == 0x2001 && (second == 0 || second == 0x0db8))
    }
}

/// The IPv4 address that a packet to this address ends at.
fn embedded(address: Ipv6Addr) -> Option<Ipv4Addr> {
    let octets = address.octets();
    let at = match address.segments() {
        [0, 0, 0, 0, 0, 0xffff, ..] | [0x0064, 0xff9b, 0, 0, 0, 0, ..] => 12,
        [0x2002, ..] => 2,
        _ => return None,
    };
    let v4: [u8; 4] = octets.get(at..at + 4)?.try_into().ok()?;
    Some(v4.into())
}

/// Whether `host` is among `allowed`: names, or `*.` and the end of names. If there are none, every host is.
pub fn host_is_allowed(host: &str, allowed: &[String]) -> bool {
    let host = host.trim_end_matches('.');
    let fits = |pattern: &str| match pattern.strip_prefix("*.") {
        Some(domain) => host.strip_suffix(domain).is_some_and(|rest| rest.len() > 1 && rest.ends_with('.')),
        None => host == pattern,
    };
    let fits = |pattern: &String| fits(pattern.trim_end_matches('.'));
    allowed.is_empty() || allowed.iter().any(fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_public_addresses_are_asked() {
        let (strict, lenient) = (AddressRule { allow_private: false }, AddressRule { allow_private: true });
        for public in ["1.1.1.1", "140.82.112.3", "2606:4700::1111", "2a00:1450::1", "64:ff9b::1.1.1.1"] {
            assert!(strict.allows(public.parse().unwrap()), "{public}");
        }
        for private in [
            "127.0.0.1",
            "127.9.9.9",
            "10.1.2.3",
            "172.16.0.1",
            "172.31.255.255",
            "192.168.1.1",
            "100.64.0.1",
            "100.127.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "198.18.0.1",
            "198.19.255.255",
            "203.0.113.1",
            "::1",
            "fc00::1",
            "fd00:ec2::253",
            "192.0.0.191",
            "::ffff:10.0.0.1",
            "::ffff:127.0.0.1",
            "64:ff9b::10.0.0.1",
            "2002:7f00:0001::",
        ] {
            assert!(!strict.allows(private.parse().unwrap()), "{private}");
            assert!(lenient.allows(private.parse().unwrap()), "{private}");
        }
        for never in [
            "0.0.0.0",
            "0.1.2.3",
            "169.254.169.254",
            "100.100.100.200",
            "192.0.0.192",
            "168.63.129.16",
            "::ffff:100.100.100.200",
            "64:ff9b::192.0.0.192",
            "fd00:ec2::254",
            "fd20:ce::254",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::127.0.0.1",
            "fe80::1",
            "fec0::1",
            "ff02::1",
            "::ffff:169.254.169.254",
            "64:ff9b::169.254.169.254",
            "64:ff9b:1::1",
            "2002:a9fe:a9fe::",
            "2001::1",
            "2001:db8::1",
            "4000::1",
        ] {
            assert!(!strict.allows(never.parse().unwrap()), "{never}");
            assert!(!lenient.allows(never.parse().unwrap()), "{never}");
        }
    }

    #[test]
    fn hosts_are_named_whole_or_by_their_domain() {
        let allowed = ["token.actions.githubusercontent.com".to_owned(), "*.example.org".to_owned()];
        for host in
            ["token.actions.githubusercontent.com", "a.example.org", "a.b.example.org", "a.example.org."]
        {
            assert!(host_is_allowed(host, &allowed), "{host}");
        }
        for host in
            ["example.org", ".example.org", "evilexample.org", "githubusercontent.com", "x.example.org.evil"]
        {
            assert!(!host_is_allowed(host, &allowed), "{host}");
        }
        assert!(host_is_allowed("anything", &[]));
        // The dot of the root is no part of the name, wherever it is written.
        let rooted = ["a.example.".to_owned(), "*.b.example.".to_owned()];
        for host in ["a.example", "a.example.", "x.b.example"] {
            assert!(host_is_allowed(host, &rooted), "{host}");
        }
        assert!(!host_is_allowed("b.example", &rooted));
    }
}
