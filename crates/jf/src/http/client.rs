//! A client for one origin: it sends a request until there is an answer to keep, and nothing anywhere else.

use crate::error::{Failure, Outcome, Reason};
use crate::http::proxy::ChosenProxy;
use crate::http::{
    Answer, Network, NoAnswer, Repeat, Request, Stream, random_bytes, redirect, refusal, retry, tls,
};
use crate::platform_url::PlatformUrl;
use secrecy::ExposeSecret as _;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use ureq::http::{self, HeaderMap, HeaderValue, Method, header};
use ureq::{Agent, AsSendBody, Body};

/// A client for one origin.
pub(crate) struct Client<'a> {
    pub(super) agent: Agent,
    pub(super) proxy: Option<ChosenProxy>,
    pub(super) network: &'a Network<'a>,
    pub(super) origin: PlatformUrl,
    pub(super) has_certificate: bool,
}

impl Client<'_> {
    /// Whether it is for the origin of `address`.
    pub(crate) fn is_for(&self, address: &PlatformUrl) -> bool {
        self.origin.has_origin_of(address)
    }

    /// Sends a request and gives back the answer, whatever its status. Redirects are followed for a GET
    /// within the origin only.
    ///
    /// # Errors
    /// What kept the answer away, and a request to another origin than the client's.
    pub(crate) fn send(&self, request: &Request) -> Outcome<Answer> {
        let limit = request.time_limit.unwrap_or(Duration::MAX).min(self.network.time_left());
        let deadline = Instant::now() + limit;
        let mut url = request.url.clone();
        let mut hops = 0;
        loop {
            if !self.origin.is_origin_of(&url) {
                return Err(Failure::usage(format!(
                    "{} does not belong to {}",
                    without_query(&url),
                    self.origin
                ))
                .hint("give the address of that server with --url, and credentials for it"));
            }
            let answer = self.send_to(request, &url, deadline, limit)?;
            match redirect::target(request, &answer, &self.origin) {
                Some(target) if hops < redirect::MOST_HOPS => {
                    self.network.report.debug(&format!("redirected to {}", without_query(&target)));
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
    fn send_to(&self, request: &Request, url: &str, deadline: Instant, limit: Duration) -> Outcome<Answer> {
        let headers = self.headers(request)?;
        self.show(request, &format!("> {} {url}", request.method), &headers);
        let mut tries = 0;
        loop {
            let left = deadline.saturating_duration_since(Instant::now());
            let result = self.attempt(request, url, &headers, left);
            let left = deadline.saturating_duration_since(Instant::now());
            let most = if request.repeat == Repeat::Never { 0 } else { self.network.transport.retries };
            let Some((why, wait)) = retry::plan(&result, tries, most, left, random_bytes::<1>()?[0]) else {
                return result.map_err(|no_answer| self.network_failure(request, url, limit, no_answer));
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
        if !request.keeps_connection {
            headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
        let mut insert = |name: &'static str, text: &str| -> Outcome<()> {
            let mut value = HeaderValue::from_str(text)
                .map_err(|_| Failure::usage(format!("the {name} header would have a line end in it")))?;
            value.set_sensitive(is_secret(name));
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
        report.debug(&format!("{} {}", request.method, without_query(url)));
        let response = self.run(request, url, headers, left).map_err(|error| self.no_answer(error))?;
        let (head, body) = response.into_parts();
        report.debug(&format!("{} from {}", refusal::status_line(head.status), without_query(url)));
        if request.is_streamed {
            let stream = Stream::of(body.into_reader(), self.network.transport.response_timeout);
            let (body, stream) = if head.status.is_success() {
                (Vec::new(), Some(stream))
            } else {
                // Nothing limits how long it may take but this.
                (stream.read_some(request.answer_limit, Instant::now() + left), None)
            };
            return Ok(Answer { status: head.status, body, headers: head.headers, stream });
        }
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
        self.show(request, &format!("< {}", refusal::status_line(head.status)), &head.headers);
        Ok(Answer { status: head.status, body, headers: head.headers, stream: None })
    }

    /// Shows a first line and headers, without their secrets, if that was asked for.
    fn show(&self, request: &Request, line: &str, headers: &HeaderMap) {
        if !request.is_verbose {
            return;
        }
        let report = self.network.report;
        report.show(line);
        let direction = line.split(' ').next().unwrap_or_default();
        for (name, value) in headers {
            let is_secret = value.is_sensitive() || is_secret(name.as_str());
            let value = if is_secret { "***".into() } else { String::from_utf8_lossy(value.as_bytes()) };
            let value =
                if name.as_str().ends_with("location") { without_query(&value) } else { value.into() };
            report.show(&format!("{direction} {name}: {value}"));
        }
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

    fn network_failure(&self, request: &Request, url: &str, limit: Duration, no_answer: NoAnswer) -> Failure {
        let failure = |why: &str| {
            Failure::new(
                Reason::Network,
                format!("no answer to {} {}: {why}", request.method, without_query(url)),
            )
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
            NoAnswer::Time(why) => failure(
                &why.unwrap_or_else(|| format!("it took longer than {} s", limit.as_secs_f32().ceil())),
            )
            .hint(match request.repeat {
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
            ureq::Error::Timeout(ureq::Timeout::RecvResponse) => NoAnswer::Time(Some(format!(
                "no answer began within {} s (--response-timeout)",
                transport.response_timeout.as_secs()
            ))),
            ureq::Error::Timeout(_) => NoAnswer::Time(None),
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
    // A stream may take as long as it goes on; its beginning and its pauses have their own limits.
    let limit = (!request.is_streamed).then_some(left);
    match body.or(has_body.then_some(&[])) {
        Some(body) => agent.run(configured(agent, builder.body(body)?, limit)),
        None => agent.run(configured(agent, builder.body(())?, limit)),
    }
}

fn configured<S: AsSendBody>(
    agent: &Agent,
    request: http::Request<S>,
    limit: Option<Duration>,
) -> http::Request<S> {
    agent.configure_request(request).timeout_global(limit).allow_non_standard_methods(true).build()
}

/// Whether a header of this name carries what nobody else may see, by the words that such names have in them.
pub(crate) fn is_secret(name: &str) -> bool {
    const WORDS: [&str; 8] =
        ["auth", "token", "secret", "password", "cookie", "api-key", "apikey", "art-api"];
    let name = name.to_ascii_lowercase();
    WORDS.iter().any(|word| name.contains(word))
}

/// An address fit to be shown: values in its query may be secrets.
fn without_query(url: &str) -> String {
    match url.split_once('?') {
        Some((path, _)) => format!("{path}?…"),
        None => url.to_owned(),
    }
}
