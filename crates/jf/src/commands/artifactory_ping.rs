//! `jf rt ping`: whether Artifactory answers.

use super::{refuse_surplus_with, write_to};
use crate::addresses::Address;
use crate::cli::{ArtifactoryPing, ShowFormat};
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::Outcome;
use crate::http::{Network, Request};
use crate::output::destination::Destination;
use crate::output::format::rows_as_table;
use crate::output::report::Report;
use crate::output::terminal;
use crate::session::Session;
use serde_json::json;

const NEEDS: Needs = Needs { address: Address::Artifactory, credential: NeedsCredential::Optional };
const RULE: &str = "the credentials may not ask; anybody may on most servers";

/// Runs the command.
pub(super) fn run(flags: ArtifactoryPing, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf rt ping [flags]")?;
    let destination = Destination::check(flags.output.as_deref())?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let artifactory = session.connection.artifactory.clone();
    let answer = session.send(&artifactory, Request::get(artifactory.join("api/system/ping")))?;
    let status = answer.status.as_u16();
    let body = session.expect_ok(answer, RULE)?;
    let message = String::from_utf8_lossy(&body).trim_end().to_owned();
    let text = match flags.format {
        None => report.safe(&message) + "\n",
        Some(ShowFormat::Json) => {
            terminal::pretty_json(&json!({"status_code": status, "message": message})) + "\n"
        }
        Some(ShowFormat::Table) => {
            rows_as_table([("status_code", status.to_string()), ("message", message)].into_iter())
        }
    };
    write_to(destination, text.as_bytes())
}
