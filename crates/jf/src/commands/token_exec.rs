//! `jf token exec`: a program with a token that lives no longer than it.

use super::access_token_create::with_username;
use crate::addresses::Address;
use crate::cli::TokenExec;
use crate::connection::{Needs, NeedsCredential};
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::http::Network;
use crate::interrupt;
use crate::output::format::CreatedToken;
use crate::output::report::Report;
use crate::session::Session;
use crate::tokens::{creation, revocation};
use access_types::{Secret, TokenRequest};
use secrecy::ExposeSecret as _;
use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::process::{Child, Command, ExitCode, ExitStatus};

const USAGE: &str = "jf token exec [flags] -- COMMAND [ARGUMENTS]";
const NEEDS: Needs = Needs { address: Address::Platform, credential: NeedsCredential::Required };
/// Seconds that the token lives where nothing else is asked for.
const USUAL_LIFETIME: u64 = 3600;
const USUAL_DESCRIPTION: &str = "jf token exec";
const NOT_FOUND: u8 = 127;
const NOT_RUN: u8 = 126;

/// Runs the command; the exit code is that of the program.
pub(super) fn run(flags: TokenExec, environment: &Environment, report: &Report) -> Outcome<ExitCode> {
    if !flags.surplus.is_empty() {
        return Err(Failure::usage("the command stands behind --").hint(format!("usage: {USAGE}")));
    }
    let [program, arguments @ ..] = flags.command.as_slice() else {
        return Err(Failure::usage("no command is given").hint(format!("usage: {USAGE}")));
    };
    flags.env.iter().try_for_each(|name| check_variable(name))?;
    let wanted = creation::wanted(&flags.wanted)?;
    if wanted.expires_in == Some(0) {
        return Err(Failure::usage(
            "--expiry: the token must have an end, which a jf that is killed cannot bring",
        )
        .hint("give as long as the program may run, e.g. --expiry 12h"));
    }
    let wants_reference = flags.reference == Some(true);
    let request = TokenRequest {
        expires_in: wanted.expires_in.or(Some(USUAL_LIFETIME)),
        description: wanted.description.clone().or_else(|| Some(USUAL_DESCRIPTION.to_owned())),
        include_reference_token: wants_reference.then_some(true),
        // Otherwise a platform does not revoke what lives for less than six hours.
        force_revocable: Some(true),
        ..wanted
    };
    let network = Network::of(&flags.connection.transport, environment, report)?;
    let mut session = Session::open(flags.connection, NEEDS, environment, &network)?;
    let request = with_username(request, None, &session.connection)?;

    // From here on there may be a token, so nothing may end this process before it is dealt with.
    interrupt::note();
    let created = creation::create(&mut session, &request, None)?;
    let token = created.token(wants_reference);
    created.secrets().for_each(|secret| report.mask_new(&secret));
    let status = match interrupt::noted() {
        Some(_) => None,
        None => {
            let mut command = Command::new(program);
            command.args(arguments);
            put_into_environment(&mut command, &token, session.connection.platform.as_str(), &flags.env);
            Some(run_to_the_end(command))
        }
    };
    interrupt::note();
    revoke(&mut session, &created);
    match status {
        Some(Ok(status)) => Ok(pass_on(status)),
        Some(Err(error)) => Ok(not_run(program, &error, report)),
        None => interrupt::end_as(interrupt::noted().unwrap_or_default()),
    }
}

fn check_variable(name: &str) -> Outcome<()> {
    let is_legal = !name.is_empty()
        && !name.starts_with(|c: char| c.is_ascii_digit())
        && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
    if is_legal {
        return Ok(());
    }
    // The value of a mistyped NAME=VALUE may be a secret.
    Err(Failure::usage("--env takes the name of a variable: letters, digits and _")
        .hint("the token becomes its value, e.g. --env ARTIFACTORY_TOKEN"))
}

fn put_into_environment(command: &mut Command, token: &Secret, url: &str, names: &[String]) {
    command.env_remove("JF_USER").env_remove("JF_PASSWORD").env("JF_URL", url);
    for name in names.iter().map(String::as_str).chain(["JF_ACCESS_TOKEN"]) {
        command.env(name, token.expose_secret());
    }
}

fn run_to_the_end(mut command: Command) -> io::Result<ExitStatus> {
    let mut child: Child = command.spawn()?;
    interrupt::pass_on_to(child.id());
    child.wait()
}

fn revoke(session: &mut Session<'_>, created: &CreatedToken) {
    session.restart_clock();
    if let Err(failure) = revocation::of_created(session, created) {
        session.report().warn(&format!(
            "the token could not be revoked: {failure}; do so yourself: jf token revoke {}",
            created.id().unwrap_or_default()
        ));
    }
}

fn not_run(program: &OsString, error: &io::Error, report: &Report) -> ExitCode {
    let is_missing = error.kind() == ErrorKind::NotFound;
    let hint =
        if is_missing { "check its name and PATH" } else { "check that it is a program, and may be run" };
    report.failure(&Failure::usage(format!("cannot run {}: {error}", program.to_string_lossy())).hint(hint));
    ExitCode::from(if is_missing { NOT_FOUND } else { NOT_RUN })
}

/// As the shell would see the program itself end.
fn pass_on(status: ExitStatus) -> ExitCode {
    if let Some(code) = status.code() {
        return ExitCode::from(u8::try_from(code).unwrap_or(u8::MAX));
    }
    #[cfg(unix)]
    if let Some(signal) = std::os::unix::process::ExitStatusExt::signal(&status) {
        if interrupt::ENDS.contains(&signal) {
            interrupt::end_as(signal);
        }
        return ExitCode::from(u8::try_from(128 + signal).unwrap_or(u8::MAX));
    }
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_has_a_name_and_a_value_is_not_repeated() {
        for name in ["A", "_a1", "ARTIFACTORY_TOKEN"] {
            assert_eq!(check_variable(name), Ok(()));
        }
        for name in ["", "1A", "A-B", "A=canary", "Ä"] {
            assert!(!check_variable(name).unwrap_err().message.contains("canary"));
        }
    }
}
