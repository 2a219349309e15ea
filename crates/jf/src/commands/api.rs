//! `jf api`: one request to any path of the platform, with everything that the other commands have:
//! credentials, certificates, proxies, renewal, retries.

use super::{refuse_surplus, write_to, wrong_number};
use crate::addresses::Address;
use crate::cli::Api;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::client::is_secret;
use crate::http::{Answer, Content, Network, Repeat, Request};
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::output::terminal;
use crate::platform_url::PlatformUrl;
use crate::session::Session;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use ureq::http::{HeaderName, HeaderValue, Method, StatusCode};

const USAGE: &str = "jf api PATH [flags]";
// Some paths are for anybody, and some people bring a header of their own; who may not ask is told so by the server.
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Optional };
const RULE: &str = "the credentials do not allow this request";
/// Longest body that is sent or read, in bytes: it is kept in memory.
const BODY_LIMIT: u64 = 256 * 1024 * 1024;

/// Runs the command.
pub(super) fn run(flags: Api, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let path = flags.path.as_deref().filter(|path| !path.is_empty()).ok_or_else(|| wrong_number(0, USAGE))?;
    let method = method(&flags.method)?;
    let headers = flags.header.iter().map(header_of).collect::<Outcome<Vec<_>>>()?;
    headers.iter().for_each(|header| guard(header, report));
    let content = content(flags.data.as_ref(), flags.input.as_deref())?;
    let destination = Destination::check(flags.output.as_deref())?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let platform = session.connection.platform.clone();
    let is_safe = matches!(method, Method::GET | Method::HEAD | Method::OPTIONS);
    let request = Request {
        method,
        url: url(&platform, path)?,
        content,
        headers,
        repeat: if is_safe { Repeat::Safely } else { Repeat::Never },
        answer_limit: BODY_LIMIT,
        credential: None,
        time_limit: None,
        is_verbose: flags.verbose == Some(true),
        keeps_connection: false,
        is_streamed: false,
    };
    let answer = session.send(&platform, request)?;
    report.info(&format!("Http Status: {}", answer.status.as_u16()));
    finish(&answer, destination, &session, environment)
}

/// The body is the result, whatever the status: an error's body says why. A file is written for a success only.
fn finish(
    answer: &Answer,
    destination: Destination,
    session: &Session<'_>,
    environment: &Environment,
) -> Outcome<()> {
    let is_success = answer.status.is_success() || answer.status == StatusCode::NOT_MODIFIED;
    if !is_success {
        let failure = session.refusal(answer, RULE);
        let is_wanted = matches!(destination, Destination::Stdout) && !environment.wants_json_errors();
        if is_wanted && !answer.body.is_empty() {
            write_body(&answer.body, destination, environment)?;
        }
        return Err(failure);
    }
    write_body(&answer.body, destination, environment)
}

/// Writes the body as it came, with a line end behind it. Only a terminal gets it without what it would obey.
fn write_body(body: &[u8], destination: Destination, environment: &Environment) -> Outcome<()> {
    let is_shown = environment.stdout_is_terminal && matches!(destination, Destination::Stdout);
    let mut text =
        if is_shown { terminal::safe(&String::from_utf8_lossy(body)).into_bytes() } else { body.to_vec() };
    if !text.is_empty() && text.last() != Some(&b'\n') {
        text.push(b'\n');
    }
    write_to(destination, &text)
}

fn method(text: &str) -> Outcome<Method> {
    let wrong = || Failure::usage(format!("--method: {text:?} is no HTTP method")).hint("for example POST");
    let method: Method = text.to_ascii_uppercase().parse().map_err(|_| wrong())?;
    if method == Method::CONNECT || method == Method::TRACE { Err(wrong()) } else { Ok(method) }
}

/// A path below the platform, or a whole address of the same server.
fn url(platform: &PlatformUrl, path: &str) -> Outcome<String> {
    if path.contains(|c: char| c.is_whitespace() || c.is_control()) {
        return Err(Failure::usage("PATH: must not contain spaces or control characters")
            .hint("write a space as %20"));
    }
    // An address in a query is no address of the request.
    let before_query = path.split(['?', '#']).next().unwrap_or_default();
    if !before_query.contains("://") {
        return Ok(platform.join(path.trim_start_matches('/')));
    }
    if platform.is_origin_of(path) {
        return Ok(path.to_owned());
    }
    Err(Failure::usage(format!(
        "PATH: this is not an address of {platform}, and its credentials go nowhere else"
    ))
    .hint("give the path alone, or the other server's address with --url and credentials for it"))
}

fn header_of(text: &Secret) -> Outcome<(HeaderName, HeaderValue)> {
    let wrong = |problem: &str| {
        Failure::usage(format!("--header: {problem}")).hint("for example -H 'Accept: application/json'")
    };
    let (name, value) =
        text.expose_secret().split_once(':').ok_or_else(|| wrong("there is no colon behind its name"))?;
    let name: HeaderName = name.trim().parse().map_err(|_| wrong("this is no name of a header"))?;
    let mut value: HeaderValue =
        value.trim().parse().map_err(|_| wrong(&format!("the value of {name} cannot stand in a header")))?;
    value.set_sensitive(is_secret(name.as_str()));
    Ok((name, value))
}

/// A credential that is given as a header is as secret as any other: the value, and what stands behind its scheme.
fn guard((name, value): &(HeaderName, HeaderValue), report: &Report) {
    if let (true, Ok(text)) = (is_secret(name.as_str()), value.to_str()) {
        report.guard(&text.into());
        text.split_once(' ').into_iter().for_each(|(_, secret)| report.guard(&secret.into()));
    }
}

fn content(data: Option<&Secret>, input: Option<&Path>) -> Outcome<Option<Content>> {
    let bytes = match (data, input) {
        (None, None) => return Ok(None),
        (Some(_), Some(_)) => {
            return Err(Failure::usage("--data and --input both give the body").hint("leave one of them out"));
        }
        (Some(data), None) => data.expose_secret().as_bytes().to_vec(),
        (None, Some(path)) if path == Path::new("-") => read(io::stdin().lock(), "standard input")?,
        (None, Some(path)) => {
            let shown = path.display().to_string();
            read(File::open(path).map_err(|error| unreadable(&shown, &error))?, &shown)?
        }
    };
    Ok(Some(Content { media_type: "application/json", body: bytes.into() }))
}

fn read(source: impl Read, name: &str) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(BODY_LIMIT + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
    if bytes.len() as u64 > BODY_LIMIT {
        return Err(Failure::usage(format!("--input: {name} is longer than {BODY_LIMIT} bytes")));
    }
    Ok(bytes)
}

fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::new(Reason::Failed, format!("--input: cannot read {name}: {error}"))
        .hint("name a file with the body, or - for standard input")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_stays_on_its_server() {
        let platform = PlatformUrl::parse("--url", "https://h/x").unwrap();
        for (path, wanted) in [
            ("access/api", "https://h/x/access/api"),
            ("/access?a=b://c", "https://h/x/access?a=b://c"),
            ("https://h/y", "https://h/y"),
        ] {
            assert_eq!(url(&platform, path).as_deref(), Ok(wanted));
        }
        for elsewhere in ["https://evil/", "https://h@evil/", "http://h/", "a b", "a\nb", "https://h:444/"] {
            assert!(url(&platform, elsewhere).is_err(), "{elsewhere}");
        }
    }

    #[test]
    fn headers_and_methods_are_checked() {
        assert_eq!(method("post"), Ok(Method::POST));
        assert!(method("PO ST").is_err() && method("CONNECT").is_err());
        let (name, value) = header_of(&"X-A: b:c".into()).unwrap();
        assert_eq!((name.as_str(), value.to_str().unwrap()), ("x-a", "b:c"));
        assert!(header_of(&"Authorization: Bearer x".into()).unwrap().1.is_sensitive());
        for bad in ["", "x", "a b: c", "x: a\r\nb: c"] {
            let failure = header_of(&bad.into()).unwrap_err();
            assert!(!failure.message.contains("b: c"), "{failure}");
        }
    }
}
