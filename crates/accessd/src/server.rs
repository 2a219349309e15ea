//! HTTP/1.1 over TCP: accepts connections up to a limit, bounds what a connection may cost, and ends in
//! an orderly way.

use crate::patience::{Impatient, Progress};
use crate::shutdown::Signals;
use axum::Router;
use hyper::server::conn::http1;
use hyper::service::{Service as _, service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use hyper_util::service::TowerToHyperService;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Largest head that is read at all. hyper answers larger ones 431 without a body, so this stays a good
/// way above [`crate::layers::guard::HEAD_LIMIT`], which answers with one.
const HEAD_READ: usize = 32 * 1024;
/// Most headers that are read at all; likewise.
const HEADERS_READ: usize = 200;
/// How long a head may take to arrive, from its first byte; the first one, from the connection's beginning.
pub const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// How long a connection may stand idle between two requests.
pub const IDLE_TIMEOUT: Duration = Duration::from_secs(60);
/// How long a write may make no progress.
pub const WRITE_PATIENCE: Duration = Duration::from_secs(30);
/// How long requests in progress may go on after the service was asked to end.
pub const DRAIN_TIMEOUT: Duration = Duration::from_secs(10);

/// Serves until a signal comes; then lets requests in progress end. A second signal, or
/// [`DRAIN_TIMEOUT`], ends them.
pub async fn run(listener: TcpListener, router: Router, max_connections: usize, mut signals: Signals) {
    let graceful = GracefulShutdown::new();
    tokio::select! {
        () = accept(&listener, &router, max_connections, &graceful) => {}
        () = signals.next() => {}
    }
    drop(listener);
    tracing::info!(connections = graceful.count(), "ending");
    tokio::select! {
        () = graceful.shutdown() => tracing::info!("every request was answered"),
        () = tokio::time::sleep(DRAIN_TIMEOUT) => tracing::warn!("requests in progress were cut off"),
        () = signals.next() => tracing::warn!("second signal: requests in progress were cut off"),
    }
}

/// Accepts for ever. Who comes when all places are taken waits in the system's queue.
async fn accept(
    listener: &TcpListener,
    router: &Router,
    max_connections: usize,
    graceful: &GracefulShutdown,
) {
    let places = Arc::new(Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS)));
    // The semaphore is never closed.
    while let Ok(place) = Arc::clone(&places).acquire_owned().await {
        match listener.accept().await {
            Ok((stream, _)) => {
                tokio::spawn(serve(stream, router.clone(), graceful.watcher(), place));
            }
            Err(error) => {
                // Out of file descriptors, most likely: it passes when a connection ends.
                tracing::warn!(%error, "cannot accept a connection");
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

async fn serve(stream: TcpStream, router: Router, watcher: Watcher, place: OwnedSemaphorePermit) {
    // An answer goes out at once; without this it can wait 40 ms for an acknowledgement.
    let _ = stream.set_nodelay(true);
    let progress = Progress::default();
    let stream = Impatient::new(stream, progress.clone(), HEAD_TIMEOUT, WRITE_PATIENCE);
    let router = TowerToHyperService::new(router);
    let service = service_fn(move |request| progress.clone().of_request(router.call(request)));
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(IDLE_TIMEOUT)
        .max_headers(HEADERS_READ)
        .max_header_size(HEAD_READ)
        .max_buf_size(2 * HEAD_READ)
        .serve_connection(TokioIo::new(stream), service);
    if let Err(error) = watcher.watch(connection).await {
        tracing::debug!(%error, "connection ended early");
    }
    drop(place);
}
