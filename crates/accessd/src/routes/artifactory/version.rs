//! `GET /artifactory/api/system/version`: clients ask it to learn whether a credential is good, and what
//! they may ask for.

use crate::answers;
use crate::caller::Caller;
use crate::routes::system::WIRE_VERSION;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use serde::Serialize;

#[derive(Serialize)]
struct Version {
    version: &'static str,
    revision: &'static str,
    addons: [&'static str; 0],
    license: &'static str,
}

/// Any credential that is good.
pub async fn handle(State(_): State<AppState>, Caller(_): Caller) -> Response {
    answers::json(&Version {
        version: WIRE_VERSION,
        revision: env!("CARGO_PKG_VERSION"),
        addons: [],
        license: env!("CARGO_PKG_LICENSE"),
    })
}
