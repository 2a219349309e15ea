//! A URL of PostgreSQL taken apart: `postgres://user[:password]@host[:port][,host[:port]]/database[?name=value&…]`.
//! Nothing of a URL is repeated in an error unless it cannot be a part of its password.

use super::settings::PostgresSettingsError as Error;
use access_types::Secret;
use percent_encoding::percent_decode_str;
use std::net::IpAddr;
use std::path::PathBuf;

/// The port where none is named.
const PORT: u16 = 5432;

/// The parts of a URL, decoded.
#[derive(Debug, Clone)]
pub(super) struct Parts {
    pub(super) user: String,
    pub(super) password: Option<Secret>,
    pub(super) hosts: Vec<Host>,
    pub(super) database: String,
    /// Names and values after the question mark, in their order.
    pub(super) parameters: Vec<(String, String)>,
}

/// One server of the URL.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Host {
    pub(super) place: HostPlace,
    pub(super) port: u16,
}

/// Where a server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HostPlace {
    /// A name, in lower case.
    Name(String),
    /// An address.
    Address(IpAddr),
    /// The folder of its Unix socket.
    Folder(PathBuf),
}

impl Host {
    /// Whether what is said to it stays on this machine.
    pub(super) fn is_local(&self) -> bool {
        match &self.place {
            HostPlace::Name(name) => name == "localhost",
            HostPlace::Address(address) => address.is_loopback(),
            HostPlace::Folder(_) => true,
        }
    }
}

impl Parts {
    /// Takes a URL apart.
    pub(super) fn of(url: &str) -> Result<Self, Error> {
        let rest = url
            .strip_prefix("postgres://")
            .or_else(|| url.strip_prefix("postgresql://"))
            .ok_or(Error::Form("must begin with postgres://"))?;
        if rest.contains('#') {
            return Err(Error::Form("a # must be written %23"));
        }
        // A password with a bare @, / or ? is met here before it can be taken for something that is shown.
        let (userinfo, rest) = rest.split_once('@').ok_or(Error::NoUser)?;
        if rest.contains('@') || userinfo.contains(['/', '?']) {
            return Err(Error::Form(
                "must have one @, behind user and password; in these a @ is written %40, a / %2F and a ? %3F",
            ));
        }
        let (before, query) = rest.split_once('?').unwrap_or((rest, ""));
        let (hosts, database) = before.split_once('/').unwrap_or((before, ""));
        let (user, password) = match userinfo.split_once(':') {
            Some((user, password)) => (user, Some(Secret::from(decoded(password)?))),
            None => (userinfo, None),
        };
        let parts = Self {
            user: decoded(user)?,
            password,
            hosts: hosts.split(',').map(host).collect::<Result<_, _>>()?,
            database: decoded(database)?,
            parameters: parameters(query)?,
        };
        match &parts {
            _ if parts.user.is_empty() => Err(Error::NoUser),
            _ if database.contains('/') => Err(Error::Form("a / in the name of the database is written %2F")),
            _ if parts.database.is_empty() => Err(Error::NoDatabase),
            _ => Ok(parts),
        }
    }
}

/// Percent-decoded. A zero byte ends a text in PostgreSQL's protocol, so there is none in any value.
fn decoded(text: &str) -> Result<String, Error> {
    let wrong = Error::Form("has a % that is no percent-encoding of UTF-8; a % itself is written %25");
    let bytes = text.as_bytes();
    let is_escape =
        |at: usize| bytes.get(at + 1..at + 3).is_some_and(|two| two.iter().all(u8::is_ascii_hexdigit));
    if (0..bytes.len()).any(|at| bytes.get(at) == Some(&b'%') && !is_escape(at)) {
        return Err(wrong);
    }
    match percent_decode_str(text).decode_utf8() {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text.into_owned()),
        Ok(_) => Err(Error::Form("must have no control characters")),
        Err(_) => Err(wrong),
    }
}

fn host(text: &str) -> Result<Host, Error> {
    let wrong = || {
        Error::Form(
            "must name hosts like db.example.org:5432, 10.0.0.1, [::1] or %2Frun%2Fpostgresql (the folder of a socket), \
             comma separated",
        )
    };
    // The colons of an address of version 6 are inside its brackets.
    let (name, port) = match text.strip_prefix('[').map(|rest| rest.split_once(']')) {
        Some(None) => return Err(wrong()),
        Some(Some((address, rest))) => (address, rest.strip_prefix(':').or(rest.is_empty().then_some(""))),
        None => match text.split_once(':') {
            Some((name, port)) => (name, Some(port).filter(|port| !port.is_empty())),
            None => (text, Some("")),
        },
    };
    let port = match port {
        Some("") => PORT,
        Some(port) if port.bytes().all(|b| b.is_ascii_digit()) => {
            port.parse().ok().filter(|port| *port != 0).ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    let place = if text.starts_with('[') {
        HostPlace::Address(IpAddr::V6(name.parse().map_err(|_| wrong())?))
    } else {
        let name = decoded(name)?;
        let is_name = |name: &str| {
            !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-._".contains(&b))
        };
        match name.parse::<IpAddr>() {
            Ok(address) if address.is_ipv4() => HostPlace::Address(address),
            _ if name.starts_with('/') => HostPlace::Folder(PathBuf::from(name)),
            _ if is_name(&name) => HostPlace::Name(name.to_ascii_lowercase()),
            _ => return Err(wrong()),
        }
    };
    Ok(Host { place, port })
}

fn parameters(query: &str) -> Result<Vec<(String, String)>, Error> {
    let one = |text: &str| match text.split_once('=') {
        Some((name, value)) => Ok((decoded(name)?, decoded(value)?)),
        None => Err(Error::Form("must have name=value pairs behind the ?, with & between them")),
    };
    query.split('&').filter(|text| !text.is_empty()).map(one).collect()
}
