//! Which server a command talks to, and as whom: flags first, then the `JF_` variables, then the
//! configured server. A credential never goes to another origin than the one it was given for.

use crate::config::{Config, Server};
use crate::credential::Credential;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::platform_url::PlatformUrl;
use crate::secret_input::{GivenSecrets, trimmed};
use access_types::Secret;
use std::path::PathBuf;

/// A server and the right to talk to it.
#[derive(Debug, Clone)]
pub(crate) struct Connection {
    /// The platform's address.
    pub platform: PlatformUrl,
    /// The address of its Access service.
    pub access: PlatformUrl,
    /// As whom.
    pub credential: Credential,
    /// The user that belongs to the credential, as far as it is known.
    pub user: Option<String>,
    /// A certificate to show.
    pub certificate: Option<ClientCertificate>,
    /// Which configured server it is, if it is one.
    pub server_id: Option<String>,
}

/// Where a client certificate lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    /// PEM file with the certificate.
    pub certificate: PathBuf,
    /// PEM file with its key; absent: it is in the same file.
    pub key: Option<PathBuf>,
}

impl ClientCertificate {
    /// A certificate if its path is there; empty paths are none.
    pub(crate) fn from_paths(certificate: Option<PathBuf>, key: Option<PathBuf>) -> Option<Self> {
        let filled = |path: Option<PathBuf>| path.filter(|path| !path.as_os_str().is_empty());
        filled(certificate).map(|certificate| Self { certificate, key: filled(key) })
    }
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
    environment: &Environment,
    config: impl FnOnce() -> Outcome<Config>,
) -> Outcome<Connection> {
    let variables = Variables {
        url: environment.text("JF_URL"),
        user: environment.text("JF_USER"),
        password: environment.text("JF_PASSWORD").map(Secret::from),
        access_token: environment.text("JF_ACCESS_TOKEN").map(Secret::from).as_ref().and_then(trimmed),
    };
    let has_variables =
        variables.url.is_some() || variables.password.is_some() || variables.access_token.is_some();
    if given.is_any() || (has_variables && given.server_id.is_none()) {
        return from_given(given, variables);
    }
    let named = given.server_id.or_else(|| environment.text("JFROG_CLI_SERVER_ID"));
    from_server(find_server(&config()?, named.as_deref())?)
}

fn from_given(given: GivenConnection, variables: Variables) -> Outcome<Connection> {
    let platform = match (&given.url, &variables.url) {
        (Some(url), _) => PlatformUrl::parse("--url", url)?,
        (None, Some(url)) => PlatformUrl::parse("JF_URL", url)?,
        (None, None) => return Err(no_url()),
    };
    let GivenSecrets { password, access_token } = given.secrets;
    let is_given = password.is_some() || access_token.is_some();
    let may_use_variables = match (&given.url, &variables.url) {
        (Some(_), Some(own)) => {
            PlatformUrl::parse("JF_URL", own).is_ok_and(|own| own.has_origin_of(&platform))
        }
        _ => true,
    };
    let (password, access_token, user) = if is_given {
        let user = given.user.or(variables.user.filter(|_| access_token.is_none() && may_use_variables));
        (password, access_token, user)
    } else if may_use_variables {
        (variables.password, variables.access_token, given.user.or(variables.user))
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
        (None, None, given.user)
    };
    let credential = match (access_token, password, &user) {
        (Some(token), _, user) => Credential::from_token(token, user.as_deref())?,
        (None, Some(password), Some(user)) => Credential::from_password(user, password)?,
        (None, Some(_), None) => {
            return Err(Failure::new(Reason::Credentials, "a password is given, but no user name")
                .hint("add --user, or set JF_USER"));
        }
        (None, None, _) => return Err(no_credentials(&platform)),
    };
    Ok(Connection {
        access: PlatformUrl::parse("--url", &platform.join("access/"))?,
        platform,
        credential,
        user,
        certificate: given.certificate,
        server_id: None,
    })
}

fn find_server<'a>(config: &'a Config, named: Option<&str>) -> Outcome<&'a Server> {
    match named {
        Some(id) => config.find(id).ok_or_else(|| unknown_server(config, id)),
        None if config.servers.is_empty() => Err(no_url()),
        None => config.default_server().ok_or_else(|| {
            Failure::new(Reason::Credentials, "none of the configured servers is the default one")
                .hint(format!("choose one with --server-id or `jf config use`; there are: {}", config.ids()))
        }),
    }
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

fn from_server(server: &Server) -> Outcome<Connection> {
    let id = server.id();
    let url = server.text("url").ok_or_else(no_url)?;
    let platform = PlatformUrl::parse(&format!("url of server '{id}'"), url)?;
    let access = match server.text("accessUrl") {
        Some(url) => PlatformUrl::parse(&format!("accessUrl of server '{id}'"), url)?,
        None => PlatformUrl::parse("url", &platform.join("access/"))?,
    };
    let user = server.text("user");
    let credential = match (server.text("accessToken"), user, server.text("password")) {
        (Some(token), user, _) => Credential::from_token(token.into(), user)?,
        (None, Some(user), Some(password)) => Credential::from_password(user, password.into())?,
        _ => {
            return Err(Failure::new(Reason::Credentials, format!("server '{id}' has no credentials")).hint(
                format!("add them: jf config add {id} --overwrite --url {platform} --access-token-stdin"),
            ));
        }
    };
    let path = |field| server.text(field).map(PathBuf::from);
    Ok(Connection {
        platform,
        access,
        credential,
        user: user.map(str::to_owned),
        certificate: ClientCertificate::from_paths(path("clientCertPath"), path("clientCertKeyPath")),
        server_id: Some(id.to_owned()),
    })
}

fn no_url() -> Failure {
    Failure::new(
        Reason::Credentials,
        "no JFrog Platform URL specified, either via the --url flag or as part of the server configuration",
    )
    .hint(
        "give --url with credentials, set JF_URL and JF_ACCESS_TOKEN, or configure a server with \
        `jf config add`",
    )
}

fn no_credentials(platform: &PlatformUrl) -> Failure {
    Failure::new(Reason::Credentials, format!("no credentials for {platform}")).hint(
        "give --access-token-stdin, or --user and --password-stdin; or set JF_ACCESS_TOKEN, or \
            JF_USER and JF_PASSWORD",
    )
}
