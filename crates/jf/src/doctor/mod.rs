//! What stands between this machine and what a command wants of a server, looked at step by step. Nothing is changed:
//! no token is renewed, and no file is written or repaired.

mod address;
mod clock_difference;
mod configuration;
mod credential;
mod finding;
mod proxy;
mod reach;
mod renewal;
mod server;
mod tls;
mod version;

pub(crate) use finding::{Check, Status};

use crate::cli::ConnectionFlags;
use crate::clock;
use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::Outcome;
use crate::expiry_notice::ExpiryNotice;
use crate::http::Network;
use crate::identity::{self, Identity};
use crate::session::{self, Session};
use credential::Rules;
use finding::Finding;

/// The checks, in their order.
const NAMES: [&str; 10] = [
    "configuration",
    "server",
    "address",
    "proxy",
    "tls",
    "reach",
    "version",
    "clock",
    "credential",
    "renewal",
];

/// What was checked so far.
#[derive(Default)]
struct Checks(Vec<Check>);

impl Checks {
    fn add(&mut self, name: &'static str, finding: Finding) {
        self.0.push(Check { name, finding });
    }

    /// Every check up to `last` that is still open is one that the first failed check stands in the way of.
    fn skip_to(&mut self, last: &str) {
        let blocking = self.0.iter().find(|check| check.finding.has_failed());
        let blocking = blocking.map_or("configuration", |check| check.name);
        let end = NAMES.iter().position(|name| *name == last).map_or(NAMES.len(), |index| index + 1);
        for name in NAMES.iter().take(end).skip(self.0.len()) {
            self.add(name, Finding::skipped(blocking));
        }
    }
}

/// Runs all checks that can be run.
///
/// # Errors
/// What is wrong with the command line or a variable, such as two sources of one secret; everything else is a finding.
pub(crate) fn examine(
    flags: ConnectionFlags,
    environment: &Environment,
    network: &Network<'_>,
) -> Outcome<Vec<Check>> {
    let notice = ExpiryNotice::of(environment)?;
    let may_renew = flags.disable_token_refresh != Some(true);
    let given = session::given(flags, environment, network)?;
    network.start_clock();
    let mut checks = Checks::default();
    let needs_configuration = given.needs_configuration(environment);
    let (finding, config) = configuration::check(environment, needs_configuration);
    checks.add("configuration", finding);
    if config.is_none() && needs_configuration {
        checks.skip_to("renewal");
        return Ok(checks.0);
    }
    let (finding, connection) = server::check(given, config.unwrap_or_default(), environment);
    checks.add("server", finding);
    let Some(connection) = connection else {
        checks.skip_to("renewal");
        return Ok(checks.0);
    };
    checks.add("address", address::check(&connection));
    let rules = Rules { notice, may_renew, now: clock::seconds() };
    let mut session = Session::on(connection, network);
    ask(&mut checks, &mut session, &rules, environment, network);
    checks.skip_to("credential");
    checks.add("renewal", renewal::check(&session.connection, &rules));
    Ok(checks.0)
}

/// The checks of the way to the server, and those that ask it, up to the first that stands in the way of the others.
fn ask(
    checks: &mut Checks,
    session: &mut Session<'_>,
    rules: &Rules,
    environment: &Environment,
    network: &Network<'_>,
) {
    // It has been said, of all addresses.
    let Connection { platform, access, artifactory, .. } = &session.connection;
    [platform, access, artifactory].iter().for_each(|address| network.knows_insecure(address));
    let (finding, way) = proxy::check(access, environment);
    checks.add("proxy", finding);
    let Some(way) = way else { return };
    let finding = tls::check(&session.connection, &way, network.transport(), environment);
    let is_usable = !finding.has_failed();
    checks.add("tls", finding);
    if !is_usable {
        return;
    }
    let (finding, heard) = reach::check(session);
    checks.add("reach", finding);
    let Some(heard) = heard else { return };
    if rules.awaits_renewal(&session.connection) {
        let versions = version::ask_as_nobody(session);
        checks.add("version", versions.finding(None, &session.connection));
        checks.add("clock", clock_difference::check(&heard));
        checks.add("credential", credential::awaiting_renewal(&session.connection));
        return;
    }
    let (versions, answer) = version::ask(session);
    let identity = identity::ask(session, answer);
    let dialect = match &identity {
        Ok(Identity::Told(dialect, _)) => Some(*dialect),
        _ => None,
    };
    checks.add("version", versions.finding(dialect, &session.connection));
    checks.add("clock", clock_difference::check(&heard));
    checks.add("credential", credential::check(identity, &session.connection, rules));
}
