//! `accessd unlock`: an operator accepts that a PostgreSQL database has lost changes that were acknowledged.

use super::settings_of;
use crate::cli::UnlockArguments;
use crate::database::cannot_open;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::settings::DatabasePlace;
use access_core::clock::{Clock as _, SystemClock};
use access_core::model::{AuditAction, AuditRecord};
use access_core::random::{self, SystemSource};
use access_store::postgres::Unlocking;
use std::io::{self, BufRead as _, IsTerminal as _, Write as _};

pub(super) fn run(arguments: UnlockArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = settings_of(arguments.place, environment)?;
    let DatabasePlace::Postgres(place) = &settings.database else {
        return Err(Failure::new(format!("{} is never locked", settings.database))
            .hint("unlock is for PostgreSQL; name it with --database or database.url"));
    };
    let database = Unlocking::connect(place).map_err(|error| cannot_open(&settings.database, &error))?;
    let cannot_ask =
        |error| Failure::new(format!("cannot see whether {} is locked", settings.database)).caused_by(&error);
    let Some(reason) = database.reason().map_err(cannot_ask)? else {
        return say(&format!("{} is not locked; nothing was changed", settings.database));
    };
    say(&format!("{} is locked: {reason}", settings.database))?;
    if !arguments.yes {
        confirm(arguments.revoke_all_tokens)?;
    }
    let record = record()?;
    let done = database.unlock(&reason, arguments.revoke_all_tokens, &record).map_err(|error| {
        Failure::new(format!("cannot unlock {}", settings.database))
            .caused_by(&error)
            .hint("run the command again: it says how the database stands")
    })?;
    match done {
        Some(revoked) if arguments.revoke_all_tokens => say(&format!("unlocked; revoked {revoked} tokens")),
        Some(_) => say("unlocked"),
        None => Err(Failure::new("nothing was changed: it was unlocked, or locked anew, a moment ago")),
    }
}

fn confirm(revoke_all: bool) -> Result<(), Failure> {
    if !io::stdin().is_terminal() {
        return Err(Failure::new("nothing was changed: there is no terminal to ask at")
            .hint("find out what is missing; then run the command with --yes")
            .of_usage());
    }
    let question = match revoke_all {
        true => "Revoke every token and let all replicas go on? Type yes: ",
        false => {
            "Let all replicas go on with what is there? Tokens whose revocation is missing are valid. Type yes: "
        }
    };
    let mut answer = String::new();
    io::stderr()
        .write_all(question.as_bytes())
        .and_then(|()| io::stdin().lock().read_line(&mut answer))
        .map_err(|error| Failure::new("cannot ask").caused_by(&error))?;
    if answer.trim() == "yes" { Ok(()) } else { Err(Failure::new("nothing was changed")) }
}

fn record() -> Result<AuditRecord, Failure> {
    let clock = SystemClock::default();
    let audit_id = random::uuid_v7(&SystemSource::default(), clock.now_millis())
        .map_err(|error| Failure::new("nothing was changed: no random numbers").caused_by(&error))?;
    Ok(AuditRecord {
        audit_id,
        at: clock.now(),
        action: AuditAction::DatabaseUnlocked,
        actor: "accessd".to_owned(),
        actor_token_id: None,
        target: "database".to_owned(),
        detail: String::new(),
        asker: None,
    })
}

fn say(words: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{words}").map_err(|error| Failure::new("cannot print").caused_by(&error))
}
