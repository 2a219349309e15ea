//! The log: to stderr, as text or JSON. Requests are logged by [`crate::layers::request_log`]; no header
//! and no body ever is.

use crate::settings::{LogFormat, LogSettings};
use tracing_subscriber::EnvFilter;

/// Starts logging. Our own crates log at the level chosen; libraries only warn, since at finer levels
/// they would log what clients send.
pub fn start(settings: &LogSettings) {
    let level = &settings.level;
    let others = if level == "error" { "error" } else { "warn" };
    let filter = EnvFilter::new(format!("{others},accessd={level},access_core={level},access_store={level}"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
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

/// Logs where a panic happened. Its message is left out, because it can quote what a client sent.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "panic");
    }));
}
