//! When and how a configured server's access token is renewed by its refresh token.
//!
//! Due is a token in the last tenth of its lifetime, at most a week before its end. The renewal happens under
//! the configuration's lock, from what the file says then, so that commands that run at once make one request.
//! If a command dies between the server's answer and the write, the next one presents the same refresh token
//! again, which the server accepts once more for a short while (the lost-answer rule).

use crate::clock;
use crate::config::{Config, ConfigFile};
use crate::connection::{self, Connection, Renewal};
use crate::credential::Credential;
use crate::error::{Failure, Outcome, Reason};
use crate::http::{Content, Network, Repeat, Request, refusal};
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::output::terminal::shell_word;
use crate::validity::Validity;
use access_types::Secret;
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::time::Duration;
use ureq::http::StatusCode;

/// A token is due when no more than this part of its lifetime is left.
const FRACTION: u64 = 10;
/// A long-lived token is due this many seconds before its end at the earliest.
const LONGEST_NOTICE: u64 = 7 * 24 * 3600;
/// Seconds before its end at which a token is due that does not say when it began.
const NOTICE_WITHOUT_BEGINNING: u64 = 60;
/// How long the lock is waited for if the token has ended: as long as another command's renewal may take.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);
/// And while the token is good: a server that is slow to renew need not hold up those who can do without.
const SHORT_PATIENCE: Duration = Duration::from_secs(5);

/// Whether a token has to be renewed before it is used.
fn is_due(validity: Validity, now: u64) -> bool {
    validity.expiry.saturating_sub(now) <= notice(validity)
}

/// From when on a token is renewed before it is used, in epoch seconds.
pub(crate) fn due_from(validity: Validity) -> u64 {
    validity.expiry.saturating_sub(notice(validity))
}

/// How many seconds before its end a token is due.
fn notice(validity: Validity) -> u64 {
    match validity.lifetime() {
        Some(lifetime) => (lifetime / FRACTION).min(LONGEST_NOTICE),
        None => NOTICE_WITHOUT_BEGINNING,
    }
}

/// Whether jf renews the connection's access token when it is due. Reference tokens and tokens that do not end are
/// left alone.
pub(crate) fn is_automatic(connection: &Connection) -> bool {
    connection.renewal.is_some() && connection.token().and_then(Validity::of_jwt).is_some()
}

/// Renews the connection's access token if it is due, in the configuration as well; tells whether it is a new one.
///
/// # Errors
/// If it could not be renewed and has expired. While it is still good, a failure is a warning.
pub(crate) fn renew_if_due(
    connection: &mut Connection,
    file: &ConfigFile,
    network: &Network<'_>,
) -> Outcome<bool> {
    let (Some(_), Some(token)) = (&connection.renewal, connection.token()) else { return Ok(false) };
    let Some(validity) = Validity::of_jwt(token).filter(|validity| is_due(*validity, clock::seconds()))
    else {
        return Ok(false);
    };
    let report = network.report();
    report.debug("Refreshing token...");
    let id = connection.server_id.clone().unwrap_or_default();
    let is_needed = validity.has_ended(clock::seconds());
    match renew(connection, &id, file, network, is_needed) {
        Ok(()) => Ok(true),
        // The renewal may have taken its time.
        Err(failure) if !validity.has_ended(clock::seconds()) => {
            report.warn(&format!(
                "the access token of server '{id}' could not be renewed and is used as it is, for {} s more: \
                 {failure}",
                validity.expiry.saturating_sub(clock::seconds())
            ));
            Ok(false)
        }
        Err(failure) => Err(ended(failure, &id)),
    }
}

/// Renews the connection's access token although it is not due, in the configuration as well.
///
/// # Errors
/// If it could not be renewed.
pub(crate) fn renew_now(
    connection: &mut Connection,
    file: &ConfigFile,
    network: &Network<'_>,
) -> Outcome<()> {
    let id = connection.server_id.clone().unwrap_or_default();
    renew(connection, &id, file, network, true).map_err(|failure| ended(failure, &id))
}

/// The failure of a renewal that would have been needed. If the server refused it, only a new log-in helps.
fn ended(failure: Failure, id: &str) -> Failure {
    let failure = failure.context("Refresh access token failed: ");
    let id = shell_word(id);
    let is_refused = failure.refusal.as_ref().is_some_and(|refusal| matches!(refusal.status, 400..=404));
    if is_refused {
        let hint = format!("the session is over; log in again: jf login --server-id {id}");
        return Failure { reason: Reason::Credentials, ..failure }.hint(hint);
    }
    match failure.hint {
        Some(_) => failure,
        None => failure.hint(format!("try again, or log in again: jf login --server-id {id}")),
    }
}

/// Takes over the token that the configuration has now, if it is another one than the connection's.
fn adopt_newer(connection: &mut Connection, file: &ConfigFile, report: &Report) -> bool {
    let (Some(id), true) = (connection.server_id.clone(), connection.renewal.is_some()) else { return false };
    match file.load(report).and_then(|config| stored(&config, &id, connection)) {
        Ok(theirs) if !theirs.has_token_of(connection) => {
            report.debug("Fetched new token from config.");
            *connection = theirs;
            true
        }
        _ => false,
    }
}

/// Makes a new token out of a refusal: takes over the one that the configuration has now, or, if the connection's
/// was due, renews it. A renewal that did not end in time may have ended the old token all the same.
pub(crate) fn recover(connection: &mut Connection, file: &ConfigFile, network: &Network<'_>) -> bool {
    if adopt_newer(connection, file, network.report()) {
        return true;
    }
    let is_due = connection
        .token()
        .and_then(Validity::of_jwt)
        .is_some_and(|validity| is_due(validity, clock::seconds()));
    let (Some(id), true) = (connection.server_id.clone(), is_due && connection.renewal.is_some()) else {
        return false;
    };
    renew(connection, &id, file, network, true).is_ok()
}

/// The connection as the configuration describes it now.
///
/// # Errors
/// If the server is gone, has no token any more, or another address: what was meant for the one must not go to
/// the other.
pub(crate) fn stored(config: &Config, id: &str, connection: &Connection) -> Outcome<Connection> {
    let server = config.find(id).ok_or_else(|| connection::unknown_server(config, id))?;
    let theirs = connection::from_server(server, connection.needs)?;
    let theirs = Connection { source: connection.source.clone(), ..theirs };
    if theirs.token().is_some() && theirs.is_where(connection) {
        return Ok(theirs);
    }
    Err(Failure::new(Reason::Conflict, format!("server '{id}' was changed by another command meanwhile"))
        .hint("run the command again"))
}

fn renew(
    connection: &mut Connection,
    id: &str,
    file: &ConfigFile,
    network: &Network<'_>,
    is_needed: bool,
) -> Outcome<()> {
    let report = network.report();
    let patience = if is_needed { LOCK_PATIENCE } else { SHORT_PATIENCE };
    let locked = file.lock(report, patience.min(network.time_left()))?;
    let config = locked.load()?;
    let theirs = stored(&config, id, connection)?;
    let is_same = theirs.has_token_of(connection);
    *connection = theirs;
    if !is_same {
        report.debug("Fetched new token from config.");
        return Ok(());
    }
    // What cannot be kept must not be asked for: the answer would end the tokens that are there.
    locked.check_writable(&config)?;
    let fresh = ask(connection, network, is_needed)?;
    let kept = locked.update(|config| match stored(config, id, connection) {
        Ok(theirs) if theirs.has_token_of(connection) => Ok(fresh.write(config, id)),
        // Somebody who does not know the lock was faster, and knows better.
        _ => Ok(false),
    });
    if let Err(failure) = kept {
        report.warn(&format!(
            "the renewed token of server '{id}' is used now but could not be kept: {failure}; if the next command is \
             refused, log in again: jf login --server-id {}",
            shell_word(id)
        ));
    }
    connection.credential = Some(fresh.credential);
    connection.renewal = Some(fresh.renewal);
    Ok(())
}

/// What a renewal gave, fit to be used.
struct Fresh {
    token: Secret,
    credential: Credential,
    renewal: Renewal,
}

impl Fresh {
    /// Puts the tokens into the server's place of the configuration; false if it has none any more.
    fn write(&self, config: &mut Config, id: &str) -> bool {
        let Some(server) = config.find_mut(id) else { return false };
        let (field, refresh) = match &self.renewal {
            Renewal::Platform(refresh) => ("refreshToken", refresh),
            Renewal::Artifactory(refresh) => ("artifactoryRefreshToken", refresh),
        };
        server.set("accessToken", Value::String(self.token.expose_secret().to_owned()));
        server.set(field, Value::String(refresh.expose_secret().to_owned()));
        true
    }
}

/// Asks the server for the successor of a connection's access token, against its refresh token. One that is not
/// needed yet is asked for once, and leaves half of the time to what the command is for.
///
/// # Errors
/// What the server or the way to it says, and an answer without a token.
pub(crate) fn spend(
    connection: &Connection,
    network: &Network<'_>,
    is_needed: bool,
) -> Outcome<CreatedToken> {
    let (Some(token), Some(renewal)) = (connection.token(), &connection.renewal) else {
        return Err(no_token());
    };
    let (address, request) = match renewal {
        Renewal::Artifactory(refresh) => {
            let form = Content::form(&[
                ("access_token", token.expose_secret()),
                ("grant_type", "refresh_token"),
                ("refresh_token", refresh.expose_secret()),
            ]);
            // The pair of tokens is the credential.
            let url = connection.artifactory.join("api/security/token");
            (&connection.artifactory, Request::post(url, form, Repeat::Safely))
        }
        Renewal::Platform(refresh) => {
            let body: Secret = serde_json::json!({
                "access_token": token.expose_secret(),
                "refreshable": true,
                "refresh_token": refresh.expose_secret(),
                "grant_type": "refresh_token",
            })
            .to_string()
            .into();
            let url = connection.access.join("api/v1/tokens");
            let request = Request::post(url, Content::json(&body), Repeat::Safely);
            (&connection.access, request.with(connection.credential.as_ref()))
        }
    };
    let client = network.client(address, connection.certificate.as_ref())?;
    let request = match is_needed {
        true => request,
        false => Request { time_limit: Some(network.time_left() / 2), repeat: Repeat::Never, ..request },
    };
    let answer = client.send(&request)?;
    if answer.status != StatusCode::OK {
        return Err(refusal::failure(&answer, connection, "", network.report()));
    }
    let token = CreatedToken::from_json(&answer.body).ok_or_else(no_token)?;
    token.secrets().for_each(|secret| network.report().guard(&secret));
    Ok(token)
}

/// The successor, fit to be used.
fn ask(connection: &Connection, network: &Network<'_>, is_needed: bool) -> Outcome<Fresh> {
    let token = spend(connection, network, is_needed)?;
    let renewal = connection.renewal.as_ref().ok_or_else(no_token)?;
    let access_token = token.access_token().ok_or_else(no_token)?;
    let credential =
        Credential::from_token(access_token.clone(), connection.user.as_deref()).map_err(|_| no_token())?;
    // A server that does not rotate refresh tokens sends none, and the old one stays good.
    let renewal = match (token.refresh_token(), renewal) {
        (None, old) => old.clone(),
        (Some(refresh), Renewal::Platform(_)) => Renewal::Platform(refresh),
        (Some(refresh), Renewal::Artifactory(_)) => Renewal::Artifactory(refresh),
    };
    Ok(Fresh { token: access_token, credential, renewal })
}

fn no_token() -> Failure {
    Failure::new(
        Reason::Server,
        "the server answered 200, but without a new access token; nothing was changed",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
    use proptest::prelude::*;

    fn validity(claims: &str) -> Option<Validity> {
        let payload = URL_SAFE_NO_PAD.encode(claims);
        Validity::of_jwt(&format!("eyJhbGciOiJub25lIn0.{payload}.c2ln").into())
    }

    #[test]
    fn due_is_the_last_tenth_of_the_lifetime() {
        let hour = validity(r#"{"iat":1000,"exp":4600}"#).unwrap();
        assert!(!is_due(hour, 4239) && is_due(hour, 4240) && is_due(hour, 9999));
        // There is no floor of 30 minutes: a token of 20 minutes is not renewed by every command.
        let short = validity(r#"{"iat":0,"exp":1200}"#).unwrap();
        assert!(!is_due(short, 0) && !is_due(short, 1079) && is_due(short, 1080));
        let year = validity(r#"{"iat":0,"exp":31536000}"#).unwrap();
        let week_before = 31_536_000 - LONGEST_NOTICE;
        assert!(!is_due(year, week_before - 1) && is_due(year, week_before));
        assert!(hour.has_ended(4600) && !hour.has_ended(4599));
    }

    #[test]
    fn odd_lifetimes_do_no_harm() {
        let no_beginning = validity(r#"{"exp":1000}"#).unwrap();
        assert!(!is_due(no_beginning, 939) && is_due(no_beginning, 940));
        assert!(is_due(validity(r#"{"iat":2000,"exp":1000}"#).unwrap(), 1000));
        assert_eq!(validity(r#"{"iat":1.5,"exp":2.5}"#).unwrap().expiry, 2);
    }

    #[test]
    fn w30_tokens_without_an_end_and_reference_tokens_are_left_alone() {
        for claims in ["{}", r#"{"iat":1}"#, r#"{"exp":null}"#, r#"{"exp":"soon"}"#, r#"{"exp":-1}"#] {
            assert_eq!(validity(claims), None, "{claims}");
        }
        assert_eq!(Validity::of_jwt(&"cmVmdGtuOjAxOjA".into()), None);
    }

    proptest! {
        #[test]
        fn a_token_is_never_due_at_its_beginning_and_always_at_its_end(
            issued_at in 0_u64..1 << 40, lifetime in 10_u64..1 << 40
        ) {
            let validity = Validity { issued_at: Some(issued_at), expiry: issued_at + lifetime };
            prop_assert!(!is_due(validity, issued_at));
            prop_assert!(is_due(validity, issued_at + lifetime));
        }
    }
}
