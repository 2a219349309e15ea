//! The one HTTP client. It sends a request as often as is safe, takes a credential to no other origin than
//! the one it is for, waits no longer than it was told, and reads no more than an answer can be.

mod pkcs12;
pub(crate) mod proxy;
pub(crate) mod redirect;
pub(crate) mod refusal;
pub(crate) mod request;
pub(crate) mod retry;
pub(crate) mod tls;
pub(crate) mod transport;
mod trust;

pub(crate) use request::{Answer, Content, NoAnswer, Repeat, Request};
pub(crate) use transport::Transport;

use crate::cli::TransportFlags;
use crate::connection::ClientCertificate;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::proxy::ChosenProxy;
use crate::output::report::Report;
use crate::platform_url::PlatformUrl;
use secrecy::ExposeSecret as _;
use std::cell::{Cell, RefCell};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use ureq::http::{self, HeaderMap, HeaderValue, Method, header};
use ureq::{Agent, AsSendBody, Body};

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
        })
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

    /// Where things are said.
    pub(crate) fn report(&self) -> &'a Report {
        self.report
    }

    /// Says the id that the platform's logs have for these requests.
    pub(crate) fn say_trace_id(&self) {
        self.report.info(&format!("Trace ID for JFrog Platform logs: {}", self.trace_id));
    }
}

/// A client for one origin.
pub(crate) struct Client<'a> {
    agent: Agent,
    proxy: Option<ChosenProxy>,
    network: &'a Network<'a>,
    origin: PlatformUrl,
    has_certificate: bool,
}

impl Client<'_> {
    /// Sends a request and gives back the answer, whatever its status. Redirects are followed for a GET
    /// within the origin only.
    ///
    /// # Errors
    /// What kept the answer away, and a request to another origin than the client's.
    pub(crate) fn send(&self, request: &Request) -> Outcome<Answer> {
        let deadline = Instant::now() + self.network.transport.timeout;
        let mut url = request.url.clone();
        let mut hops = 0;
        loop {
            if !self.origin.is_origin_of(&url) {
                return Err(Failure::usage(format!("{url} does not belong to {}", self.origin))
                    .hint("give the address of that server with --url, and credentials for it"));
            }
            let answer = self.send_to(request, &url, deadline)?;
            match redirect::target(request, &answer, &self.origin) {
                Some(target) if hops < redirect::MOST_HOPS => {
                    self.network.report.debug(&format!("redirected to {target}"));
                    url = target;
                    hops += 1;
                }
                _ => {
                    self.show_warnings(&answer);
                    return Ok(answer);
                }
            }
        }
    }

    /// Sends the request until there is an answer to keep, or no time or try left.
    fn send_to(&self, request: &Request, url: &str, deadline: Instant) -> Outcome<Answer> {
        let headers = self.headers(request)?;
        let mut tries = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let result = self.attempt(request, url, &headers, left);
            let left = deadline.saturating_duration_since(Instant::now());
            let most = if request.repeat == Repeat::Never { 0 } else { self.network.transport.retries };
            let Some((why, wait)) = retry::plan(&result, tries, most, left, random_bytes::<1>()?[0]) else {
                return result.map_err(|no_answer| self.network_failure(request, url, no_answer));
            };
            tries += 1;
            self.network
                .report
                .warn(&format!("(Attempt {tries}) - {why}; trying again in {} ms", wait.as_millis()));
            std::thread::sleep(wait);
        }
    }

    /// All headers; every try carries the same ones, the `Idempotency-Key` included, which is what makes
    /// trying again safe.
    fn headers(&self, request: &Request) -> Outcome<HeaderMap> {
        let network = self.network;
        let mut headers = HeaderMap::new();
        headers.insert(header::USER_AGENT, network.user_agent.clone());
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        let mut insert = |name: &'static str, text: &str| -> Outcome<()> {
            let mut value = HeaderValue::from_str(text)
                .map_err(|_| Failure::usage(format!("the {name} header would have a line end in it")))?;
            value.set_sensitive(name == "authorization");
            headers.insert(name, value);
            Ok(())
        };
        insert("uber-trace-id", &format!("{0}:{0}:0:0", network.trace_id))?;
        if let Some(credential) = &request.credential {
            insert("authorization", credential.authorization().expose_secret())?;
        }
        if let Some(content) = &request.content {
            insert("content-type", content.media_type)?;
        }
        if request.repeat == Repeat::WithKey {
            let key = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid();
            insert("idempotency-key", &key.to_string())?;
        }
        for (name, value) in &request.headers {
            headers.insert(name, value.clone());
        }
        Ok(headers)
    }

    fn attempt(
        &self,
        request: &Request,
        url: &str,
        headers: &HeaderMap,
        left: Duration,
    ) -> Result<Answer, NoAnswer> {
        let report = self.network.report;
        report.debug(&format!("{} {url}", request.method));
        let response = self.run(request, url, headers, left).map_err(|error| self.no_answer(error))?;
        let (head, body) = response.into_parts();
        report.debug(&format!("{} from {url}", refusal::status_line(head.status)));
        let body = match body.into_with_config().limit(request.answer_limit).read_to_vec() {
            Ok(body) => body,
            // The status alone says enough when it is no success.
            Err(_) if !head.status.is_success() => Vec::new(),
            Err(error) => {
                return Err(match self.no_answer(error) {
                    NoAnswer::Connection(why) => NoAnswer::Cut(format!("the answer broke off: {why}")),
                    other => other,
                });
            }
        };
        Ok(Answer { status: head.status, body, headers: head.headers })
    }

    /// Runs one exchange. The HTTP library counts the time for a proxy's answer anew with every byte, so with a
    /// proxy the exchange has a thread of its own, which is left behind when the time is up.
    fn run(
        &self,
        request: &Request,
        url: &str,
        headers: &HeaderMap,
        left: Duration,
    ) -> Result<http::Response<Body>, ureq::Error> {
        if self.proxy.is_none() {
            return exchange(&self.agent, request, url, headers, left);
        }
        let (sender, receiver) = mpsc::channel();
        let (agent, request) = (self.agent.clone(), request.clone());
        let (url, headers) = (url.to_owned(), headers.clone());
        std::thread::spawn(move || {
            // Whoever waited for it may be gone.
            let _ = sender.send(exchange(&agent, &request, &url, &headers, left));
        });
        receiver.recv_timeout(left).unwrap_or(Err(ureq::Error::Timeout(ureq::Timeout::Global)))
    }

    fn show_warnings(&self, answer: &Answer) {
        for warning in answer.headers.get_all(header::WARNING) {
            for text in refusal::warning_texts(&String::from_utf8_lossy(warning.as_bytes())) {
                self.network.report.warn(&text);
            }
        }
    }

    fn network_failure(&self, request: &Request, url: &str, no_answer: NoAnswer) -> Failure {
        let failure = |why: &str| {
            Failure::new(Reason::Network, format!("no answer to {} {url}: {why}", request.method))
        };
        let origin = &self.origin;
        let may_exist = "give it more time with --timeout and --response-timeout; if the server was just slow, the \
            token may exist";
        match no_answer {
            NoAnswer::Connection(why) | NoAnswer::Proxy(why) => failure(&why).hint(self.connection_hint()),
            NoAnswer::Cut(why) => failure(&why).hint(match request.repeat {
                Repeat::WithKey => {
                    "the server had begun to answer, so the token may exist; look for it there"
                }
                _ => "the server had begun to answer; try again",
            }),
            NoAnswer::Tls(why) => failure(&why).hint(tls::hint(&why)),
            NoAnswer::Time(why) => failure(&why).hint(match request.repeat {
                Repeat::WithKey => may_exist,
                _ => "give it more time with --timeout and --response-timeout",
            }),
            NoAnswer::Other(why) => {
                failure(&why).hint(format!("check that {origin} is the address of a JFrog platform"))
            }
        }
    }

    fn connection_hint(&self) -> String {
        if let Some(proxy) = &self.proxy {
            return proxy.hint();
        }
        let origin = &self.origin;
        let certificate = if origin.is_https() && !self.has_certificate {
            "; one that wants a client certificate may just hang up: --client-cert-path"
        } else {
            ""
        };
        format!(
            "check that {origin} is the right address and that the server runs{certificate}; proxies are taken from \
             HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
        )
    }

    fn no_answer(&self, error: ureq::Error) -> NoAnswer {
        if let Some(no_answer) = self.proxy.as_ref().and_then(|proxy| proxy.explain(&error)) {
            return no_answer;
        }
        let transport = &self.network.transport;
        match error {
            ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => NoAnswer::Connection(
                format!("no connection within {} s", transport.connect_timeout.as_secs()),
            ),
            ureq::Error::Timeout(ureq::Timeout::RecvResponse) => NoAnswer::Time(format!(
                "no answer began within {} s (--response-timeout)",
                transport.response_timeout.as_secs()
            )),
            ureq::Error::Timeout(_) => {
                NoAnswer::Time(format!("it took longer than {} s (--timeout)", transport.timeout.as_secs()))
            }
            other => NoAnswer::of(other),
        }
    }
}

fn exchange(
    agent: &Agent,
    request: &Request,
    url: &str,
    headers: &HeaderMap,
    left: Duration,
) -> Result<http::Response<Body>, ureq::Error> {
    let method = &request.method;
    let body = request.content.as_ref().map(|content| content.body.expose_secret());
    // A body with these is unusual, but the user of `jf api` may know why.
    let bodiless = [Method::GET, Method::DELETE, Method::HEAD, Method::OPTIONS];
    if let (Some(body), true) = (body, bodiless.contains(method)) {
        let builder = match *method {
            Method::GET => agent.get(url),
            Method::DELETE => agent.delete(url),
            Method::HEAD => agent.head(url),
            _ => agent.options(url),
        };
        let builder = builder.config().timeout_global(Some(left)).build().force_send_body();
        return headers.iter().fold(builder, |builder, (name, value)| builder.header(name, value)).send(body);
    }
    let mut builder = http::Request::builder().method(method).uri(url);
    if let Some(all) = builder.headers_mut() {
        all.extend(headers.iter().map(|(name, value)| (name.clone(), value.clone())));
    }
    let has_body = [Method::POST, Method::PUT, Method::PATCH].contains(method);
    match body.or(has_body.then_some(&[])) {
        Some(body) => agent.run(configured(agent, builder.body(body)?, left)),
        None => agent.run(configured(agent, builder.body(())?, left)),
    }
}

fn configured<S: AsSendBody>(agent: &Agent, request: http::Request<S>, left: Duration) -> http::Request<S> {
    agent.configure_request(request).timeout_global(Some(left)).allow_non_standard_methods(true).build()
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
