//! `jf token rotate`: a new token like the old one, handed over before the old one dies.

use super::token_result::TokenResult;
use super::wrong_number;
use crate::addresses::Address;
use crate::cli::TokenRotate;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::output::destination::NotWritten;
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::session::Session;
use crate::tokens::configured_rotation::Old;
use crate::tokens::rotation::{self, Additions, OldToken};
use crate::tokens::{Dialect, configured_rotation, creation, lookup, words};
use access_types::TokenRequest;

const USAGE: &str = "jf token rotate ID|--self [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
/// Seconds of the longest grace.
const LONGEST_GRACE: u64 = 30 * 24 * 3600;

/// An old token, what shall take its place, and what shall become of it.
struct Rotation {
    old_id: String,
    dialect: Dialect,
    request: TokenRequest,
    /// Whether the old token is the one that asks.
    is_own: bool,
    fate: OldToken,
}

/// The new token, and when the old one will be revoked, epoch seconds, if it was put off.
type Rotated = (CreatedToken, Option<u64>);

/// Runs the command.
pub(super) fn run(flags: TokenRotate, environment: &Environment, report: &Report) -> Outcome<()> {
    let target = target(&flags)?;
    let grace = flags.grace.unwrap_or_default();
    if grace > LONGEST_GRACE {
        return Err(Failure::usage("--grace: at most 30d")
            .hint("revoke the old token yourself, later: jf token revoke"));
    }
    let audience = creation::audience(flags.audience.clone())?;
    let result = match flags.overwrite {
        Some(true) => TokenResult::check_replacing(&flags.output)?,
        _ => TokenResult::check(&flags.output)?,
    };
    let is_wanted = flags.output.format.is_some() || flags.output.file.is_some();
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let open = if target.is_none() { Session::open_to_replace } else { Session::open };
    let mut session = open(flags.connection, NEEDS, environment, &network)?;
    session.stop_renewing();
    if session.connection.server_id.is_some() {
        configured_rotation::finish_interrupted(&mut session, environment)?;
    }
    let additions = Additions { audience, reference: flags.reference, ..Additions::default() };
    let rotation = plan(&mut session, target, grace, additions)?;
    let (created, due) = if rotation.is_own && session.connection.server_id.is_some() {
        in_configuration(&mut session, &rotation, is_wanted.then_some(result), environment)?
    } else {
        handed_over(&mut session, &rotation, result)?
    };
    report.info(&summary(&rotation, &created, due));
    Ok(())
}

/// Hands the new token over, and ends the old one.
fn handed_over(session: &mut Session<'_>, rotation: &Rotation, result: TokenResult) -> Outcome<Rotated> {
    let Rotation { request, old_id, fate, dialect, .. } = rotation;
    // Whoever finds this interrupted, with the new token in the old one's file, has to know what to revoke.
    session.report().info(&format!("replacing the token {old_id}"));
    let created = rotation::accepted_successor(session, request, old_id, *dialect)?;
    write(session, &created, request, result).map_err(|problem| match problem {
        NotWritten::Lost(why) => {
            let failure = Failure::new(Reason::Failed, format!("the new token could not be written: {why}"));
            rotation::not_handed_over(session, *dialect, &created, failure)
        }
        NotWritten::Elsewhere { file, why } => {
            let file = file.display();
            let words =
                format!("the new token is in {file} instead of --output: {why}; the old one works as before");
            Failure::new(Reason::Failed, words).hint(format!(
                "move {file} to where it should be, then revoke the old one: jf token revoke {old_id}"
            ))
        }
    })?;
    let due = rotation::end(session, old_id, *fate, &created)?;
    Ok((created, due))
}

/// Puts the new token into the configuration, from where the old one came, and ends that.
fn in_configuration(
    session: &mut Session<'_>,
    rotation: &Rotation,
    result: Option<TokenResult>,
    environment: &Environment,
) -> Outcome<Rotated> {
    let Rotation { request, old_id, fate, dialect, .. } = rotation;
    let old = Old { id: old_id, fate: *fate, dialect: *dialect };
    let created = configured_rotation::replace(session, request, &old, environment)?;
    if let Some(result) = result {
        write(session, &created, request, result).map_err(|problem| {
            let (NotWritten::Lost(why) | NotWritten::Elsewhere { why, .. }) = problem;
            let words =
                format!("the new token is in the configuration, but could not be written besides: {why}");
            Failure::new(Reason::Failed, words).hint(format!(
                "both tokens work; jf token rotate gives another one, and ends the old one, {old_id}"
            ))
        })?;
    }
    let due = rotation::end(session, old_id, *fate, &created)?;
    configured_rotation::forget_old(session, old_id, environment)?;
    Ok((created, due))
}

fn write(
    session: &Session<'_>,
    created: &CreatedToken,
    request: &TokenRequest,
    result: TokenResult,
) -> Result<(), NotWritten> {
    let wants_reference = request.include_reference_token == Some(true);
    result.try_write(created, session.connection.platform.as_str(), wants_reference, session.report())
}

fn summary(rotation: &Rotation, created: &CreatedToken, due: Option<u64>) -> String {
    let (old, new) = (&rotation.old_id, created.id().unwrap_or("not known"));
    let fate = match (rotation.fate, due) {
        (OldToken::Stays, _) => "stays good".to_owned(),
        (_, Some(due)) => format!("will be revoked at {}", words::utc(due)),
        (_, None) => "was revoked".to_owned(),
    };
    format!("the new token is {new}; the old one, {old}, {fate}")
}

fn target(flags: &TokenRotate) -> Outcome<Option<String>> {
    let id = flags.id.clone().filter(|id| !id.is_empty());
    match (id, flags.itself == Some(true)) {
        _ if !flags.surplus.is_empty() => Err(wrong_number(1 + flags.surplus.len(), USAGE)),
        (Some(_), true) => {
            Err(Failure::usage("ID and --self exclude each other").hint(format!("usage: {USAGE}")))
        }
        (None, false) => Err(wrong_number(0, USAGE)),
        (None, true) => Ok(None),
        (Some(id), false) => lookup::check_id(&id).map(|()| Some(id).filter(|id| id != lookup::ME)),
    }
}

/// What is known of the old token, turned into what is asked for. `target` is its id; absent: the one that asks.
fn plan(
    session: &mut Session<'_>,
    target: Option<String>,
    grace: u64,
    additions: Additions,
) -> Outcome<Rotation> {
    let is_own = match &target {
        None => true,
        Some(id) => lookup::own_id(session)?.as_ref() == Some(id),
    };
    if is_own
        && let Some(server) =
            session.connection.server_id.as_ref().filter(|_| session.connection.token().is_none())
    {
        return Err(Failure::usage(format!("server '{server}' of the configuration has no access token to replace")).hint(
            "a reference token in the place of the password works, but is not rotated there: keep it as the access token \
             (jf config edit)",
        ));
    }
    let (dialect, old) = lookup::token(session, target.as_deref().unwrap_or(lookup::ME))?;
    let claims = if is_own { rotation::own_claims(session) } else { None };
    // A token that is none of the server's JWTs is a reference token, and its successor shall be one too.
    let is_reference = is_own && session.connection.token().is_some() && claims.is_none();
    let additions = Additions {
        reference: additions.reference.or(is_reference.then_some(true)),
        refreshable: is_own && session.connection.renewal.is_some(),
        claims,
        is_own,
        ..additions
    };
    let request = rotation::request(&old, additions)?;
    let fate = OldToken::after(grace, dialect);
    if fate == OldToken::Stays {
        session.report().warn(&format!(
            "this platform cannot revoke a token later, so the old one stays good; revoke it when the new one is in \
             place: jf token revoke {}",
            old.id()
        ));
    }
    Ok(Rotation { old_id: old.id().to_owned(), dialect, request, is_own, fate })
}
