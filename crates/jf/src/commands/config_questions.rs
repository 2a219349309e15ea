//! What a person is asked while a server is added or changed. Nothing is asked where nobody can answer: the
//! command fails then and names the flag.

use super::config_server::{check_file, token_login};
use super::server_changes::{Changes, Login, SERVICES};
use crate::config::Server;
use crate::connection::{ClientCertificate, Connection};
use crate::credential::Credential;
use crate::error::{Failure, Outcome};
use crate::http::Network;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use crate::prompt::Prompt;
use crate::web_login;
use std::path::PathBuf;

/// A person, if there is one.
pub(super) struct Questions<'a> {
    /// How to ask.
    pub prompt: &'a Prompt<'a>,
    /// The server that is changed, if one is: it stands for what no flag gives.
    pub old: Option<&'a Server>,
}

impl Questions<'_> {
    /// Whose a log-in is that names nobody.
    fn old_user(&self) -> Option<&str> {
        self.old?.text("user")
    }

    /// A line of text; `None` for an empty one, and where nobody is asked.
    pub(super) fn ask(&self, question: &str, flag: &str) -> Outcome<Option<String>> {
        if self.prompt.why_silent().is_some() {
            return Ok(None);
        }
        Ok(Some(self.prompt.text(question, flag)?).filter(|answer| !answer.is_empty()))
    }

    /// The platform's address; an empty answer takes the old one, if there is one.
    pub(super) fn platform_url(&self, old: Option<&str>) -> Outcome<PlatformUrl> {
        let question = match old {
            Some(old) => format!("JFrog Platform URL [{old}]: "),
            None => "JFrog Platform URL: ".to_owned(),
        };
        let answer = self.prompt.text(&question, "--url")?;
        let text = if answer.is_empty() { old.unwrap_or_default() } else { &answer };
        PlatformUrl::parse("JFrog Platform URL", text)
    }

    /// Warns of addresses that everybody on the way can read, before anything is sent; a person has to agree.
    pub(super) fn check_insecure(&self, changes: &Changes, network: &Network<'_>) -> Outcome<()> {
        let addresses = changes.url.iter().chain(changes.services.iter().map(|(_, url)| url));
        let insecure: Vec<_> = addresses.filter(|url| url.is_insecure()).collect();
        let Some(first) = insecure.first() else { return Ok(()) };
        if self.prompt.why_silent().is_some() {
            network.warn_if_insecure(first);
            return Ok(());
        }
        let question = "Your JFrog URL uses an insecure HTTP connection, instead of HTTPS. Are you sure you want to \
            continue?";
        if self.prompt.agrees(question, "an address that begins with https://")? {
            insecure.iter().for_each(|url| network.knows_insecure(url));
            return Ok(());
        }
        Err(Failure::usage("config was aborted due to an insecure HTTP connection")
            .hint("use the address that begins with https://"))
    }

    /// The address of each service, one after the other; an empty answer leaves it.
    pub(super) fn services(&self, changes: &mut Changes) -> Outcome<()> {
        for (field, path) in SERVICES {
            if changes.services.iter().any(|(given, _)| *given == field) {
                continue;
            }
            let default = changes.url.as_ref().map(|url| url.join(path)).unwrap_or_default();
            if let Some(answer) = self.ask(&format!("{field} [{default}]: "), "the flag for each service")? {
                changes.services.push((field, PlatformUrl::parse(field, &answer)?));
            }
        }
        Ok(())
    }

    /// The way to log in.
    pub(super) fn login(&self, changes: &mut Changes, network: &Network<'_>) -> Outcome<Login> {
        let flags =
            "--access-token-stdin, or --user and --password-stdin; or --interactive=false to go without";
        let ways = ["Access Token", "Web Login", "Username and Password / Reference token", "Mutual TLS"];
        match self.prompt.choice("Select one of the following authentication methods:", &ways, flags)? {
            0 => self.token(changes.user.clone(), network.report()),
            1 => self.web(changes, network),
            2 => self.password(changes.user.clone()),
            _ => self.certificate(changes),
        }
    }

    /// An access token, or user and password, for those who want no browser.
    pub(super) fn login_without_browser(&self, user: Option<String>, report: &Report) -> Outcome<Login> {
        let ways = ["Access Token", "Username and Password / Reference token"];
        let flags = "jf config add --access-token-stdin";
        match self.prompt.choice("Select one of the following authentication methods:", &ways, flags)? {
            0 => self.token(user, report),
            _ => self.password(user),
        }
    }

    fn token(&self, user: Option<String>, report: &Report) -> Outcome<Login> {
        let token = self.prompt.secret("JFrog access token: ", "--access-token-stdin")?;
        let token = crate::secret_input::trimmed(&token)
            .ok_or_else(|| Failure::usage("no access token was typed").hint("paste it and press Enter"))?;
        let login = token_login(token, user, self.old_user(), report)?;
        Ok(match login {
            Login::Token { token, user: None } => {
                let user = self.ask("JFrog username (optional): ", "--user")?;
                Login::Token { token, user: user.map(|user| user.to_lowercase()) }
            }
            login => login,
        })
    }

    fn password(&self, user: Option<String>) -> Outcome<Login> {
        let user = match user {
            Some(user) => user,
            None => self.user()?,
        };
        if user.is_empty() {
            return Err(Failure::usage("no user name was typed").hint("a password needs a name"));
        }
        let password = self.prompt.secret("JFrog password or Reference Token: ", "--password-stdin")?;
        Credential::from_password(&user, password.clone())?;
        Ok(Login::Password { user, password, makes_tokens: true })
    }

    /// An empty answer takes the old user, if there is one.
    fn user(&self) -> Outcome<String> {
        let question = match self.old_user() {
            Some(old) => format!("JFrog username [{old}]: "),
            None => "JFrog username: ".to_owned(),
        };
        let answer = self.prompt.text(&question, "--user")?.to_lowercase();
        Ok(if answer.is_empty() { self.old_user().unwrap_or_default().to_owned() } else { answer })
    }

    fn web(&self, changes: &Changes, network: &Network<'_>) -> Outcome<Login> {
        let old_url = self.old.and_then(|old| old.text("url"));
        let platform = match (&changes.url, old_url) {
            (Some(url), _) => url.clone(),
            (None, Some(url)) => PlatformUrl::parse("url", url)?,
            (None, None) => {
                return Err(Failure::usage("a web login needs the platform's address").hint("give --url"));
            }
        };
        let certificate = changes.certificate.clone().or_else(|| self.old.and_then(ClientCertificate::of));
        let connection = Connection::as_nobody(&platform, certificate)?;
        let token = web_login::run(connection, network)?;
        Ok(Login::Web { token: token.access_token, refresh_token: token.refresh_token })
    }

    fn certificate(&self, changes: &mut Changes) -> Outcome<Login> {
        let certificate =
            PathBuf::from(self.prompt.text("Client certificate file path: ", "--client-cert-path")?);
        check_file(&certificate)?;
        let key = self.ask("Client certificate key path: ", "--client-cert-key-path")?.map(PathBuf::from);
        key.as_deref().map_or(Ok(()), check_file)?;
        changes.certificate = Some(ClientCertificate { certificate, key });
        Ok(Login::None)
    }
}
