//! `jf token revoke`: one token or many, each accounted for.

use super::token_filter::{check_password_has_user, filter, up_to, warn_of_unknown};
use super::token_list::write_list;
use super::token_revoke_account::{confirm, finish, say, say_what_is_dead};
use super::write_to;
use crate::addresses::Address;
use crate::cli::{SummaryFormat, TokenRevoke};
use crate::clock;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::http::Network;
use crate::json_field;
use crate::output::destination::Destination;
use crate::output::progress::Progress;
use crate::output::report::Report;
use crate::output::terminal;
use crate::output::token_list::{ListFormat, TokenList};
use crate::prompt::Prompt;
use crate::secret_input;
use crate::session::Session;
use crate::tokens::bulk_revocation::{Account, revoke_all};
use crate::tokens::filter::Order;
use crate::tokens::revocation::{self, Ended, Revoked};
use crate::tokens::{Dialect, Filter, StoredToken, listing, lookup, rotation, words};
use access_types::{Secret, opaque};
use secrecy::ExposeSecret as _;
use std::collections::HashSet;

const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
/// Who has a token's text needs nothing else.
const NEEDS_OF_VALUE: Needs = Needs { credential: NeedsCredential::Optional, ..NEEDS };
const RULE: &str = "a token revokes itself by its own text only";
/// Rows that somebody is asked to look at; more are counted.
const MOST_SHOWN: usize = 40;

/// Which tokens are to be revoked.
enum Targets {
    /// Those with these ids.
    Ids(Vec<String>),
    /// The one with this text.
    Value(Secret),
    /// The one that asks.
    Itself,
    /// All that these choose.
    Chosen(Filter),
}

/// Runs the command.
pub(super) fn run(mut flags: TokenRevoke, environment: &Environment, report: &Report) -> Outcome<()> {
    let targets = targets(&mut flags, environment, report)?;
    let needs = if matches!(targets, Targets::Value(_)) { NEEDS_OF_VALUE } else { NEEDS };
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let connection = std::mem::take(&mut flags.connection);
    let mut session = Session::open(connection, needs, environment, &network)?;
    let is_dry = flags.dry_run == Some(true);
    match targets {
        Targets::Chosen(filter) => chosen(&mut session, &filter, &flags, environment),
        Targets::Ids(ids) if is_dry => show(&mut session, &ids, environment),
        Targets::Itself if is_dry => show(&mut session, &[lookup::ME.to_owned()], environment),
        Targets::Ids(ids) => by_ids(&mut session, &ids, &flags),
        Targets::Value(value) => {
            let revoked = revocation::by_value(&mut session, &value)?;
            say(&flags, "the token", revoked)
        }
        Targets::Itself => itself(&mut session, &flags),
    }
}

/// Exactly one way to name them.
fn targets(flags: &mut TokenRevoke, environment: &Environment, report: &Report) -> Outcome<Targets> {
    let filter = filter(&flags.filter, flags.connection.user.take())?;
    check_password_has_user(&flags.connection.secrets, environment)?;
    let is_me = flags.ids == [lookup::ME];
    let is_self = flags.itself == Some(true) || is_me;
    let ways = [!flags.ids.is_empty() && !is_me, is_self, !filter.is_empty()];
    match ways.iter().filter(|given| **given).count() {
        1 => {}
        0 => {
            return Err(Failure::usage("nothing says which tokens to revoke").hint(
                "give their ids, - for a token's text on standard input, --self, or filters such as --user",
            ));
        }
        _ => {
            return Err(Failure::usage("ids, --self and filters exclude each other").hint("give one of them"));
        }
    }
    if flags.limit.is_some() && filter.is_empty() {
        return Err(Failure::usage("--limit goes with filters only"));
    }
    if is_self {
        return Ok(Targets::Itself);
    }
    if !filter.is_empty() {
        return Ok(Targets::Chosen(filter));
    }
    if flags.ids.iter().any(|id| id == "-") {
        return by_value(flags, environment, report);
    }
    if flags.ids.iter().any(|id| id == lookup::ME) {
        return Err(Failure::usage("me stands alone: after it nothing can be asked")
            .hint("revoke the others first, then jf token revoke --self"));
    }
    flags.ids.iter().try_for_each(|id| lookup::check_id(id))?;
    Ok(Targets::Ids(distinct(std::mem::take(&mut flags.ids))))
}

/// Each once, in the order that they came.
fn distinct(ids: Vec<String>) -> Vec<String> {
    let mut seen = HashSet::new();
    ids.into_iter().filter(|id| seen.insert(id.clone())).collect()
}

fn by_value(flags: &TokenRevoke, environment: &Environment, report: &Report) -> Outcome<Targets> {
    let secrets = &flags.connection.secrets;
    if secrets.access_token_stdin == Some(true) || secrets.password_stdin == Some(true) {
        return Err(Failure::usage("only one of - and the -stdin flags can read standard input").hint(
            "a token can be revoked with itself: leave the other credentials out, or use --access-token-file",
        ));
    }
    if flags.ids.len() > 1 || flags.dry_run == Some(true) {
        return Err(Failure::usage("- stands alone, without other ids and without --dry-run")
            .hint("jf token inspect --verify tells what a token is"));
    }
    let value = secret_input::token_from_stdin(environment)?;
    report.guard(&value);
    if opaque::RefreshToken::parse(&value).is_some() {
        return Err(Failure::usage("this is a refresh token")
            .hint("revoke the access token that it came with: its refresh token goes with it"));
    }
    // Who pipes an id means the id.
    Ok(match uuid::Uuid::parse_str(value.expose_secret()) {
        Ok(id) => Targets::Ids(vec![id.to_string()]),
        Err(_) => Targets::Value(value),
    })
}

fn itself(session: &mut Session<'_>, flags: &TokenRevoke) -> Outcome<()> {
    let claims = rotation::own_claims(session);
    let id = claims.as_ref().and_then(|claims| json_field::text(claims, "jti"));
    let Some(credential) = session.connection.credential.clone() else {
        return Err(Failure::new(Reason::Credentials, "there is no token that asks"));
    };
    let revoked = match revocation::with_itself(session, &credential, id)? {
        Ended::Now => Revoked::Now,
        Ended::Before => Revoked::AlreadyGone,
        Ended::Refused(answer) => return Err(session.refusal(&answer, RULE)),
    };
    say_what_is_dead(session);
    say(flags, "the token that asked", revoked)
}

fn by_ids(session: &mut Session<'_>, ids: &[String], flags: &TokenRevoke) -> Outcome<()> {
    if let [id] = ids {
        let revoked = revocation::by_id(session, id)?;
        return say(flags, id, revoked);
    }
    let own = lookup::own_id(session)?;
    let account = revoke_all(session, Dialect::Platform, ids, own.as_deref(), flags.rate, &|_| ());
    finish(&account, flags, session.report())
}

fn chosen(
    session: &mut Session<'_>,
    filter: &Filter,
    flags: &TokenRevoke,
    environment: &Environment,
) -> Outcome<()> {
    let report = session.report();
    if flags.dry_run == Some(true) {
        return list(session, filter, flags, environment);
    }
    let prompt = Prompt::new(environment, report);
    let is_agreed = flags.yes == Some(true);
    if !is_agreed && let Some(why) = prompt.why_silent() {
        return Err(Failure::usage(format!("nobody can be asked whether to revoke ({why})"))
            .hint("look at what --dry-run lists, then add --yes"));
    }
    let progress = Progress::alone(environment, report);
    let mut shown: Vec<StoredToken> = Vec::new();
    let mut ids = Vec::new();
    let at_work = |read: u64| progress.say(&format!("{} read …", words::tokens(read)));
    let walked = listing::walk(session, filter, Order::by("created", false), &at_work, &mut |token| {
        check_listed(token)?;
        if !is_agreed && shown.len() < MOST_SHOWN {
            shown.push(token.clone());
        }
        ids.push(token.id().to_owned());
        Ok(up_to(flags.limit, ids.len() as u64))
    })?;
    report.wipe();
    warn_of_unknown(walked.unknown, report);
    let ids = distinct(ids);
    if ids.is_empty() {
        report.info("no token matches, so there is nothing to revoke");
        return finish(&Account::default(), flags, report);
    }
    let own = lookup::own_id(session)?;
    if own.as_ref().is_some_and(|own| ids.contains(own)) {
        report.warn("the token that asks is among them; it is revoked last");
    }
    if !is_agreed {
        confirm(&prompt, &shown, ids.len(), environment)?;
    }
    let total = ids.len();
    let at_work = |account: &Account| progress.say(&format!("{} of {total} …", account.words()));
    let account = revoke_all(session, walked.dialect, &ids, own.as_deref(), flags.rate, &at_work);
    drop(progress);
    finish(&account, flags, report)
}

/// An id of a server's list stands in an address later, and `me` would be another token than the one that is shown.
fn check_listed(token: &StoredToken) -> Outcome<()> {
    if token.id() != lookup::ME && lookup::check_id(token.id()).is_ok() {
        return Ok(());
    }
    Err(Failure::new(Reason::Server, "the server lists a token without a proper id; nothing was revoked")
        .hint("jf token list shows it; is the address that of a JFrog platform?"))
}

/// What would be revoked, on standard output, and how many.
fn list(
    session: &mut Session<'_>,
    filter: &Filter,
    flags: &TokenRevoke,
    environment: &Environment,
) -> Outcome<()> {
    let format = match flags.format.unwrap_or_default() {
        SummaryFormat::Text => ListFormat::Table,
        SummaryFormat::Json => ListFormat::Json,
    };
    let list = TokenList::new(format, terminal::width(environment), clock::seconds());
    let order = Order::by("created", false);
    if let Some(count) = write_list(session, filter, order, flags.limit, list, &|_| ())? {
        session.report().info(&would_be_revoked(count));
    }
    Ok(())
}

fn would_be_revoked(count: u64) -> String {
    format!("{} would be revoked; nothing was changed", words::tokens(count))
}

/// The tokens with these ids, as they are.
fn show(session: &mut Session<'_>, ids: &[String], environment: &Environment) -> Outcome<()> {
    let tokens =
        ids.iter().map(|id| Ok(lookup::token(session, id)?.1)).collect::<Outcome<Vec<StoredToken>>>()?;
    let table = TokenList::table(&tokens, terminal::width(environment), clock::seconds());
    session.report().info(&would_be_revoked(tokens.len() as u64));
    write_to(Destination::Stdout, table.as_bytes())
}
