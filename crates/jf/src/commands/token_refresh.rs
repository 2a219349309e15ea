//! `jf token refresh`: a configured server's token renewed now, or a refresh token from standard input spent.

use super::token_result::TokenResult;
use super::{refuse_surplus, wrong_number};
use crate::addresses::Address;
use crate::cli::TokenRefresh;
use crate::clock;
use crate::connection::{Needs, NeedsCredential, Renewal};
use crate::credential::Credential;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::output::destination::NotWritten;
use crate::output::report::Report;
use crate::refresh;
use crate::secret_input::{self, PrintedTokens};
use crate::session::Session;
use crate::tokens::words;
use crate::validity::Validity;
use access_types::Secret;

const USAGE: &str = "jf token refresh [-] [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
/// What `jf atc` printed has both tokens in it.
const NEEDS_OF_PAIR: Needs = Needs { credential: NeedsCredential::Optional, ..NEEDS };

/// Runs the command.
pub(super) fn run(flags: TokenRefresh, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus(&flags.surplus, USAGE)?;
    match flags.source.as_deref() {
        None | Some("") => configured(flags, environment, report),
        Some("-") => from_stdin(flags, environment, report),
        // It may be the refresh token.
        Some(_) => Err(wrong_number(1, USAGE)
            .hint("only - is taken: a refresh token is read from standard input, where nobody sees it")),
    }
}

/// The tokens stay in the configuration; they are printed only if somebody asks for that.
fn configured(flags: TokenRefresh, environment: &Environment, report: &Report) -> Outcome<()> {
    if flags.output.format.is_some() || flags.output.file.is_some() {
        return Err(Failure::usage("a configured server's tokens stay in the configuration")
            .hint("leave --format and --output out, or give the refresh token itself: jf token refresh -"));
    }
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    session.renew_now()?;
    let id = session.connection.server_id.clone().unwrap_or_default();
    let validity = session.connection.token().and_then(Validity::of_jwt);
    let until = validity.map(|of| format!("; it expires {}", words::moment(of.expiry, clock::seconds())));
    report.info(&format!("the access token of server '{id}' was renewed{}", until.unwrap_or_default()));
    Ok(())
}

fn from_stdin(flags: TokenRefresh, environment: &Environment, report: &Report) -> Outcome<()> {
    let secrets = &flags.connection.secrets;
    if secrets.access_token_stdin == Some(true) || secrets.password_stdin == Some(true) {
        return Err(Failure::usage("only one of - and the -stdin flags can read standard input")
            .hint("send both tokens there, as jf atc printed them, or use --access-token-file"));
    }
    let result = TokenResult::check(&flags.output)?;
    let pair = Pair::of(&secret_input::from_stdin("refresh token", environment)?)?;
    pair.access.iter().chain([&pair.refresh]).for_each(|secret| report.guard(secret));
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let needs = if pair.access.is_some() { NEEDS_OF_PAIR } else { NEEDS };
    let mut session = Session::open(flags.connection, needs, environment, &network)?;
    let connection = &mut session.connection;
    if let Some(token) = pair.access {
        connection.credential = Some(Credential::from_token(token, None)?);
    }
    if connection.token().is_none() {
        return Err(Failure::new(
            Reason::Credentials,
            "a refresh token is spent by its owner's access token",
        )
        .hint(
            "send both tokens, as jf atc printed them, or give the old access token with --access-token-file",
        ));
    }
    connection.renewal = Some(Renewal::Platform(pair.refresh));
    let token = refresh::spend(connection, &network, true).map_err(|failure| match failure.reason {
        Reason::NotFound => Failure { reason: Reason::Credentials, ..failure }.hint(
            "the refresh token was spent or revoked, or is another server's; log in or create a token anew",
        ),
        _ => failure,
    })?;
    let url = session.connection.platform.as_str();
    result.try_write(&token, url, token.has_reference(), report).map_err(|problem| match problem {
        NotWritten::Lost(why) => Failure::new(
            Reason::Failed,
            format!(
                "the new tokens (token_id {}) could not be written: {why}",
                token.id().unwrap_or("not known")
            ),
        )
        .hint("send the same refresh token again at once: accessd takes it once more within 30 seconds"),
        NotWritten::Elsewhere { file, why } => {
            let file = file.display();
            Failure::new(Reason::Failed, format!("the new tokens are in {file} instead of --output: {why}"))
                .hint(format!("move {file} to where it should be"))
        }
    })
}

/// What was read: a refresh token, and perhaps the access token that it came with.
struct Pair {
    refresh: Secret,
    access: Option<Secret>,
}

impl Pair {
    /// Reads a bare refresh token, or the JSON that `jf atc` prints.
    fn of(input: &Secret) -> Outcome<Self> {
        let Some(tokens) = PrintedTokens::of(input)? else {
            return Ok(Self { refresh: input.clone(), access: None });
        };
        let refresh = tokens.refresh.ok_or_else(|| {
            Failure::usage("there is no refresh_token in what was read from standard input")
                .hint("create the token with jf atc --refreshable")
        })?;
        Ok(Self { refresh, access: tokens.access })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn a_refresh_token_is_bare_or_in_json() {
        let pair = |text: &str| Pair::of(&text.into());
        let bare = pair("acrt_x").unwrap();
        assert!(bare.refresh.expose_secret() == "acrt_x" && bare.access.is_none());
        let both = pair(r#"{"access_token":"a","refresh_token":"r"}"#).unwrap();
        assert_eq!((both.refresh.expose_secret(), both.access.unwrap().expose_secret()), ("r", "a"));
        for bad in ["{", r#"{"access_token":"canary"}"#, r#"{"refresh_token":""}"#, r#"{"refresh_token":1}"#]
        {
            assert!(!pair(bad).err().unwrap().message.contains("canary"));
        }
    }
}
