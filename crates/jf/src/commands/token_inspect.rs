//! `jf token inspect`: what a token says, and with `--verify` whether its server agrees.

use super::{refuse_surplus, write_to};
use crate::addresses::Address;
use crate::cli::{ConnectionFlags, ShowTokenFormat, TokenInspect};
use crate::clock;
use crate::connection::{Needs, NeedsCredential};
use crate::credential::Credential;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::identity::{self, Identity};
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::output::terminal;
use crate::prompt::Prompt;
use crate::secret_input;
use crate::session::Session;
use crate::tokens::inspection::Inspection;
use crate::tokens::{StoredToken, description};
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::Value;

const USAGE: &str = "jf token inspect [TOKEN|-] [flags]";
/// The token itself is what the server is asked with.
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::None };

/// Runs the command.
pub(super) fn run(flags: TokenInspect, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    let secrets = &flags.connection.secrets;
    if secrets.access_token_stdin == Some(true) || secrets.password_stdin == Some(true) {
        return Err(Failure::usage("no credentials are needed to inspect a token, nor used")
            .hint("give the token itself on standard input: jf token inspect < token.txt"));
    }
    let text = token(flags.token.as_ref(), environment, report)?;
    report.guard(&text);
    let inspection = Inspection::of(&text).ok_or_else(|| {
        Failure::usage("this has the form of no token that jf knows: no JWT, no reference token")
            .hint("a token is one word; a refresh token of a platform says nothing of itself")
    })?;
    let verified = match flags.verify {
        Some(true) => Some(verify(text, &inspection, flags.connection, environment, report)?),
        _ => None,
    };
    let text = match flags.format.unwrap_or_default() {
        ShowTokenFormat::Words => in_words(&inspection, verified.as_ref(), clock::seconds()),
        ShowTokenFormat::Json => as_json(&inspection, verified.as_ref(), clock::seconds()),
    };
    write_to(Destination::Stdout, text.as_bytes())
}

/// The token from the command line, standard input, or somebody who is asked.
fn token(given: Option<&Secret>, environment: &Environment, report: &Report) -> Outcome<Secret> {
    match given.and_then(secret_input::trimmed) {
        Some(text) if text.expose_secret() != "-" => {
            secret_input::warn_of_argument(environment, report, "jf token inspect < token.txt");
            Ok(text)
        }
        None if environment.can_ask() => {
            let answer = Prompt::new(environment, report).secret("Token: ", "the token on standard input")?;
            secret_input::trimmed(&answer).ok_or_else(|| Failure::usage("no token was given"))
        }
        _ => secret_input::token_from_stdin(environment),
    }
}

/// Asks the server about the token, as the token.
fn verify(
    token: Secret,
    inspection: &Inspection,
    flags: ConnectionFlags,
    environment: &Environment,
    report: &Report,
) -> Outcome<Identity> {
    if matches!(inspection, Inspection::Refresh) {
        return Err(Failure::usage("a refresh token cannot be verified without being spent")
            .hint("verify the access token that it came with, or spend it: jf token refresh -"));
    }
    let network = Network::of(&flags.transport, environment, report)?;
    let mut session = Session::open(flags, NEEDS, environment, &network)?;
    session.connection.credential = Some(Credential::from_token(token, None)?);
    identity::ask(&mut session, None).map_err(|failure| match failure.reason {
        Reason::Credentials => {
            let platform = &session.connection.platform;
            failure
                .context(&format!("{platform} does not accept this token: "))
                .hint("without --verify jf shows what the token says; is it another server's?")
        }
        _ => failure,
    })
}

fn in_words(inspection: &Inspection, verified: Option<&Identity>, now: u64) -> String {
    let kind = inspection.kind();
    let verdict = match verified {
        Some(_) => format!("{kind}, verified: the server accepts it"),
        None => {
            format!("{kind}, not verified: this is what it says; --verify asks the server whether it is true")
        }
    };
    let mut lines = vec![("token", verdict)];
    match verified {
        Some(Identity::Told(dialect, token)) if !matches!(inspection, Inspection::Jwt(_)) => {
            lines.extend(description::lines(token, *dialect, now));
        }
        _ => lines.extend(inspection.lines(now)),
    }
    let warnings = inspection.warnings(told(verified), now);
    lines.extend(warnings.into_iter().map(|warning| ("warning", warning)));
    description::columns(&lines)
}

/// What the server knows of the token. Some only accept it.
fn told(verified: Option<&Identity>) -> Option<&StoredToken> {
    match verified {
        Some(Identity::Told(_, token)) => Some(token),
        _ => None,
    }
}

fn as_json(inspection: &Inspection, verified: Option<&Identity>, now: u64) -> String {
    let mut object = inspection.json(told(verified), now);
    if verified.is_some() {
        object.insert("verified".to_owned(), true.into());
    }
    if let Some(token) = told(verified) {
        object.insert("token".to_owned(), token.to_value());
    }
    terminal::pretty_json(&Value::Object(object)) + "\n"
}
