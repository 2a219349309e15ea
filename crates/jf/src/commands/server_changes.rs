//! What is written into a server: addresses, one way to log in, certificates. What is not given stays.

use crate::config::Server;
use crate::connection::ClientCertificate;
use crate::credential::user_of;
use crate::platform_url::PlatformUrl;
use crate::tokens::configured_rotation;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::Value;

/// Minutes between renewals of the tokens that other tools make from user and password.
pub(super) const REFRESH_INTERVAL: i64 = 60;

/// Services with an address of their own: the field, and where they lie below the platform.
pub(super) const SERVICES: [(&str, &str); 5] = [
    ("artifactoryUrl", "artifactory/"),
    ("distributionUrl", "distribution/"),
    ("xrayUrl", "xray/"),
    ("missionControlUrl", "mc/"),
    ("pipelinesUrl", "pipelines/"),
];

/// What belongs to one way to log in, and goes when another comes.
const LOGIN_FIELDS: [&str; 11] = [
    "user",
    "password",
    "accessToken",
    "refreshToken",
    "artifactoryRefreshToken",
    "tokenRefreshInterval",
    "webLogin",
    "sshKeyPath",
    "sshPassphrase",
    configured_rotation::REPLACED,
    configured_rotation::REPLACED_END,
];

/// A way to log in.
pub(super) enum Login {
    /// An access token, and the user it is of, as far as known.
    Token {
        /// The token.
        token: Secret,
        /// The user.
        user: Option<String>,
    },
    /// User and password.
    Password {
        /// The user.
        user: String,
        /// The password, as it is kept.
        password: Secret,
        /// Whether other tools may make tokens from them.
        makes_tokens: bool,
    },
    /// Tokens that a browser log-in gave.
    Web {
        /// The access token.
        token: Secret,
        /// What renews it.
        refresh_token: Option<Secret>,
    },
    /// Nothing but a client certificate.
    None,
    /// A key that other tools log in with.
    Ssh {
        /// The key's file.
        key_path: String,
        /// The key's passphrase.
        passphrase: Option<Secret>,
    },
}

/// What is to be written into a server; what is `None` or missing stays as it is.
#[derive(Default)]
pub(super) struct Changes {
    /// The platform's address.
    pub url: Option<PlatformUrl>,
    /// Addresses of services, by field.
    pub services: Vec<(&'static str, PlatformUrl)>,
    /// The way to log in.
    pub login: Option<Login>,
    /// The user, where the way to log in stays.
    pub user: Option<String>,
    /// The passphrase, where the SSH key stays.
    pub passphrase: Option<Secret>,
    /// The certificate to show.
    pub certificate: Option<ClientCertificate>,
    /// Whether the token is never renewed.
    pub disable_token_refresh: Option<bool>,
    /// Whether other tools shall stop to make tokens of the user and password that are there.
    pub basic_auth_only: bool,
}

impl Changes {
    /// Whether there is nothing to write.
    pub(super) fn is_empty(&self) -> bool {
        self.url.is_none()
            && self.services.is_empty()
            && self.login.is_none()
            && self.user.is_none()
            && self.passphrase.is_none()
            && self.certificate.is_none()
            && self.disable_token_refresh.is_none()
            && !self.basic_auth_only
    }

    /// Writes them. Every address that lay below the old one of the platform follows the new one, so that no
    /// credential for the new place goes to the old; of those that are missing the [`SERVICES`] are made.
    pub(super) fn apply(&self, server: &mut Server) {
        if let Some(url) = &self.url {
            follow(server, url);
            for (field, path) in SERVICES {
                if server.text(field).is_none() {
                    set(server, field, &url.join(path));
                }
            }
            set(server, "url", url.as_str());
        }
        for (field, url) in &self.services {
            set(server, field, url.as_str());
        }
        if let Some(login) = &self.login {
            for field in LOGIN_FIELDS {
                server.take(field);
            }
            login.write(server);
        }
        if let (Some(passphrase), Some(_)) = (&self.passphrase, server.text("sshKeyPath")) {
            set(server, "sshPassphrase", passphrase.expose_secret());
        }
        if self.basic_auth_only {
            server.take("tokenRefreshInterval");
        }
        if let Some(user) = &self.user {
            set(server, "user", user);
        }
        if let Some(certificate) = &self.certificate {
            server.take("clientCertKeyPath");
            set(server, "clientCertPath", &certificate.certificate.to_string_lossy());
            if let Some(key) = &certificate.key {
                set(server, "clientCertKeyPath", &key.to_string_lossy());
            }
        }
        match self.disable_token_refresh {
            Some(true) => server.set("disableTokenRefresh", Value::Bool(true)),
            // What is false is not in the file.
            Some(false) => drop(server.take("disableTokenRefresh")),
            None => {}
        }
    }
}

impl Login {
    fn write(&self, server: &mut Server) {
        match self {
            Login::Token { token, user } => {
                set(server, "accessToken", token.expose_secret());
                if let Some(user) = user {
                    set(server, "user", user);
                }
            }
            Login::Password { user, password, makes_tokens } => {
                set(server, "user", user);
                set(server, "password", password.expose_secret());
                if *makes_tokens {
                    server.set("tokenRefreshInterval", REFRESH_INTERVAL.into());
                }
            }
            Login::Web { token, refresh_token } => {
                set(server, "accessToken", token.expose_secret());
                if let Some(user) = user_of(token.expose_secret()) {
                    set(server, "user", &user);
                }
                if let Some(refresh_token) = refresh_token {
                    set(server, "refreshToken", refresh_token.expose_secret());
                }
                server.set("webLogin", Value::Bool(true));
            }
            Login::None => {}
            Login::Ssh { key_path, passphrase } => {
                set(server, "sshKeyPath", key_path);
                if let Some(passphrase) = passphrase {
                    set(server, "sshPassphrase", passphrase.expose_secret());
                }
            }
        }
    }
}

/// Moves what lies below the platform's address to below `url`. What cannot be read as an address stays.
fn follow(server: &mut Server, url: &PlatformUrl) {
    let parse = |text: &str| PlatformUrl::parse("", text).ok();
    let Some(old) = server.text("url").and_then(parse) else { return };
    for field in server.service_fields() {
        let service = server.text(&field).and_then(parse);
        if let Some(path) = service.as_ref().and_then(|service| service.below(&old)) {
            set(server, &field, &url.join(path));
        }
    }
}

fn set(server: &mut Server, field: &str, text: &str) {
    server.set(field, Value::String(text.to_owned()));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> PlatformUrl {
        PlatformUrl::parse("--url", text).unwrap()
    }

    #[test]
    fn services_follow_the_platform_unless_they_have_their_own_place() {
        let mut server = Server::default();
        let own = ("xrayUrl", url("https://x"));
        Changes { url: Some(url("https://h")), services: vec![own], ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("artifactoryUrl"), Some("https://h/artifactory/"));
        Changes { url: Some(url("https://new")), ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("artifactoryUrl"), Some("https://new/artifactory/"));
        assert_eq!((server.text("url"), server.text("xrayUrl")), (Some("https://new/"), Some("https://x/")));
    }

    #[test]
    fn every_address_below_the_old_one_follows_however_it_is_written() {
        let mut server = Server::default();
        for (field, text) in [
            ("url", "https://h:443/base"),
            ("accessUrl", "https://H/base/access"),
            ("xscUrl", "https://h/base/xsc/"),
            ("lifecycleUrl", "https://h/base/a/b/"),
            ("artifactoryUrl", "https://h/base"),
            ("catalogUrl", "https://h/based/catalog/"),
            ("xrayUrl", "http://h/base/xray/"),
            ("pipelinesUrl", "ssh://h/base/"),
        ] {
            set(&mut server, field, text);
        }
        Changes { url: Some(url("https://new/x")), ..Changes::default() }.apply(&mut server);
        for (field, text) in [
            ("url", "https://new/x/"),
            ("accessUrl", "https://new/x/access/"),
            ("xscUrl", "https://new/x/xsc/"),
            ("lifecycleUrl", "https://new/x/a/b/"),
            ("artifactoryUrl", "https://new/x/"),
            ("catalogUrl", "https://h/based/catalog/"),
            ("xrayUrl", "http://h/base/xray/"),
            ("pipelinesUrl", "ssh://h/base/"),
            ("distributionUrl", "https://new/x/distribution/"),
        ] {
            assert_eq!(server.text(field), Some(text), "{field}");
        }
    }

    #[test]
    fn another_log_in_leaves_nothing_of_the_old_one() {
        let mut server = Server::default();
        for field in LOGIN_FIELDS {
            set(&mut server, field, "old");
        }
        let login = Login::Token { token: "t".into(), user: None };
        Changes { login: Some(login), ..Changes::default() }.apply(&mut server);
        assert_eq!(server.text("accessToken"), Some("t"));
        for field in LOGIN_FIELDS.iter().filter(|field| **field != "accessToken") {
            assert_eq!(server.text(field), None, "{field}");
        }
    }
}
