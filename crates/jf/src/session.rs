//! A command's way to its server: which one, as whom, with a credential that is fresh.

use crate::addresses::Address;
use crate::cli::{ConnectionFlags, filled, filled_path};
use crate::config::ConfigFile;
use crate::connection::{
    self, ClientCertificate, Connection, GivenConnection, Needs, NeedsCredential, Renewal,
};
use crate::credential::{Credential, check_username};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::expiry_notice::ExpiryNotice;
use crate::http::{Answer, Client, Network, Request, refusal};
use crate::output::report::Report;
use crate::output::terminal;
use crate::platform_url::PlatformUrl;
use crate::{clock, refresh, secret_input};
use std::rc::Rc;
use ureq::http::StatusCode;

/// A server that can be asked.
pub(crate) struct Session<'a> {
    /// Which one, and as whom.
    pub connection: Connection,
    network: &'a Network<'a>,
    /// Where the credential is renewed, if it may be.
    file: Option<ConfigFile>,
    /// Whether it was renewed when the session was opened.
    is_renewed: bool,
    /// One for each origin that was asked.
    clients: Vec<Rc<Client<'a>>>,
}

impl<'a> Session<'a> {
    /// Decides where to ask and as whom, and renews the credential if it is due. The configuration is read
    /// only if flags and variables name no server.
    ///
    /// # Errors
    /// What is missing or wrong, `JF_EXPIRY_NOTICE` included; a renewal that failed although the credential has
    /// expired.
    pub(crate) fn open(
        flags: ConnectionFlags,
        needs: Needs,
        environment: &Environment,
        network: &'a Network<'a>,
    ) -> Outcome<Self> {
        let notice = ExpiryNotice::of(environment)?;
        let may_renew = flags.disable_token_refresh != Some(true);
        let session = Self::open_to_replace(flags, needs, environment, network)?;
        if let Some(line) = notice.line(&session.connection, may_renew, clock::seconds()) {
            session.report().warn(&line);
        }
        Ok(session)
    }

    /// The same for a command that replaces the credential: that it ends soon need not be said.
    ///
    /// # Errors
    /// As of [`Self::open`], but for `JF_EXPIRY_NOTICE`.
    pub(crate) fn open_to_replace(
        flags: ConnectionFlags,
        needs: Needs,
        environment: &Environment,
        network: &'a Network<'a>,
    ) -> Outcome<Self> {
        let report = network.report();
        let may_renew = flags.disable_token_refresh != Some(true);
        let given = given(flags, environment, network)?;
        let is_named = given.server_id.is_some();
        // Whoever sends a secret to standard input may have taken its time.
        network.start_clock();
        let mut file = None;
        let connection = connection::choose(given, needs, environment, || {
            file.insert(ConfigFile::of(environment)?).load(report)
        })?;
        let mut session = Self { connection, network, file, is_renewed: false, clients: Vec::new() };
        session.guard();
        session.say_what_should_be_known(is_named, environment);
        session.file = session.file.filter(|_| may_renew && needs.credential != NeedsCredential::None);
        if let Some(file) = &session.file {
            session.is_renewed = refresh::renew_if_due(&mut session.connection, file, network)?;
            session.guard();
        }
        Ok(session)
    }

    /// A session on a connection that was put together elsewhere: nothing is read, and nothing is renewed.
    pub(crate) fn on(connection: Connection, network: &'a Network<'a>) -> Self {
        let session = Self { connection, network, file: None, is_renewed: false, clients: Vec::new() };
        session.guard();
        session
    }

    /// Where things are said.
    pub(crate) fn report(&self) -> &'a Report {
        self.network.report()
    }

    /// Sends a request below `address` as the one who asks. If the credential is refused because it has been
    /// renewed meanwhile, or the renewal did not end in time, the new one is used.
    ///
    /// # Errors
    /// As of [`crate::http::Client::send`].
    pub(crate) fn send(&mut self, address: &PlatformUrl, request: Request) -> Outcome<Answer> {
        let client = self.client(address)?;
        let request = request.with(self.connection.credential.as_ref());
        let answer = client.send(&request)?;
        if answer.status == StatusCode::UNAUTHORIZED
            && let Some(file) = &self.file
            && refresh::recover(&mut self.connection, file, self.network)
        {
            self.guard();
            return client.send(&request.with(self.connection.credential.as_ref()));
        }
        Ok(answer)
    }

    /// Renews the configured server's access token, unless that was just done.
    ///
    /// # Errors
    /// If there is nothing to renew it by, or the server refuses.
    pub(crate) fn renew_now(&mut self) -> Outcome<()> {
        if self.is_renewed {
            return Ok(());
        }
        let (Some(file), Some(_)) = (&self.file, &self.connection.renewal) else {
            return Err(nothing_to_renew(&self.connection));
        };
        refresh::renew_now(&mut self.connection, file, self.network)?;
        self.guard();
        Ok(())
    }

    /// From here on the credential stays what it is: for a command that replaces it itself.
    pub(crate) fn stop_renewing(&mut self) {
        self.file = None;
    }

    /// Gives what comes next the whole time of `--timeout` again: for commands that ask often, and may go on for
    /// hours.
    pub(crate) fn restart_clock(&self) {
        self.network.start_clock();
    }

    /// Sends a request below `address` with a credential of its own, such as a token that says something about
    /// itself.
    ///
    /// # Errors
    /// As of [`crate::http::Client::send`].
    pub(crate) fn send_as(
        &mut self,
        credential: &Credential,
        address: &PlatformUrl,
        request: Request,
    ) -> Outcome<Answer> {
        self.client(address)?.send(&request.with(Some(credential)))
    }

    /// Sends a request below `address` as nobody.
    ///
    /// # Errors
    /// As of [`crate::http::Client::send`].
    pub(crate) fn send_as_nobody(&mut self, address: &PlatformUrl, request: Request) -> Outcome<Answer> {
        self.client(address)?.send(&request)
    }

    /// The client for the origin of `address`: certificates are read once.
    fn client(&mut self, address: &PlatformUrl) -> Outcome<Rc<Client<'a>>> {
        if let Some(client) = self.clients.iter().find(|client| client.is_for(address)) {
            return Ok(Rc::clone(client));
        }
        let client = Rc::new(self.network.client(address, self.connection.certificate.as_ref())?);
        self.clients.push(Rc::clone(&client));
        Ok(client)
    }

    /// Gives back the body of a 200, or what the server said instead; `rule` is who may do what was asked.
    ///
    /// # Errors
    /// For every other status.
    pub(crate) fn expect_ok(&self, answer: Answer, rule: &str) -> Outcome<Vec<u8>> {
        if answer.status == StatusCode::OK { Ok(answer.body) } else { Err(self.refusal(&answer, rule)) }
    }

    /// The failure for an answer that is no success.
    pub(crate) fn refusal(&self, answer: &Answer, rule: &str) -> Failure {
        self.network.say_trace_id();
        refusal::failure(answer, &self.connection, rule, self.network.report())
    }

    fn say_what_should_be_known(&self, is_named: bool, environment: &Environment) {
        let (connection, report) = (&self.connection, self.network.report());
        if let Some(id) = &connection.server_id {
            report.debug(&format!("Using <{id}> server-id configuration"));
            let unused =
                ["JF_ACCESS_TOKEN", "JF_PASSWORD"].into_iter().find(|name| environment.text(name).is_some());
            if let (Some(variable), false) =
                (unused, is_named || connection.needs.credential == NeedsCredential::None)
            {
                report.warn(&format!(
                    "{variable} is not used without JF_URL; server '{id}' of the configuration is"
                ));
            }
        }
        if connection.needs.address == Address::Platform
            && let Some(warning) = connection.platform.service_warning()
        {
            report.warn(&warning);
        }
        if matches!(connection.credential, Some(Credential::ApiKey { .. })) {
            report.warn(
                "The provided Access Token is an API key and will be used as a password in \
                 username/password authentication.\nTo avoid this message in the future please use it as a \
                 password.",
            );
        }
    }

    fn guard(&self) {
        let report = self.network.report();
        if let Some(credential) = &self.connection.credential {
            credential.secrets().iter().for_each(|secret| report.guard(secret));
        }
        if let Some(Renewal::Platform(secret) | Renewal::Artifactory(secret)) = &self.connection.renewal {
            report.guard(secret);
        }
    }
}

fn nothing_to_renew(connection: &Connection) -> Failure {
    match &connection.server_id {
        Some(id) => Failure::new(
            Reason::Credentials,
            format!("server '{id}' has no refresh token, or its renewal is switched off"),
        )
        .hint(format!("jf token rotate --self --server-id {} makes a new token", terminal::shell_word(id))),
        None => Failure::usage("only a configured server has something to renew")
            .hint("give --server-id, or - and the refresh token on standard input"),
    }
}

/// The failure for a 200 without a token.
pub(crate) fn no_token(body: &[u8], connection: &Connection) -> Failure {
    let platform = &connection.platform;
    let message = if serde_json::from_slice::<serde_json::Value>(body).is_ok() {
        format!("the server answered 200, but without a token: is {platform} a JFrog platform?")
    } else {
        format!("the server answered 200, but not with JSON: is {platform} a JFrog platform?")
    };
    Failure::new(Reason::Server, message).hint("check the address given with --url, JF_URL or `jf config`")
}

/// What the flags say, with the secrets that they name read.
///
/// # Errors
/// A name that no server takes, and what is wrong with a secret's source.
pub(crate) fn given(
    flags: ConnectionFlags,
    environment: &Environment,
    network: &Network<'_>,
) -> Outcome<GivenConnection> {
    if let Some(user) = &flags.user {
        check_username("--user", user)?;
    }
    let has_certificate_key = filled_path(flags.certificate.client_cert_key_path.clone()).is_some();
    Ok(GivenConnection {
        url: filled(flags.url),
        user: filled(flags.user),
        secrets: secret_input::read(&flags.secrets, environment, network.report())?,
        server_id: filled(flags.server_id),
        certificate: ClientCertificate::from_paths(
            flags.certificate.client_cert_path,
            flags.certificate.client_cert_key_path,
        ),
        other: filled(flags.ssh_key_path).is_some()
            || flags.ssh_passphrase.as_ref().and_then(secret_input::filled).is_some()
            || has_certificate_key,
    })
}
