//! The log: to stderr, as text or JSON. Requests are logged by [`crate::layers::request_log`]; no header
//! and no body ever is.

use crate::settings::{LogFormat, LogSettings};
use std::fs::File;
use std::os::fd::AsFd as _;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt::writer::BoxMakeWriter;

/// Starts logging. Our own crates log at the level chosen; libraries only warn, since at finer levels
/// they would log what clients send.
pub fn start(settings: &LogSettings) {
    let level = &settings.level;
    let others = if level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{others},accessd={level},access_core={level},access_store={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(stderr())
        .with_ansi(false)
        // It would print to stderr that stderr is gone, and panic: `accessd serve 2>&1 | head -1` must not
        // end the service.
        .log_internal_errors(false);
    // The second call in one process fails, which happens in tests only.
    let _ = match settings.format {
        LogFormat::Text => builder.try_init(),
        LogFormat::Json => builder.json().flatten_event(true).with_span_list(false).try_init(),
    };
    log_panics();
}

/// Standard error without the lock of the standard library, under which each thread would wait while another one's line
/// is written: a line is one write, which the system does not mix with another.
fn stderr() -> BoxMakeWriter {
    match std::io::stderr().as_fd().try_clone_to_owned() {
        Ok(descriptor) => BoxMakeWriter::new(Arc::new(File::from(descriptor))),
        Err(_) => BoxMakeWriter::new(std::io::stderr),
    }
}

/// Logs where a panic happened. Its message is left out, because it can quote what a client sent.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
