//! `GET /.well-known/jwks.json`: the public keys of tokens (RFC 7517). Public.

use crate::answers;
use crate::state::AppState;
use axum::extract::State;
use axum::response::Response;
use utoipa::ToSchema;

/// A JWK set.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct JsonWebKeys {
    /// The newest first.
    keys: Vec<JsonWebKey>,
}

/// A public key: RSA with `n` and `e`, or EC with `crv`, `x` and `y`.
#[derive(ToSchema)]
#[expect(dead_code, reason = "its description is all of it that is used")]
pub(crate) struct JsonWebKey {
    /// `RSA` or `EC`.
    kty: String,
    /// Modulus.
    #[schema(required = false)]
    n: String,
    /// Exponent.
    #[schema(required = false)]
    e: String,
    /// `P-256`.
    #[schema(required = false)]
    crv: String,
    /// Coordinate.
    #[schema(required = false)]
    x: String,
    /// Coordinate.
    #[schema(required = false)]
    y: String,
    /// `sig`.
    r#use: String,
    /// `RS256` or `ES256`.
    alg: String,
    /// Key id, as in the header of tokens.
    kid: String,
    /// The root certificate: base64 of its DER.
    x5c: Vec<String>,
}

/// All keys under which tokens that still live were signed.
#[utoipa::path(
    get,
    path = "/.well-known/jwks.json",
    operation_id = "public_keys",
    tag = "system",
    summary = "The public keys of tokens (RFC 7517)",
    description = "No credential is needed.",
    security(()),
    responses(
        (status = 200, description = "All keys under which tokens that still live were signed", body = JsonWebKeys),
    )
)]
pub async fn handle(State(state): State<AppState>) -> Response {
    answers::public_json(&state.access.jwks())
}
