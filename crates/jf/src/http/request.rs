//! A request as a command means it, and what comes back.

use crate::clock;
use crate::credential::Credential;
use crate::http::stream::Stream;
use access_types::Secret;
use secrecy::{ExposeSecret as _, SecretSlice};
use std::time::Duration;
use ureq::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};

/// No answer of the API comes near this many bytes.
const ANSWER_LIMIT: u64 = 1024 * 1024;

/// When the same request may be sent once more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Repeat {
    /// Whenever another try may do better: it changes nothing, or the server recognises it.
    Safely,
    /// Likewise, because it carries an `Idempotency-Key`.
    WithKey,
    /// Never: nobody knows what a second one would do.
    Never,
}

/// What is sent along.
#[derive(Debug, Clone)]
pub(crate) struct Content {
    /// For `Content-Type`.
    pub media_type: &'static str,
    /// The bytes, which may hold secrets.
    pub body: SecretSlice<u8>,
}

impl Content {
    /// A JSON text.
    pub(crate) fn json(text: &Secret) -> Self {
        Self { media_type: "application/json", body: text.expose_secret().as_bytes().to_vec().into() }
    }

    /// A form, URL-encoded, in the order of the pairs.
    pub(crate) fn form(pairs: &[(&str, &str)]) -> Self {
        let text = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self { media_type: "application/x-www-form-urlencoded", body: text.into_bytes().into() }
    }
}

/// One request.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    /// The method.
    pub method: Method,
    /// The whole address.
    pub url: String,
    /// As whom; absent: as nobody.
    pub credential: Option<Credential>,
    /// The body.
    pub content: Option<Content>,
    /// More headers; one of the same name replaces ours.
    pub headers: Vec<(HeaderName, HeaderValue)>,
    /// When it may be sent once more.
    pub repeat: Repeat,
    /// Longest body of an answer that is read, in bytes.
    pub answer_limit: u64,
    /// How long it may take, retries included, where that is less than what the command has.
    pub time_limit: Option<Duration>,
    /// Whether the headers, its own and the answer's, are shown.
    pub is_verbose: bool,
    /// Whether more requests to the same server follow, so that the connection is worth keeping.
    pub keeps_connection: bool,
    /// Whether the body of a success is left to be read as it comes.
    pub is_streamed: bool,
}

impl Request {
    /// A GET as nobody.
    pub(crate) fn get(url: String) -> Self {
        Self {
            method: Method::GET,
            url,
            credential: None,
            content: None,
            headers: Vec::new(),
            repeat: Repeat::Safely,
            answer_limit: ANSWER_LIMIT,
            time_limit: None,
            is_verbose: false,
            keeps_connection: false,
            is_streamed: false,
        }
    }

    /// A POST of `content` as nobody.
    pub(crate) fn post(url: String, content: Content, repeat: Repeat) -> Self {
        Self { method: Method::POST, content: Some(content), repeat, ..Self::get(url) }
    }

    /// A DELETE as nobody: what is gone is not taken away twice, so it may be sent once more.
    pub(crate) fn delete(url: String) -> Self {
        Self { method: Method::DELETE, ..Self::get(url) }
    }

    /// The same as somebody.
    #[must_use]
    pub(crate) fn with(self, credential: Option<&Credential>) -> Self {
        Self { credential: credential.cloned(), ..self }
    }
}

/// What the server answered.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The body; for what is no success possibly cut, and empty if it is a [`Answer::stream`].
    pub body: Vec<u8>,
    /// The headers.
    pub headers: HeaderMap,
    /// The body that is still to come, of a request that asked for it so.
    pub stream: Option<Stream>,
}

impl Answer {
    /// The server's own time in epoch seconds, by which it judges what has ended; this machine's if it does not tell.
    pub(crate) fn time(&self) -> u64 {
        let theirs = self.header("date").and_then(|date| httpdate::parse_http_date(date).ok());
        theirs.map_or_else(clock::seconds, clock::seconds_of)
    }

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
    /// The answer began well and broke off: what was asked for has been done.
    Cut(String),
    /// TLS was not agreed on, which another try does not change.
    Tls(String),
    /// The time is up: of the phase that is named, or of all.
    Time(Option<String>),
    /// Something that another try does not change.
    Other(String),
}

impl NoAnswer {
    /// The kind of an error of the HTTP library, other than a time-out.
    pub(crate) fn of(error: ureq::Error) -> Self {
        match error {
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
}
