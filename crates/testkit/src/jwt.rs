//! Taking tokens apart and putting forged ones together.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::Value;

/// The header of a JWT, as JSON.
///
/// # Panics
/// If it is not a JWT.
#[track_caller]
pub fn header(token: &str) -> Value {
    serde_json::from_slice(&part(token, 0)).expect("the header is JSON")
}

/// The claims of a JWT, as JSON.
///
/// # Panics
/// If it is not a JWT.
#[track_caller]
pub fn claims(token: &str) -> Value {
    serde_json::from_str(&payload_json(token)).expect("the payload is JSON")
}

/// The payload of a JWT as the very text that was signed.
///
/// # Panics
/// If it is not a JWT.
#[track_caller]
pub fn payload_json(token: &str) -> String {
    String::from_utf8(part(token, 1)).expect("the payload is text")
}

/// The token with other claims under the old signature.
pub fn with_claims(token: &str, claims: &Value) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{}.{}", parts[0], encode(claims), parts[2])
}

/// The token with another header under the old signature.
pub fn with_header(token: &str, header: &Value) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    format!("{}.{}.{}", encode(header), parts[1], parts[2])
}

/// A token of this header and these claims, signed by `sign`, which gets the signing input.
pub fn resigned(header: &Value, claims: &Value, sign: impl FnOnce(&str) -> Vec<u8>) -> String {
    let input = format!("{}.{}", encode(header), encode(claims));
    let signature = URL_SAFE_NO_PAD.encode(sign(&input));
    format!("{input}.{signature}")
}

fn encode(json: &Value) -> String {
    URL_SAFE_NO_PAD.encode(json.to_string())
}

#[track_caller]
fn part(token: &str, at: usize) -> Vec<u8> {
    let parts: Vec<&str> = token.split('.').collect();
    assert_eq!(parts.len(), 3, "a JWT has three parts: {token}");
    URL_SAFE_NO_PAD.decode(parts[at]).expect("the part is base64url")
}
