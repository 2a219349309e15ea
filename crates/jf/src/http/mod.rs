//! The one HTTP client. It sends a request as often as is safe, takes a credential to no other origin than
//! the one it is for, waits no longer than it was told, and reads no more than an answer can be.

pub(crate) mod client;
mod pkcs12;
pub(crate) mod proxy;
pub(crate) mod redirect;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod retry;
mod stream;
pub(crate) mod tls;
pub(crate) mod transport;
pub(crate) mod trust;

pub(crate) use client::Client;
pub(crate) use request::{Answer, Content, NoAnswer, Repeat, Request};
pub(crate) use stream::Stream;
pub(crate) use transport::Transport;

use crate::cli::TransportFlags;
use crate::connection::ClientCertificate;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::proxy::ChosenProxy;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use std::cell::{Cell, RefCell};
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::HeaderValue;

/// The first product is the one that servers, proxies and their rules know from the existing tool, at the
/// version whose requests ours equal; the second says who really asks.
const USER_AGENT: &str = concat!("jfrog-cli-go/2.121.0 jf/", env!("CARGO_PKG_VERSION"));

/// Words of the existing tool, which scripts and people know.
pub(crate) const INSECURE: &str = "Your configured JFrog URL uses an insecure HTTP connection. Please consider \
    using SSL (HTTPS instead of HTTP).";

/// What all requests of one command have in common.
pub(crate) struct Network<'a> {
    transport: Transport,
    environment: &'a Environment,
    report: &'a Report,
    user_agent: HeaderValue,
    trace_id: String,
    /// Origins that everybody on the way can read, as far as they were mentioned.
    insecure: RefCell<Vec<String>>,
    has_warned_of_tls: Cell<bool>,
    /// When the command has to be done, once it has begun to ask.
    deadline: Cell<Option<Instant>>,
}

impl<'a> Network<'a> {
    /// The way that flags and environment describe.
    ///
    /// # Errors
    /// As of [`Transport::of`] and [`Self::new`].
    pub(crate) fn of(
        flags: &TransportFlags,
        environment: &'a Environment,
        report: &'a Report,
    ) -> Outcome<Self> {
        Self::new(Transport::of(flags, environment)?, environment, report)
    }

    /// Prepares nothing but the names that requests carry.
    ///
    /// # Errors
    /// If `JFROG_CLI_USER_AGENT` cannot stand in a header, or there are no random numbers.
    pub(crate) fn new(
        transport: Transport,
        environment: &'a Environment,
        report: &'a Report,
    ) -> Outcome<Self> {
        let user_agent = environment.text("JFROG_CLI_USER_AGENT").unwrap_or_else(|| USER_AGENT.to_owned());
        let user_agent = HeaderValue::from_str(&user_agent).map_err(|_| {
            Failure::usage("JFROG_CLI_USER_AGENT must not contain control characters")
                .hint("unset it, or set it to plain text")
        })?;
        let trace_id = random_bytes::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(Self {
            transport,
            environment,
            report,
            user_agent,
            trace_id,
            insecure: RefCell::default(),
            has_warned_of_tls: Cell::default(),
            deadline: Cell::default(),
        })
    }

    /// What flags and environment say of the way.
    pub(crate) fn transport(&self) -> &Transport {
        &self.transport
    }

    /// A client for the origin of `address`. Files with certificates are read here, and only for https.
    ///
    /// # Errors
    /// If a certificate file or the proxy's address cannot be used.
    pub(crate) fn client(
        &self,
        address: &PlatformUrl,
        certificate: Option<&ClientCertificate>,
    ) -> Outcome<Client<'_>> {
        self.warn_if_insecure(address);
        let proxy = proxy::choose(self.environment, address)?;
        let needs_tls = address.is_https() || proxy.as_ref().is_some_and(ChosenProxy::is_https);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_resolve(Some(self.transport.connect_timeout))
            .timeout_connect(Some(self.transport.connect_timeout))
            .timeout_recv_response(Some(self.transport.response_timeout))
            .proxy(proxy.as_ref().map(|chosen| chosen.proxy.clone()))
            // What a proxy is told; requests have their own header.
            .user_agent(self.user_agent.to_str().unwrap_or(USER_AGENT))
            .accept("");
        if needs_tls {
            self.warn_of_insecure_tls();
            let tls = tls::config(certificate, &self.transport, self.environment, self.report)?;
            config = config.tls_config(tls);
        }
        let has_certificate = certificate.is_some();
        let agent = config.build().new_agent();
        Ok(Client { agent, proxy, network: self, origin: address.clone(), has_certificate })
    }

    /// Warns, once for each origin, of an address that everybody on the way can read. Making a client does so,
    /// which is before anything is sent.
    pub(crate) fn warn_if_insecure(&self, address: &PlatformUrl) {
        let origin = address.origin().to_owned();
        if address.is_insecure() && !self.insecure.borrow().contains(&origin) {
            self.report.warn(INSECURE);
            self.insecure.borrow_mut().push(origin);
        }
    }

    /// Each command that uses it is told, once.
    fn warn_of_insecure_tls(&self) {
        if self.transport.insecure_tls && !self.has_warned_of_tls.replace(true) {
            self.report.warn(
                "the server's certificate is not checked (--insecure-tls): whoever is on the way can read the \
                 credentials and the token",
            );
        }
    }

    /// Leaves out the warning of an address that somebody has agreed to.
    pub(crate) fn knows_insecure(&self, address: &PlatformUrl) {
        self.insecure.borrow_mut().push(address.origin().to_owned());
    }

    /// From here on everything that the command asks together has the time of `--timeout`. Without it each
    /// request has.
    pub(crate) fn start_clock(&self) {
        self.deadline.set(Some(Instant::now() + self.transport.timeout));
    }

    /// How long a request may take that begins now.
    pub(crate) fn time_left(&self) -> Duration {
        let left = |end: Instant| end.saturating_duration_since(Instant::now());
        self.deadline.get().map_or(self.transport.timeout, left)
    }

    /// Where things are said.
    pub(crate) fn report(&self) -> &'a Report {
        self.report
    }

    /// Says the id that the platform's logs have for these requests.
    pub(crate) fn say_trace_id(&self) {
        self.report.info(&format!("Trace ID for JFrog Platform logs: {}", self.trace_id));
    }
}

/// Random bytes from the operating system.
///
/// # Errors
/// If it has none.
pub(crate) fn random_bytes<const N: usize>() -> Outcome<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes)
        .map_err(|error| Failure::new(Reason::Failed, format!("no random numbers: {error}")))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    #[test]
    fn a_connection_is_not_waited_for_as_long_as_an_answer() {
        let url = PlatformUrl::parse("--url", "http://127.0.0.1:1/").unwrap();
        let environment = environment(&[]);
        let report = Report::new(&environment);
        let network = Network::new(Transport::default(), &environment, &report).unwrap();
        let client = network.client(&url, None).unwrap();
        let timeouts = client.agent.config().timeouts();
        assert_eq!(timeouts.connect, Some(Duration::from_secs(10)));
        assert_eq!(timeouts.recv_response, Some(Duration::from_secs(30)));
        assert_eq!(network.transport.timeout, Duration::from_secs(60));
        assert_eq!(client.agent.config().max_redirects(), 0);
    }

    #[test]
    fn no_request_leaves_for_another_origin() {
        let url = PlatformUrl::parse("--url", "http://127.0.0.1:1/").unwrap();
        let environment = environment(&[]);
        let report = Report::new(&environment);
        let network = Network::new(Transport::default(), &environment, &report).unwrap();
        let client = network.client(&url, None).unwrap();
        for other in ["http://127.0.0.1:2/", "https://127.0.0.1:1/", "http://127.0.0.1:1@evil/", "nonsense"] {
            let failure = client.send(&Request::get(other.to_owned())).unwrap_err();
            assert!(failure.message.contains("does not belong to"), "{failure}");
        }
    }
}
