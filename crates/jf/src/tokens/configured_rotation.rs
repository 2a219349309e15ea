//! A rotation within the configuration: the new token takes the old one's place in one write, which also notes the
//! old one's id. If that is the last thing that happens, the next rotation finds the note, and ends the old token.

use crate::config::{Config, ConfigFile, Server};
use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::format::CreatedToken;
use crate::refresh;
use crate::session::Session;
use crate::tokens::{revocation, rotation};
use access_types::{Secret, TokenRequest};
use secrecy::ExposeSecret as _;
use serde_json::Value;
use std::time::Duration;

/// The field of a server that has the id of the token which its token replaced, until that is revoked.
pub(crate) const REPLACED: &str = "replacedTokenId";
/// How long the configuration's lock is waited for: as long as another command's renewal may take.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// Ends the old token of a rotation that was interrupted after the new one was in place.
///
/// # Errors
/// If the configuration cannot be read or written. That the old token cannot be ended is a warning.
pub(crate) fn finish_interrupted(session: &mut Session<'_>, environment: &Environment) -> Outcome<()> {
    let config = ConfigFile::of(environment)?.load(session.report())?;
    let old =
        own_server(&config, &session.connection).and_then(|server| server.text(REPLACED)).map(str::to_owned);
    let Some(old) = old else { return Ok(()) };
    match revocation::by_id(session, &old) {
        Ok(_) => {
            session.report().info(&format!("revoked {old}, which an interrupted rotation had left"));
            forget_old(session, environment)
        }
        Err(failure) => {
            session
                .report()
                .warn(&format!("{old}, which an interrupted rotation had left, still works: {failure}"));
            Ok(())
        }
    }
}

/// Makes the new token and puts it in the old one's place. Nobody else changes the configuration meanwhile.
///
/// # Errors
/// If nothing was changed; then the new token, if there was one, was taken back.
pub(crate) fn replace(
    session: &mut Session<'_>,
    request: &TokenRequest,
    old_id: &str,
    environment: &Environment,
) -> Outcome<CreatedToken> {
    let report = session.report();
    let locked = ConfigFile::of(environment)?.lock(report, LOCK_PATIENCE)?;
    let config = locked.load()?;
    check_unchanged(&config, &session.connection)?;
    // What cannot be kept must not be asked for.
    locked.check_writable(&config)?;
    let created = rotation::successor(session, request, old_id)?;
    rotation::check_accepted(session, request, &created)?;
    let new = token_to_keep(&created, &session.connection)?;
    let kept = locked.update(|config| {
        check_unchanged(config, &session.connection)?;
        Ok(write(config, &session.connection, &new, &created, old_id))
    });
    if let Err(failure) = kept {
        // Some failures come when the file is in place already, and then the new token is the one that counts.
        let is_in_place = locked.load().is_ok_and(|config| {
            own_server(&config, &session.connection).and_then(|server| server.text("accessToken"))
                == Some(new.expose_secret())
        });
        if !is_in_place {
            rotation::take_back(session, &created);
            return Err(failure);
        }
        report.warn(&failure.to_string());
    }
    Ok(created)
}

/// Takes the note away: the old token is dead, or will be.
///
/// # Errors
/// If the configuration cannot be written.
pub(crate) fn forget_old(session: &Session<'_>, environment: &Environment) -> Outcome<()> {
    ConfigFile::of(environment)?.update(session.report(), |config| {
        let id = session.connection.server_id.as_deref().unwrap_or_default();
        Ok(config.find_mut(id).is_some_and(|server| server.take(REPLACED).is_some()))
    })
}

fn own_server<'c>(config: &'c Config, connection: &Connection) -> Option<&'c Server> {
    config.find(connection.server_id.as_deref()?)
}

fn check_unchanged(config: &Config, connection: &Connection) -> Outcome<()> {
    let id = connection.server_id.as_deref().unwrap_or_default();
    if refresh::stored(config, id, connection)?.has_token_of(connection) {
        return Ok(());
    }
    Err(Failure::new(
        Reason::Conflict,
        format!("the token of server '{id}' was replaced by another command meanwhile"),
    )
    .hint("run the command again if that one is to be rotated too"))
}

/// The form that the old one had.
fn token_to_keep(created: &CreatedToken, connection: &Connection) -> Outcome<Secret> {
    let was_reference =
        connection.token().is_some_and(|token| access_types::jwt::split(token.expose_secret()).is_err());
    let reference = created.reference_token().filter(|_| was_reference);
    reference
        .or_else(|| created.access_token())
        .ok_or_else(|| Failure::new(Reason::Server, "the server gave no token"))
}

fn write(
    config: &mut Config,
    connection: &Connection,
    new: &Secret,
    created: &CreatedToken,
    old_id: &str,
) -> bool {
    let id = connection.server_id.as_deref().unwrap_or_default();
    let Some(server) = config.find_mut(id) else { return false };
    server.set("accessToken", Value::String(new.expose_secret().to_owned()));
    server.take("artifactoryRefreshToken");
    match created.refresh_token() {
        Some(refresh) => server.set("refreshToken", Value::String(refresh.expose_secret().to_owned())),
        None => drop(server.take("refreshToken")),
    }
    server.set(REPLACED, Value::String(old_id.to_owned()));
    true
}
