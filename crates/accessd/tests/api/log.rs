//! What the log holds of requests, and what it must not.

use crate::support::{PASSWORD, TOKENS, USERS, World, request, text};
use axum::body::Body;
use axum::http::Method;
use serde_json::json;
use std::io;
use std::sync::{Arc, LazyLock, Mutex};
use tracing::Dispatch;
use tracing_subscriber::fmt::MakeWriter;

/// Where there is one subscriber only, tracing asks that of the current thread whether a line is of interest: another
/// test's thread, which has none, would switch the line off for all. So there is always a second.
static SECOND: LazyLock<Dispatch> =
    LazyLock::new(|| Dispatch::new(tracing_subscriber::fmt().with_writer(io::sink).finish()));

#[derive(Clone, Default)]
struct Captured(Arc<Mutex<Vec<u8>>>);

impl Captured {
    fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }
}

impl io::Write for Captured {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Captured {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn a_request_is_one_line_and_no_secret_is_in_it() {
    LazyLock::force(&SECOND);
    let log = Captured::default();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_ansi(false)
        .with_writer(log.clone())
        .finish();
    let _guard = tracing::subscriber::set_default(subscriber);

    let world = World::new().await;
    world.user("frog").await;
    let body =
        world.token(&json!({"username": "frog", "include_reference_token": true, "refreshable": true})).await;
    let reference = text(&body, "reference_token");
    let answer = world.get(&format!("{TOKENS}/{}?q=canary-query", text(&body, "token_id")), &reference).await;
    let id = answer.header("x-request-id").unwrap().to_owned();
    world.get("/nowhere/canary-path", &reference).await.refusal(404);
    world.get(&format!("{USERS}/canary-user"), &world.admin).await.refusal(404);
    let made_up = Method::from_bytes(b"canary-method").unwrap();
    world.call(made_up, TOKENS, &world.admin).await.refusal(405);
    let broken = request(Method::POST, TOKENS, "canary-token").header("content-type", "application/json");
    world.send(broken.body(Body::from("{\"canary-body\"")).unwrap()).await.refusal(401);

    let text_of_log = log.text();
    let line = text_of_log.lines().find(|line| line.contains(&id)).unwrap();
    for part in [
        "method=\"GET\"",
        "route=\"/access/api/v1/tokens/{id}\"",
        "status=200",
        "milliseconds=",
        "/users/frog",
    ] {
        assert!(line.contains(part), "{part} in {line}");
    }
    assert!(text_of_log.contains("route=\"(none)\" status=404"), "{text_of_log}");
    assert!(text_of_log.contains("method=\"(other)\""), "{text_of_log}");
    let secrets = ["access_token", "refresh_token", "reference_token"].map(|field| text(&body, field));
    for secret in secrets.iter().map(String::as_str).chain(["canary", PASSWORD, &world.admin]) {
        assert!(!text_of_log.contains(secret), "{secret} in the log");
    }
}

#[tokio::test]
async fn the_cause_of_a_503_is_in_the_log_under_the_request_id() {
    LazyLock::force(&SECOND);
    let log = Captured::default();
    let subscriber = tracing_subscriber::fmt().json().with_writer(log.clone()).finish();
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    world.store.fail_all(access_store::Fault::Before);
    let answer = world.get(TOKENS, &world.admin).await;
    let id = answer.header("x-request-id").unwrap();
    let text_of_log = log.text();
    let line = text_of_log.lines().find(|line| line.contains("request failed")).unwrap();
    assert!(line.contains(id) && line.contains("injected"), "{line}");
    assert!(text_of_log.lines().all(|line| serde_json::from_str::<serde_json::Value>(line).is_ok()));
}
