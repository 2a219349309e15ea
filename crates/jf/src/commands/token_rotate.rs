//! `jf token rotate`: a new token like the old one, handed over before the old one dies.

use super::token_result::TokenResult;
use super::wrong_number;
use crate::addresses::Address;
use crate::cli::TokenRotate;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::Network;
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::session::Session;
use crate::tokens::rotation::{self, Additions, OldToken};
use crate::tokens::{configured_rotation, creation, lookup, words};
use access_types::TokenRequest;

const USAGE: &str = "jf token rotate ID|--self [flags]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
/// Seconds of the longest grace.
const LONGEST_GRACE: u64 = 30 * 24 * 3600;

/// An old token, what shall take its place, and what shall become of it.
struct Rotation {
    old_id: String,
    request: TokenRequest,
    /// Whether the old token is the one that asks.
    is_own: bool,
    fate: OldToken,
}

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
    let additions = Additions { audience, reference: flags.reference };
    if session.connection.server_id.is_some() {
        configured_rotation::finish_interrupted(&mut session, environment)?;
    }
    let rotation = plan(&mut session, target, grace, additions)?;
    let created = if rotation.is_own && session.connection.server_id.is_some() {
        in_configuration(&mut session, &rotation, is_wanted.then_some(result), environment)?
    } else {
        handed_over(&mut session, &rotation, result)?
    };
    report.info(&summary(&rotation, &created));
    Ok(())
}

/// Hands the new token over, and ends the old one.
fn handed_over(session: &mut Session<'_>, rotation: &Rotation, result: TokenResult) -> Outcome<CreatedToken> {
    let Rotation { request, old_id, fate, .. } = rotation;
    let created = rotation::successor(session, request, old_id)?;
    rotation::check_accepted(session, request, &created)?;
    write(session, &created, request, result).inspect_err(|_| rotation::take_back(session, &created))?;
    rotation::end(session, old_id, *fate, &created)?;
    Ok(created)
}

/// Puts the new token into the configuration, from where the old one came, and ends that.
fn in_configuration(
    session: &mut Session<'_>,
    rotation: &Rotation,
    result: Option<TokenResult>,
    environment: &Environment,
) -> Outcome<CreatedToken> {
    let Rotation { request, old_id, fate, .. } = rotation;
    let created = configured_rotation::replace(session, request, old_id, environment)?;
    if let Some(result) = result {
        write(session, &created, request, result)?;
    }
    rotation::end(session, old_id, *fate, &created)?;
    configured_rotation::forget_old(session, environment)?;
    Ok(created)
}

fn write(
    session: &Session<'_>,
    created: &CreatedToken,
    request: &TokenRequest,
    result: TokenResult,
) -> Outcome<()> {
    let wants_reference = request.include_reference_token == Some(true);
    result.write(created, session.connection.platform.as_str(), wants_reference, session.report())
}

fn summary(rotation: &Rotation, created: &CreatedToken) -> String {
    let (old, new) = (&rotation.old_id, created.id().unwrap_or("not known"));
    let fate = match rotation.fate {
        OldToken::DiesNow => "was revoked".to_owned(),
        OldToken::DiesAfter(seconds) => format!("will be revoked in {}", words::span(seconds)),
        OldToken::Stays => "stays good".to_owned(),
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
    let own = lookup::own_id(session);
    let is_own = target.is_none() || target == own;
    let (dialect, old) = lookup::token(session, target.as_deref().unwrap_or(lookup::ME))?;
    let claims = if is_own { rotation::own_claims(session) } else { None };
    // A token that is none of the server's JWTs is a reference token, and its successor shall be one too.
    let is_reference = is_own && session.connection.token().is_some() && claims.is_none();
    let additions =
        Additions { reference: additions.reference.or(is_reference.then_some(true)), ..additions };
    let request = rotation::request(&old, claims.as_ref(), additions)?;
    let fate = OldToken::after(grace, dialect);
    if fate == OldToken::Stays {
        session.report().warn(&format!(
            "this platform cannot revoke a token later, so the old one stays good; revoke it when the new one is in \
             place: jf token revoke {}",
            old.id()
        ));
    }
    Ok(Rotation { old_id: old.id().to_owned(), request, is_own, fate })
}
