//! The one HTTP client. It sends one request as often as is safe, follows no redirect, waits no longer
//! than it was told, and reads no more than an answer can be.

pub(crate) mod pkcs12;
pub(crate) mod proxy;
pub(crate) mod refusal;
pub(crate) mod retry;
pub(crate) mod tls;
pub(crate) mod trust;

use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::proxy::ChosenProxy;
use crate::output::report::Report;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use std::path::PathBuf;
use std::time::{Duration, Instant};
use ureq::Agent;
use ureq::http::{HeaderMap, StatusCode, header};

/// The first product is the one that servers, proxies and their rules know from the existing tool, at the
/// version whose requests ours equal; the second says who really asks.
const USER_AGENT: &str = concat!("jfrog-cli-go/2.121.0 jf/", env!("CARGO_PKG_VERSION"));

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// No answer of the API comes near this many bytes.
const BODY_LIMIT: u64 = 1024 * 1024;

/// How to reach the server, beyond its address.
#[derive(Debug, Clone)]
pub(crate) struct Transport {
    /// How long everything may take, retries included.
    pub timeout: Duration,
    /// Whether the server's certificate goes unchecked.
    pub insecure_tls: bool,
    /// More certificates to trust.
    pub ca_cert: Option<PathBuf>,
}

/// A client for one connection.
pub(crate) struct Client<'a> {
    agent: Agent,
    proxy: Option<ChosenProxy>,
    connection: &'a Connection,
    report: &'a Report,
    timeout: Duration,
    user_agent: String,
    trace_id: String,
}

/// What the server answered.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; for anything but a 200 possibly cut.
    pub body: Vec<u8>,
    headers: HeaderMap,
}

impl Answer {
    /// A header as text, if it is there once or more and is text.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// Why there is no answer.
#[derive(Debug, Clone)]
pub(crate) enum NoAnswer {
    /// The connection was not made, or broke; another try may do better.
    Connection(String),
    /// The proxy said no, which another try does not change.
    Proxy(String),
    /// TLS was not agreed on, which another try does not change.
    Tls(String),
    /// The time is up.
    Time,
    /// Something that another try does not change.
    Other(String),
}

impl<'a> Client<'a> {
    /// Prepares a client. Files with certificates are read here, and only for https.
    ///
    /// # Errors
    /// If a certificate file or the proxy's address cannot be used.
    pub(crate) fn new(
        connection: &'a Connection,
        transport: &Transport,
        environment: &Environment,
        report: &'a Report,
    ) -> Outcome<Self> {
        let proxy = proxy::choose(environment, &connection.access)?;
        let needs_tls = connection.access.is_https() || proxy.as_ref().is_some_and(ChosenProxy::is_https);
        let mut config = Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIMEOUT))
            .proxy(proxy.as_ref().map(|chosen| chosen.proxy.clone()))
            .accept("");
        if needs_tls {
            config = config.tls_config(tls::config(
                connection.certificate.as_ref(),
                transport,
                environment,
                report,
            )?);
        }
        let user_agent = environment.text("JFROG_CLI_USER_AGENT").unwrap_or_else(|| USER_AGENT.to_owned());
        if user_agent.contains(char::is_control) {
            return Err(Failure::usage("JFROG_CLI_USER_AGENT must not contain control characters"));
        }
        Ok(Self {
            agent: config.build().new_agent(),
            proxy,
            connection,
            report,
            timeout: transport.timeout,
            user_agent,
            trace_id: random_bytes::<8>()?.iter().map(|byte| format!("{byte:02x}")).collect(),
        })
    }

    /// Posts JSON and gives back the body of a 200. Every try carries the same `Idempotency-Key`, which
    /// is what makes trying again safe.
    ///
    /// # Errors
    /// What kept the answer away, or what the server said instead.
    pub(crate) fn post(&self, url: &str, body: &Secret) -> Outcome<Vec<u8>> {
        let key = uuid::Builder::from_random_bytes(random_bytes()?).into_uuid().to_string();
        let deadline = Instant::now() + self.timeout;
        let mut tries = 0;
        let result = loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let result = self.attempt(url, body, &key, left);
            let left = deadline.saturating_duration_since(Instant::now());
            let Some((why, wait)) = retry::plan(&result, tries, left, random_bytes::<1>()?[0]) else {
                break result;
            };
            tries += 1;
            self.report.warn(&format!(
                "(Attempt {tries}) - {}; trying again in {} ms",
                self.connection.credential.redact(&why),
                wait.as_millis()
            ));
            std::thread::sleep(wait);
        };
        self.conclude(url, result)
    }

    fn attempt(&self, url: &str, body: &Secret, key: &str, left: Duration) -> Result<Answer, NoAnswer> {
        self.report.debug(&format!("POST {url}"));
        let authorization = self.connection.credential.authorization();
        let request = self
            .agent
            .post(url)
            .config()
            .timeout_global(Some(left))
            .build()
            .header(header::USER_AGENT, &self.user_agent)
            .header(header::AUTHORIZATION, authorization.expose_secret())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONNECTION, "close")
            .header("uber-trace-id", format!("{0}:{0}:0:0", self.trace_id))
            .header("idempotency-key", key);
        let response = request.send(body.expose_secret()).map_err(|error| self.no_answer(error))?;
        let (head, body) = response.into_parts();
        self.report.debug(&format!("{} from {url}", refusal::status_line(head.status)));
        let body = body.into_with_config().limit(BODY_LIMIT).read_to_vec();
        let body = match body {
            Ok(body) => body,
            // The status alone says enough when it is no success.
            Err(_) if head.status != StatusCode::OK => Vec::new(),
            Err(error) => return Err(no_answer(error)),
        };
        Ok(Answer { status: head.status, body, headers: head.headers })
    }

    fn no_answer(&self, error: ureq::Error) -> NoAnswer {
        let of_proxy = self.proxy.as_ref().and_then(|proxy| proxy.explain(&error));
        of_proxy.unwrap_or_else(|| no_answer(error))
    }

    fn conclude(&self, url: &str, result: Result<Answer, NoAnswer>) -> Outcome<Vec<u8>> {
        match result {
            Ok(answer) => {
                for warning in answer.headers.get_all(header::WARNING) {
                    for text in refusal::warning_texts(&String::from_utf8_lossy(warning.as_bytes())) {
                        self.report.warn(&self.connection.credential.redact(&text));
                    }
                }
                if answer.status == StatusCode::OK {
                    return Ok(answer.body);
                }
                self.report.info(&format!("Trace ID for JFrog Platform logs: {}", self.trace_id));
                Err(refusal::failure(&answer, self.connection))
            }
            Err(no_answer) => Err(self.network_failure(url, no_answer)),
        }
    }

    fn network_failure(&self, url: &str, no_answer: NoAnswer) -> Failure {
        let failure = |why: &str| {
            let why = self.connection.credential.redact(why);
            Failure::new(Reason::Network, format!("no answer to POST {url}: {why}"))
        };
        let platform = &self.connection.platform;
        match (no_answer, &self.proxy) {
            (NoAnswer::Connection(why) | NoAnswer::Proxy(why), Some(proxy)) => {
                failure(&why).hint(proxy.hint())
            }
            (NoAnswer::Connection(why) | NoAnswer::Proxy(why), None) => failure(&why).hint(format!(
                "check that {platform} is the right address and that the server runs; proxies are \
                    taken from HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
            )),
            (NoAnswer::Tls(why), _) => failure(&why).hint(tls::hint(&why)),
            (NoAnswer::Time, _) => failure(&format!("it took longer than {} s", self.timeout.as_secs()))
                .hint("give it more time with --timeout; if the server was just slow, the token may exist"),
            (NoAnswer::Other(why), _) => {
                failure(&why).hint(format!("check that {platform} is the address of a JFrog platform"))
            }
        }
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

fn no_answer(error: ureq::Error) -> NoAnswer {
    match error {
        ureq::Error::Timeout(ureq::Timeout::Connect | ureq::Timeout::Resolve) => {
            NoAnswer::Connection(format!("no connection within {} s", CONNECT_TIMEOUT.as_secs()))
        }
        ureq::Error::Timeout(_) => NoAnswer::Time,
        ureq::Error::HostNotFound => NoAnswer::Connection("the host name is not known".to_owned()),
        ureq::Error::ConnectionFailed => NoAnswer::Connection("the connection failed".to_owned()),
        ureq::Error::Rustls(error) => NoAnswer::Tls(error.to_string()),
        ureq::Error::Tls(why) => NoAnswer::Tls(why.to_owned()),
        ureq::Error::Io(error) => {
            match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
                Some(tls) => NoAnswer::Tls(tls.to_string()),
                None => NoAnswer::Connection(error.to_string()),
            }
        }
        ureq::Error::BodyExceedsLimit(limit) => {
            NoAnswer::Other(format!("the answer is longer than {limit} bytes"))
        }
        other => NoAnswer::Other(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credential::Credential;
    use crate::environment::tests::environment;
    use crate::platform_url::PlatformUrl;

    #[test]
    fn a_connection_is_not_waited_for_as_long_as_an_answer() {
        let url = PlatformUrl::parse("--url", "http://127.0.0.1:1/").unwrap();
        let connection = Connection {
            platform: url.clone(),
            access: url,
            credential: Credential::Token("t".into()),
            user: None,
            certificate: None,
            server_id: None,
        };
        let transport = Transport { timeout: Duration::from_secs(60), insecure_tls: false, ca_cert: None };
        let environment = environment(&[]);
        let report = Report::new(&environment);
        let client = Client::new(&connection, &transport, &environment, &report).unwrap();
        assert_eq!(client.agent.config().timeouts().connect, Some(Duration::from_secs(10)));
        assert_eq!(client.agent.config().max_redirects(), 0);
    }
}
