//! Secrets from the places that `SecretFlags` names: an argument, standard input, a file.

use crate::cli::SecretFlags;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::json_field;
use crate::output::report::Report;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::{Map, Value};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// Longest secret that is read, in bytes.
const LIMIT: u64 = 64 * 1024;

/// What was handed over; empty is the same as nothing.
#[derive(Debug, Clone, Default)]
pub(crate) struct GivenSecrets {
    /// The password.
    pub password: Option<Secret>,
    /// The access token, without space around it.
    pub access_token: Option<Secret>,
    /// The flag that gave the password.
    pub password_flag: &'static str,
    /// The flag that gave the access token.
    pub access_token_flag: &'static str,
}

/// Reads the secrets that the flags name.
///
/// # Errors
/// A usage failure for two sources of one secret, for both on standard input, and for an empty input;
/// a plain one for a file that cannot be read.
pub(crate) fn read(flags: &SecretFlags, environment: &Environment, report: &Report) -> Outcome<GivenSecrets> {
    let password_stdin = flags.password_stdin == Some(true);
    let token_stdin = flags.access_token_stdin == Some(true);
    let password = flags.password.as_ref().and_then(filled);
    let access_token = flags.access_token.as_ref().and_then(trimmed);
    if password_stdin && password.is_some() {
        return Err(Failure::usage("providing both password and password-stdin flags is not supported")
            .hint("leave one of them out"));
    }
    let sources = [access_token.is_some(), token_stdin, flags.access_token_file.is_some()];
    if sources.iter().filter(|given| **given).count() > 1 {
        return Err(Failure::usage(
            "providing both access-token and access-token-stdin (or access-token-file) flags is not \
                supported",
        )
        .hint("leave all but one of them out"));
    }
    if password_stdin && token_stdin {
        return Err(Failure::usage(
            "only one of --password-stdin and --access-token-stdin can read standard input",
        )
        .hint("leave one of them out; an access token alone is enough"));
    }
    if password.is_some() || access_token.is_some() {
        warn_of_argument(environment, report, "--access-token-stdin and --password-stdin");
    }
    let given = GivenSecrets {
        password_flag: if password_stdin { "--password-stdin" } else { "--password" },
        access_token_flag: match &flags.access_token_file {
            Some(_) => "--access-token-file",
            None if token_stdin => "--access-token-stdin",
            None => "--access-token",
        },
        password: if password_stdin { Some(from_stdin("password", environment)?) } else { password },
        access_token: match &flags.access_token_file {
            Some(path) => Some(from_file(path)?),
            None if token_stdin => Some(from_stdin("access token", environment)?),
            None => access_token,
        },
    };
    given.password.iter().chain(&given.access_token).for_each(|secret| report.guard(secret));
    Ok(given)
}

/// Says, to somebody at a terminal, that a secret among the arguments is seen by others, and what is safer.
pub(crate) fn warn_of_argument(environment: &Environment, report: &Report, safer: &str) {
    if environment.stderr_is_terminal {
        report.warn(&format!(
            "a secret on the command line can be seen by other processes and stays in the shell's history; safer: \
             {safer}"
        ));
    }
}

/// A secret without space around it; `None` if nothing is left.
pub(crate) fn trimmed(secret: &Secret) -> Option<Secret> {
    let text = secret.expose_secret().trim();
    (!text.is_empty()).then(|| text.into())
}

/// A secret as it is; `None` for an empty one.
pub(crate) fn filled(secret: &Secret) -> Option<Secret> {
    (!secret.expose_secret().is_empty()).then(|| secret.clone())
}

/// A secret that stands alone on standard input, without space around it.
///
/// # Errors
/// If there is none, or nobody sends one.
pub(crate) fn from_stdin(what: &str, environment: &Environment) -> Outcome<Secret> {
    let nothing = || {
        Failure::usage(format!("no {what} provided via Stdin"))
            .hint("send it there from a file (jf … < secret.txt) or from another command")
    };
    if environment.stdin_is_terminal {
        return Err(nothing());
    }
    let secret = read_limited(io::stdin().lock()).map_err(|error| {
        Failure::new(Reason::Failed, format!("cannot read the {what} from Stdin: {error}"))
    })?;
    trimmed(&secret).ok_or_else(nothing)
}

/// The tokens in the JSON that `jf atc` prints.
#[derive(Debug)]
pub(crate) struct PrintedTokens {
    /// The access token.
    pub access: Option<Secret>,
    /// The refresh token that it came with.
    pub refresh: Option<Secret>,
}

impl PrintedTokens {
    /// Reads them; `None` if the input is no JSON object but, for instance, a bare token.
    ///
    /// # Errors
    /// For an input that begins like a JSON object, and is none.
    pub(crate) fn of(input: &Secret) -> Outcome<Option<Self>> {
        let text = input.expose_secret();
        if !text.starts_with('{') {
            return Ok(None);
        }
        let fields: Map<String, Value> = serde_json::from_str(text)
            .map_err(|_| Failure::usage("what was read from standard input is no JSON object"))?;
        let secret = |name| json_field::text(&fields, name).map(Secret::from);
        Ok(Some(Self { access: secret("access_token"), refresh: secret("refresh_token") }))
    }
}

/// A token on standard input: bare, or in the JSON that `jf atc` prints.
///
/// # Errors
/// As of [`from_stdin`], and for JSON without an access token.
pub(crate) fn token_from_stdin(environment: &Environment) -> Outcome<Secret> {
    let input = from_stdin("token", environment)?;
    match PrintedTokens::of(&input)? {
        None => Ok(input),
        Some(tokens) => tokens.access.ok_or_else(|| {
            Failure::usage("there is no access_token in what was read from standard input")
                .hint("send the token itself, or the JSON that jf atc printed")
        }),
    }
}

fn from_file(path: &Path) -> Outcome<Secret> {
    // The path is not repeated: it is a token where somebody took this flag for --access-token.
    let secret = File::open(path).and_then(read_limited).map_err(|error| {
        Failure::new(Reason::Failed, format!("--access-token-file: cannot read the file: {error}"))
            .hint("the flag takes the path of a file with the token in it, not the token")
    })?;
    trimmed(&secret).ok_or_else(|| Failure::usage("--access-token-file: the file has no access token in it"))
}

fn read_limited(source: impl Read) -> io::Result<Secret> {
    let mut text = String::new();
    source.take(LIMIT + 1).read_to_string(&mut text)?;
    if text.len() as u64 > LIMIT {
        return Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is longer than {LIMIT} bytes")));
    }
    Ok(text.into())
}
