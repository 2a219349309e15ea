//! `jf doctor`: the checks, printed; the exit code is that of the first one that failed.

use super::{refuse_surplus_with, write_to};
use crate::cli::{Doctor, ShowFormat};
use crate::doctor::{Check, Status, examine};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::Network;
use crate::output::destination::Destination;
use crate::output::report::Report;
use crate::output::terminal;
use serde_json::{Map, Value, json};

/// Runs the command.
pub(super) fn run(flags: Doctor, environment: &Environment, report: &Report) -> Outcome<()> {
    refuse_surplus_with(&flags.surplus, "No arguments should be sent.", "jf doctor [flags]")?;
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let checks = examine(flags.connection, environment, &network)?;
    let failure = failure(&checks);
    let is_json = match flags.format {
        Some(format) => format == ShowFormat::Json,
        // Whoever wants failures as JSON gets this one so.
        None => failure.is_some() && environment.wants_json_errors(),
    };
    let text = if is_json { as_json(&checks, failure.is_none(), report) } else { as_table(&checks, report) };
    write_to(Destination::Stdout, text.as_bytes())?;
    failure.map_or(Ok(()), Err)
}

fn failure(checks: &[Check]) -> Option<Failure> {
    let failed = checks.iter().filter_map(|check| match check.finding.status {
        Status::Fail(reason) => Some((check.name, reason)),
        _ => None,
    });
    let (names, reasons): (Vec<_>, Vec<_>) = failed.unzip();
    let reason = reasons.first()?;
    let message = format!("{} of {} checks failed: {}", names.len(), checks.len(), names.join(", "));
    Some(Failure { is_told: true, ..Failure::new(*reason, message) })
}

fn as_table(checks: &[Check], report: &Report) -> String {
    let width = checks.iter().map(|check| check.name.len()).max().unwrap_or_default() + 2;
    let mut table = format!("STATUS   {:width$}FOUND\n", "CHECK");
    let mut line = |status: &str, name: &str, text: &str| {
        let text = terminal::safe_line(&report.safe(text));
        table.push_str(&format!("{status:9}{name:width$}{text}\n"));
    };
    for Check { name, finding } in checks {
        let status = match finding.status {
            // The one word that has to be seen.
            Status::Fail(_) => "FAIL",
            other => other.word(),
        };
        line(status, name, &finding.found());
        finding.next().iter().for_each(|next| line("", "", &format!("next: {next}")));
    }
    table
}

fn as_json(checks: &[Check], is_ok: bool, report: &Report) -> String {
    let entries: Vec<Value> = checks
        .iter()
        .map(|Check { name, finding }| {
            let mut entry = Map::new();
            entry.insert("check".to_owned(), (*name).into());
            entry.insert("status".to_owned(), finding.status.word().into());
            entry.insert("found".to_owned(), report.redact(&finding.found()).into());
            let next = finding.next();
            if !next.is_empty() {
                entry.insert("next".to_owned(), report.redact(&next.join("\n")).into());
            }
            Value::Object(entry)
        })
        .collect();
    terminal::pretty_json(&json!({"checks": entries, "ok": is_ok})) + "\n"
}
