//! `GET /.well-known/jwks.json`: the public keys of tokens (RFC 7517). Public.

use crate::answers;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;

/// All keys under which tokens that still live were signed.
pub async fn handle(State(state): State<AppState>) -> Response {
    answers::public_json(&state.access.jwks())
}
