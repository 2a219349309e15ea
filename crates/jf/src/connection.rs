//! Which server a command talks to, and as whom: flags first, then the `JF_` variables, then the
//! configured server. A credential never goes to another origin than the one it was given for.

use crate::addresses::{Address, Addresses, no_url};
use crate::cli::filled_path;
use crate::config::{Config, Server};
use crate::credential::Credential;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::terminal::shell_word;
use crate::platform_url::PlatformUrl;
use crate::secret_input::{GivenSecrets, trimmed};
use crate::source::{ChosenBy, Configured, Given, Source};
use access_types::Secret;
use secrecy::ExposeSecret as _;
use std::path::PathBuf;

/// A server, and perhaps the right to talk to it.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The platform's address.
    pub platform: PlatformUrl,
    /// The address of its Access service.
    pub access: PlatformUrl,
    /// The address of its Artifactory.
    pub artifactory: PlatformUrl,
    /// As whom; absent: as nobody.
    pub credential: Option<Credential>,
    /// The user that belongs to the credential, as far as it is known.
    pub user: Option<String>,
    /// A certificate to show.
    pub certificate: Option<ClientCertificate>,
    /// Which configured server it is, if it is one.
    pub server_id: Option<String>,
    /// How the credential is renewed, if it can be.
    pub renewal: Option<Renewal>,
    /// What it was made for.
    pub needs: Needs,
    /// Where it comes from.
    pub source: Source,
}

impl Connection {
    /// The access token, if that is the credential.
    pub(crate) fn token(&self) -> Option<&Secret> {
        match &self.credential {
            Some(Credential::Token(token)) => Some(token),
            _ => None,
        }
    }

    /// Whether both have the same access token.
    pub(crate) fn has_token_of(&self, other: &Connection) -> bool {
        self.token().map(|token| token.expose_secret()) == other.token().map(|token| token.expose_secret())
    }

    /// Whether all three addresses have the origins of the other's: what may go to the one may go to the other.
    pub(crate) fn is_where(&self, other: &Connection) -> bool {
        self.platform.has_origin_of(&other.platform)
            && self.access.has_origin_of(&other.access)
            && self.artifactory.has_origin_of(&other.artifactory)
    }

    /// The connection to a platform as nobody, for what needs no credential.
    ///
    /// # Errors
    /// If an address below the platform's cannot be built.
    pub(crate) fn as_nobody(platform: &PlatformUrl, certificate: Option<ClientCertificate>) -> Outcome<Self> {
        let Addresses { platform, access, artifactory } = Addresses::of(platform.clone(), Address::Platform)?;
        Ok(Self {
            platform,
            access,
            artifactory,
            credential: None,
            user: None,
            certificate,
            server_id: None,
            renewal: None,
            needs: Needs { address: Address::Platform, credential: NeedsCredential::None },
            source: Source { address: Given::Command, credential: None, configured: None },
        })
    }
}

/// What renews a configured server's access token.
#[derive(Debug, Clone)]
pub(crate) enum Renewal {
    /// A refresh token of the platform.
    Platform(Secret),
    /// A refresh token of Artifactory's old API.
    Artifactory(Secret),
}

/// Where a client certificate lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// PEM or PKCS#12 file with the certificate.
    pub certificate: PathBuf,
    /// PEM file with its key; absent: it is in the same file.
    pub key: Option<PathBuf>,
}

impl ClientCertificate {
    /// A certificate if its path is there; empty paths are none.
    pub(crate) fn from_paths(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Option<Self> {
        filled_path(certificate).map(|certificate| Self { certificate, key: filled_path(key) })
    }

    /// The certificate of a configured server, if it has one.
    pub(crate) fn of(server: &Server) -> Option<Self> {
        let path = |field| server.text(field).map(PathBuf::from);
        Self::from_paths(path("clientCertPath"), path("clientCertKeyPath"))
    }
}

/// What a command needs to know about its server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Needs {
    /// What `--url` and the configured address mean.
    pub address: Address,
    /// Whether it can do without a credential.
    pub credential: NeedsCredential,
}

/// How a command is with credentials.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NeedsCredential {
    /// It cannot go on without.
    Required,
    /// It takes what is there.
    Optional,
    /// It asks as nobody whatever is there.
    None,
}

/// What the command line says about the connection; empty texts are absent.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenConnection {
    /// `--url`.
    pub url: Option<String>,
    /// `--user`.
    pub user: Option<String>,
    /// The secrets.
    pub secrets: GivenSecrets,
    /// `--server-id`.
    pub server_id: Option<String>,
    /// The client certificate.
    pub certificate: Option<ClientCertificate>,
    /// Whether a flag was given that has no effect but to choose the command line.
    pub other: bool,
}

impl GivenConnection {
    fn is_any(&self) -> bool {
        self.url.is_some()
            || self.user.is_some()
            || self.secrets.password.is_some()
            || self.secrets.access_token.is_some()
            || self.certificate.is_some()
            || self.other
    }

    /// Whether the server is one of the configuration. Credentials alone say nothing about where they may go, and
    /// other tools have variables of these names too.
    pub(crate) fn needs_configuration(&self, environment: &Environment) -> bool {
        !self.is_any() && (self.server_id.is_some() || environment.text("JF_URL").is_none())
    }
}

/// What the `JF_` variables say.
struct Variables {
    url: Option<String>,
    user: Option<String>,
    password: Option<Secret>,
    access_token: Option<Secret>,
}

/// Decides. The configuration is read by `config` only if flags and variables name no server.
///
/// # Errors
/// Which piece is missing and where it can come from, or what is wrong with one that is there.
pub(crate) fn choose(
    given: GivenConnection,
    needs: Needs,
    environment: &Environment,
    config: impl FnOnce() -> Outcome<Config>,
) -> Outcome<Connection> {
    let variables = Variables {
        url: environment.text("JF_URL"),
        user: environment.text("JF_USER"),
        password: environment.secret("JF_PASSWORD")?,
        access_token: environment.secret("JF_ACCESS_TOKEN")?.as_ref().and_then(trimmed),
    };
    if !given.needs_configuration(environment) {
        return from_given(given, variables, needs);
    }
    let (named, chosen_by) = match (given.server_id, environment.text("JFROG_CLI_SERVER_ID")) {
        (Some(id), _) => (Some(id), ChosenBy::Flag),
        (None, Some(id)) => (Some(id), ChosenBy::Variable),
        (None, None) => (None, ChosenBy::Default),
    };
    let config = config()?;
    let server = find_server(&config, named.as_deref(), needs)?;
    let mut connection = from_server(server, needs)?;
    connection.source.configured = Some(Configured::of(server, &config, chosen_by));
    Ok(connection)
}

fn from_given(given: GivenConnection, variables: Variables, needs: Needs) -> Outcome<Connection> {
    // JF_URL is the platform's address everywhere; --url is that of what the command asks.
    let (addresses, address) = match (&given.url, &variables.url) {
        (Some(url), _) => {
            (Addresses::of(PlatformUrl::parse("--url", url)?, needs.address)?, Given::Flag("--url"))
        }
        (None, Some(url)) => {
            let url = PlatformUrl::parse("JF_URL", url)?;
            (Addresses::of(url, Address::Platform)?, Given::Variable("JF_URL"))
        }
        (None, None) => return Err(no_url(needs.address)),
    };
    let platform = addresses.platform;
    let (credential, user) = if needs.credential == NeedsCredential::None {
        (None, None)
    } else {
        given_credential(given.url.as_deref(), given.user, given.secrets, variables, &platform, needs)?
    };
    let (credential, source) = credential.unzip();
    Ok(Connection {
        access: addresses.access,
        artifactory: addresses.artifactory,
        platform,
        credential,
        user,
        certificate: given.certificate,
        server_id: None,
        renewal: None,
        needs,
        source: Source { address, credential: source, configured: None },
    })
}

/// A credential, and what gave it.
type SourcedCredential = (Credential, Given);

fn given_credential(
    url: Option<&str>,
    user: Option<String>,
    secrets: GivenSecrets,
    variables: Variables,
    platform: &PlatformUrl,
    needs: Needs,
) -> Outcome<(Option<SourcedCredential>, Option<String>)> {
    let GivenSecrets { password, access_token, password_flag, access_token_flag } = secrets;
    let is_given = password.is_some() || access_token.is_some();
    let may_use_variables = match (url, &variables.url) {
        (Some(_), Some(own)) => {
            PlatformUrl::parse("JF_URL", own).is_ok_and(|own| own.has_origin_of(platform))
        }
        _ => true,
    };
    let (password, access_token, user) = if is_given {
        let user = user.or(variables.user.filter(|_| access_token.is_none() && may_use_variables));
        (password, access_token, user)
    } else if may_use_variables {
        (variables.password, variables.access_token, user.or(variables.user))
    } else if variables.password.is_some() || variables.access_token.is_some() {
        return Err(Failure::new(
            Reason::Credentials,
            format!(
                "no credentials for {platform}: those of JF_ACCESS_TOKEN and JF_PASSWORD belong \
                to JF_URL, which is another server"
            ),
        )
        .hint("give --access-token-stdin, or --user and --password-stdin, with --url"));
    } else {
        (None, None, user)
    };
    let source = |flag, variable| if is_given { Given::Flag(flag) } else { Given::Variable(variable) };
    let credential = match (access_token, password, &user) {
        (Some(token), _, user) => {
            (Credential::from_token(token, user.as_deref())?, source(access_token_flag, "JF_ACCESS_TOKEN"))
        }
        (None, Some(password), Some(user)) => {
            (Credential::from_password(user, password)?, source(password_flag, "JF_PASSWORD"))
        }
        (None, Some(_), None) => {
            return Err(Failure::new(Reason::Credentials, "a password is given, but no user name")
                .hint("add --user, or set JF_USER"));
        }
        (None, None, _) if needs.credential == NeedsCredential::Optional => return Ok((None, user)),
        (None, None, _) => return Err(no_credentials(platform)),
    };
    Ok((Some(credential), user))
}

fn find_server<'a>(config: &'a Config, named: Option<&str>, needs: Needs) -> Outcome<&'a Server> {
    match named {
        Some(id) => config.find(id).ok_or_else(|| unknown_server(config, id)),
        None if config.servers.is_empty() => Err(no_url(needs.address)),
        None => config.default_server().ok_or_else(|| no_default(config)),
    }
}

/// The failure for a configuration whose servers are all not the default.
pub(crate) fn no_default(config: &Config) -> Failure {
    Failure::new(Reason::Credentials, "none of the configured servers is the default one")
        .hint(format!("choose one with --server-id or `jf config use`; there are: {}", config.ids()))
}

/// The failure for a server id that is not configured.
pub(crate) fn unknown_server(config: &Config, id: &str) -> Failure {
    let failure = Failure::new(Reason::NotFound, format!("Server ID '{id}' does not exist."));
    if config.servers.is_empty() {
        failure.hint("no server is configured; add it with `jf config add`")
    } else {
        failure.hint(format!("there are: {}", config.ids()))
    }
}

/// The connection to a configured server.
///
/// # Errors
/// Which piece the server lacks, or what is wrong with one that is there.
pub(crate) fn from_server(server: &Server, needs: Needs) -> Outcome<Connection> {
    let id = server.id();
    let Addresses { platform, access, artifactory } = Addresses::of_server(server, needs.address)?;
    let (credential, renewal) = match needs.credential {
        NeedsCredential::None => (None, None),
        _ => server_credential(server)?,
    };
    if credential.is_none() && needs.credential == NeedsCredential::Required {
        return Err(Failure::new(Reason::Credentials, format!("server '{id}' has no credentials"))
            .hint(format!("add them: jf config edit {} --access-token-stdin < token.txt", shell_word(id))));
    }
    let source = Source {
        address: Given::Configuration,
        credential: credential.as_ref().map(|_| Given::Configuration),
        configured: None,
    };
    Ok(Connection {
        source,
        platform,
        access,
        artifactory,
        credential,
        user: server.text("user").map(str::to_owned),
        certificate: ClientCertificate::of(server),
        server_id: Some(id.to_owned()),
        renewal,
        needs,
    })
}

/// The credential of a configured server, and what renews it. A token that the existing tool made of user and
/// password, to be renewed behind the scenes, is passed over: user and password are what was given.
fn server_credential(server: &Server) -> Outcome<(Option<Credential>, Option<Renewal>)> {
    let (token, user, password) = (server.text("accessToken"), server.text("user"), server.text("password"));
    let (platform, artifactory) = (server.text("refreshToken"), server.text("artifactoryRefreshToken"));
    let is_made_of_password = !server.is("webLogin")
        && user.is_some()
        && password.is_some()
        && (platform.is_some() || artifactory.is_some());
    Ok(match (token.filter(|_| !is_made_of_password), user, password) {
        (Some(token), user, _) => {
            let renewal = match (platform.filter(|_| !server.is("disableTokenRefresh")), artifactory) {
                (Some(refresh), _) => Some(Renewal::Platform(refresh.into())),
                (None, Some(refresh)) => Some(Renewal::Artifactory(refresh.into())),
                (None, None) => None,
            };
            (Some(Credential::from_token(token.into(), user)?), renewal)
        }
        (None, Some(user), Some(password)) => (Some(Credential::from_password(user, password.into())?), None),
        _ => (None, None),
    })
}

/// The failure of a command that was given no credential.
pub(crate) fn no_credentials(platform: &PlatformUrl) -> Failure {
    Failure::new(Reason::Credentials, format!("no credentials for {platform}")).hint(
        "give --access-token-stdin, or --user and --password-stdin; or set JF_ACCESS_TOKEN, or \
            JF_USER and JF_PASSWORD",
    )
}
