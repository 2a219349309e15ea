//! The addresses of a platform and its services, and which of them a command is given.

use crate::config::Server;
use crate::error::{Failure, Outcome, Reason};
use crate::platform_url::PlatformUrl;

/// Whose address a command takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Address {
    /// The platform's.
    Platform,
    /// Artifactory's own, as the `rt` commands do.
    Artifactory,
}

/// The three addresses that a platform has.
pub(crate) struct Addresses {
    /// The platform's.
    pub platform: PlatformUrl,
    /// Its Access service's.
    pub access: PlatformUrl,
    /// Its Artifactory's.
    pub artifactory: PlatformUrl,
}

impl Addresses {
    /// Those that follow from one.
    ///
    /// # Errors
    /// If one cannot be built.
    pub(crate) fn of(url: PlatformUrl, whose: Address) -> Outcome<Self> {
        let (platform, artifactory) = match whose {
            Address::Platform => {
                let artifactory = PlatformUrl::parse("--url", &url.join("artifactory/"))?;
                (url, artifactory)
            }
            Address::Artifactory => (url.without_service("artifactory"), url),
        };
        let access = PlatformUrl::parse("--url", &platform.join("access/"))?;
        Ok(Self { platform, access, artifactory })
    }

    /// Those of a configured server: each may be written down, the others follow from the platform's.
    ///
    /// # Errors
    /// If one is wrong, or the one that a command needs is missing.
    pub(crate) fn of_server(server: &Server, whose: Address) -> Outcome<Self> {
        let id = server.id();
        let field = |name: &str| {
            let url = server.text(name);
            url.map(|url| PlatformUrl::parse(&format!("{name} of server '{id}'"), url)).transpose()
        };
        // Other tools have addresses that jf does not read; only one that the command needs has to be right.
        let artifactory = match whose {
            Address::Artifactory => field("artifactoryUrl")?,
            Address::Platform => field("artifactoryUrl").unwrap_or_default(),
        };
        let url = match (&artifactory, whose) {
            (Some(_), Address::Artifactory) => field("url").unwrap_or_default(),
            _ => field("url")?,
        };
        let of_platform = url.map(|url| Self::of(url, Address::Platform)).transpose()?;
        let addresses = match (of_platform, artifactory, whose) {
            (Some(addresses), artifactory, _) => {
                Self { artifactory: artifactory.unwrap_or(addresses.artifactory), ..addresses }
            }
            (None, Some(artifactory), Address::Artifactory) => Self::of(artifactory, Address::Artifactory)?,
            (None, _, whose) => return Err(no_url(whose)),
        };
        let access = match whose {
            Address::Platform => field("accessUrl")?,
            Address::Artifactory => field("accessUrl").unwrap_or_default(),
        };
        Ok(Self { access: access.unwrap_or(addresses.access), ..addresses })
    }
}

/// The failure of a command that was given no address.
pub(crate) fn no_url(whose: Address) -> Failure {
    let message = match whose {
        Address::Platform => {
            "no JFrog Platform URL specified, either via the --url flag or as part of the server configuration"
        }
        Address::Artifactory => {
            "no JFrog Artifactory URL specified, either via the --url flag or as part of the server \
                configuration"
        }
    };
    Failure::new(Reason::Credentials, message).hint(
        "give --url with credentials, set JF_URL and JF_ACCESS_TOKEN, or configure a server with \
        `jf config add`",
    )
}
