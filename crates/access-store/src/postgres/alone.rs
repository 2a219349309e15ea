//! One connection for a command of an operator, beside or without a service: nothing in it has a time limit.

use super::connect::Connector;
use super::open::UNLIMITED;
use super::session::Session;
use super::settings::PostgresSettings;
use crate::migrations;
use crate::sql::error::{Error, Result};
use std::rc::Rc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// As good as no limit; a line that was cut is noticed without one.
const FOREVER: Duration = Duration::from_secs(365 * 24 * 3600);

/// Connects. Blocks, so not to be called inside a tokio runtime.
pub(crate) fn connect(settings: &PostgresSettings) -> Result<Session> {
    session(&runtime()?, settings)
}

/// The same with the schema brought up to date first.
pub(crate) fn connect_migrated(settings: &PostgresSettings) -> Result<Session> {
    let runtime = runtime()?;
    let connector = connector(settings)?;
    let migrated = runtime.block_on(super::migrate::run(&connector, migrations::POSTGRES));
    migrated.map_err(|error| Error::Unavailable(error.to_string()))?;
    session(&runtime, settings)
}

fn session(runtime: &Rc<Runtime>, settings: &PostgresSettings) -> Result<Session> {
    Session::open(runtime, &connector(settings)?, FOREVER)
}

fn connector(settings: &PostgresSettings) -> Result<Connector> {
    Connector::new(settings.clone(), UNLIMITED).map_err(|error| Error::Unavailable(error.to_string()))
}

fn runtime() -> Result<Rc<Runtime>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    runtime.map(Rc::new).map_err(|error| Error::Unavailable(format!("cannot start: {error}")))
}
