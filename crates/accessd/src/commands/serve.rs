//! `accessd serve`: runs the service until a signal ends it.

use super::{runtime, wrong_settings};
use crate::cli::ServeArguments;
use crate::data_folder::DataFolder;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::opening::{self, Opened};
use crate::outbound::HttpsDocuments;
use crate::settings::Settings;
use crate::shutdown::Signals;
use crate::state::AppState;
use crate::{cleaning, last_used, listener, logging, past_due, router, server};
use access_store::ServeLock;
use std::io::Write as _;
use std::sync::Arc;

pub(super) fn run(arguments: &ServeArguments, environment: &Environment) -> Result<(), Failure> {
    let settings = Settings::gather(arguments, environment).map_err(wrong_settings)?;
    logging::start(&settings.log);
    let runtime = runtime()?;
    let result = runtime.block_on(serve(&settings, environment));
    // Whatever still runs was given its time.
    runtime.shutdown_background();
    result
}

async fn serve(settings: &Settings, environment: &Environment) -> Result<(), Failure> {
    let folder = DataFolder::open(&settings.data_dir)?;
    let _lock = ServeLock::acquire(folder.path()).map_err(|error| {
        Failure::new(format!("cannot serve {}", folder.path().display())).caused_by(&error)
    })?;
    // Bound before the state is opened: a first start whose address is taken must leave nothing behind.
    let listener = listener::bind(&settings.server).await?;
    let address = listener
        .local_addr()
        .map_err(|error| Failure::new("cannot tell the address listened on").caused_by(&error))?;
    let here = format!("http://{address}");
    let url = settings.server.base_url.as_deref().unwrap_or(&here);
    let documents = Arc::new(HttpsDocuments::new(&settings.oidc)?);
    let Opened { access, database } = opening::open(settings, &folder, environment, Some(url)).await?;
    let access = access.with_provider_documents(documents);

    let signals = Signals::take_over()
        .map_err(|error| Failure::new("cannot take over the signals").caused_by(&error))?;
    let cleaner = tokio::spawn(cleaning::run(access.clone()));
    let past_due = tokio::spawn(past_due::run(access.clone()));
    let uses = tokio::spawn(last_used::run(access.clone()));
    let router = router::router(AppState::new(access.clone(), settings.server.base_url.clone()));
    // As one write, which no line of the log gets into. Nobody may be listening; the service is there all the same.
    let _ = std::io::stderr().write_all(format!("listening on {here}\n").as_bytes());
    let result = tokio::select! {
        () = server::run(listener, router, settings.server.max_connections, signals) => Ok(()),
        // Nothing can be made durable any more in this process: a new one finds out what is on the disk.
        why = database.broken() => Err(Failure::new("the database can no longer be written").caused_by(&Broken(why))),
    };
    cleaner.abort();
    past_due.abort();
    uses.abort();
    last_used::finish(&access).await;
    database.close();
    result
}

/// Why the database broke down.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Broken(String);
