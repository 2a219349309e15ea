//! A rotation within the configuration: the new token takes the old one's place in one write, which also notes the
//! old one's id. If that is the last thing that happens, the next rotation finds the note, and ends the old token.

use crate::clock;
use crate::config::{Config, ConfigFile, Server};
use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::format::CreatedToken;
use crate::platform_url::PlatformUrl;
use crate::refresh;
use crate::session::Session;
use crate::tokens::rotation::OldToken;
use crate::tokens::{Dialect, revocation, rotation};
use access_types::{Secret, TokenRequest};
use secrecy::ExposeSecret;
use serde_json::Value;
use std::time::Duration;

/// The field of a server that has the id of the token which its token replaced, until the end of that is made sure of.
pub(crate) const REPLACED: &str = "replacedTokenId";
/// The field that has the moment when it shall end, in epoch seconds; absent: at once.
pub(crate) const REPLACED_END: &str = "replacedTokenEnd";
/// How long the configuration's lock is waited for: as long as another command's renewal may take.
const LOCK_PATIENCE: Duration = Duration::from_secs(60);

/// Ends the old token of a rotation that was interrupted after the new one was in place, with the grace that is left.
///
/// # Errors
/// If the configuration cannot be read or written. That the old token cannot be ended is a warning.
pub(crate) fn finish_interrupted(session: &mut Session<'_>, environment: &Environment) -> Outcome<()> {
    let config = ConfigFile::of(environment)?.load(session.report())?;
    let Some(server) = own_server(&config, &session.connection) else { return Ok(()) };
    let Some(old) = server.text(REPLACED).map(str::to_owned) else { return Ok(()) };
    let end = server.number(REPLACED_END).unwrap_or_default();
    let ended = match end.saturating_sub(clock::seconds()) {
        0 => revocation::by_id(session, &old).map(|_| "was revoked"),
        seconds => revocation::later(session, &old, seconds).map(|_| "will be revoked in its time"),
    };
    match ended {
        Ok(fate) => {
            session.report().info(&format!("{old}, which an interrupted rotation had left, {fate}"));
            forget_old(session, &old, environment)
        }
        Err(failure) => {
            session.report().warn(&format!(
                "{old}, which an interrupted rotation had left, may still work: {failure}; revoke it: jf token revoke {old}"
            ));
            Ok(())
        }
    }
}

/// Makes the new token and puts it in the old one's place. Nobody else changes the configuration meanwhile.
///
/// # Errors
/// If nothing was changed; the hint says what became of the new token, if there was one.
pub(crate) fn replace(
    session: &mut Session<'_>,
    request: &TokenRequest,
    old: &Old<'_>,
    environment: &Environment,
) -> Outcome<CreatedToken> {
    let report = session.report();
    let locked = ConfigFile::of(environment)?.lock(report, LOCK_PATIENCE)?;
    session.restart_clock();
    let config = locked.load()?;
    check_unchanged(&config, &session.connection)?;
    // What cannot be kept must not be asked for.
    locked.check_writable(&config)?;
    let created = rotation::accepted_successor(session, request, old.id, old.dialect)?;
    let new = token_to_keep(&created, &session.connection);
    let kept = locked.update(|config| {
        check_unchanged(config, &session.connection)?;
        Ok(write(config, &session.connection, &new, &created, old))
    });
    if let Err(failure) = kept {
        // Some failures come when the file is in place already, and then the new token is the one that counts.
        let is_in_place = locked.load().is_ok_and(|config| {
            own_server(&config, &session.connection).and_then(|server| server.text("accessToken"))
                == Some(new.expose_secret())
        });
        if !is_in_place {
            return Err(rotation::not_handed_over(session, old.dialect, &created, failure));
        }
        report.warn(&failure.to_string());
    }
    Ok(created)
}

/// The token that is replaced.
pub(crate) struct Old<'a> {
    /// Its id.
    pub id: &'a str,
    /// What shall become of it.
    pub fate: OldToken,
    /// What its server is.
    pub dialect: Dialect,
}

/// Takes the note of this old token away: it is dead, or will be.
///
/// # Errors
/// If the configuration cannot be written.
pub(crate) fn forget_old(session: &Session<'_>, old_id: &str, environment: &Environment) -> Outcome<()> {
    ConfigFile::of(environment)?.update(session.report(), |config| {
        let id = session.connection.server_id.as_deref().unwrap_or_default();
        // Another rotation may have left a note of its own meanwhile.
        let Some(server) = config.find_mut(id).filter(|server| server.text(REPLACED) == Some(old_id)) else {
            return Ok(false);
        };
        server.take(REPLACED_END);
        Ok(server.take(REPLACED).is_some())
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
fn token_to_keep(created: &CreatedToken, connection: &Connection) -> Secret {
    let was_reference =
        connection.token().is_some_and(|token| access_types::jwt::split(token.expose_secret()).is_err());
    created.token(was_reference)
}

/// Puts the new token into the server, and into every other one of the same origin that has the old token as well: it
/// would be left with a dead one.
fn write(
    config: &mut Config,
    connection: &Connection,
    new: &Secret,
    created: &CreatedToken,
    old: &Old<'_>,
) -> bool {
    let id = connection.server_id.as_deref().unwrap_or_default();
    let old_text = connection.token().map(ExposeSecret::expose_secret);
    let is_there = |server: &Server| {
        let url = server.text("url").and_then(|url| PlatformUrl::parse("", url).ok());
        server.text("accessToken") == old_text
            && url.is_some_and(|url| url.has_origin_of(&connection.platform))
    };
    for server in config.servers.iter_mut().filter(|server| server.id() == id || is_there(server)) {
        server.set("accessToken", Value::String(new.expose_secret().to_owned()));
        server.take("artifactoryRefreshToken");
        match created.refresh_token() {
            Some(refresh) => server.set("refreshToken", Value::String(refresh.expose_secret().to_owned())),
            None => drop(server.take("refreshToken")),
        }
    }
    let Some(server) = config.find_mut(id) else { return false };
    server.take(REPLACED_END);
    match old.fate {
        OldToken::Stays => drop(server.take(REPLACED)),
        OldToken::DiesNow => server.set(REPLACED, Value::String(old.id.to_owned())),
        OldToken::DiesAfter(seconds) => {
            server.set(REPLACED, Value::String(old.id.to_owned()));
            server.set(REPLACED_END, clock::seconds().saturating_add(seconds).into());
        }
    }
    true
}
