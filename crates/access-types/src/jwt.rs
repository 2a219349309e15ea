//! The JWT of an access token (access-api.md 2.1): header and claims in their order, and reading one
//! without checking it.

use crate::{Audience, json::escape_for_payload};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};

/// Longest token text that is looked at, in bytes.
pub const MAX_LENGTH: usize = 8 * 1024;
/// The value of `ext` on a revocable token, as all tokens of accessd are.
pub const REVOCABLE: &str = r#"{"revocable":"true"}"#;

/// The JOSE header, in the order of the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Header {
    /// Version of the token format, the string `2`.
    pub ver: String,
    /// `JWT`.
    pub typ: String,
    /// Signature algorithm, e.g. `RS256`.
    pub alg: String,
    /// Key id: base64url, unpadded, of the SHA-256 of the root certificate's DER.
    pub kid: String,
}

/// The claims to sign, in the order of the wire.
#[derive(Debug, Clone, Serialize)]
pub struct Claims<'a> {
    /// [`REVOCABLE`].
    pub ext: &'a str,
    /// Subject.
    pub sub: &'a str,
    /// Scope.
    pub scp: &'a str,
    /// Audience.
    pub aud: &'a Audience,
    /// Issuer: the service id.
    pub iss: &'a str,
    /// Expiry, epoch seconds; absent when the token never expires.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exp: Option<u64>,
    /// Issued at, epoch seconds.
    pub iat: u64,
    /// Token id.
    pub jti: &'a str,
}

impl Claims<'_> {
    /// The payload's JSON text, free of everything that a standard-alphabet decoder would stumble over.
    pub fn to_payload(&self) -> String {
        // A struct of strings and numbers always serialises.
        escape_for_payload(&serde_json::to_string(self).unwrap_or_default())
    }
}

/// What a JWT says, whoever signed it: **not verified**.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unverified {
    /// The header as JSON.
    pub header: serde_json::Map<String, serde_json::Value>,
    /// The claims as JSON.
    pub claims: serde_json::Map<String, serde_json::Value>,
}

/// Why a text is not a JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAJwt {
    /// Longer than [`MAX_LENGTH`].
    #[error("it is longer than {MAX_LENGTH} bytes")]
    TooLong,
    /// Not three parts of the base64url alphabet with two dots between them.
    #[error("it is not three base64url parts with dots between")]
    Form,
    /// Header or payload is not a JSON object without repeated keys.
    #[error("its header or payload is not a JSON object")]
    Json,
}

/// Cuts a compact JWS into header, payload and signature, each still encoded.
///
/// # Errors
/// [`NotAJwt`] if it is too long or not of the form; nothing is decoded or allocated before that is known.
pub fn split(token: &str) -> Result<[&str; 3], NotAJwt> {
    if token.len() > MAX_LENGTH {
        return Err(NotAJwt::TooLong);
    }
    let mut parts = token.split('.');
    match (parts.next(), parts.next(), parts.next(), parts.next()) {
        (Some(header), Some(payload), Some(signature), None)
            if [header, payload, signature].iter().all(|part| !part.is_empty() && is_base64url(part)) =>
        {
            Ok([header, payload, signature])
        }
        _ => Err(NotAJwt::Form),
    }
}

/// Without an early end, so that the compiler looks at many bytes at once: every check of a token comes by here.
fn is_base64url(text: &str) -> bool {
    let legal = |byte| matches!(byte, b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_');
    text.bytes().fold(true, |all, byte| all & legal(byte))
}

/// Reads a JWT without checking its signature.
///
/// # Errors
/// [`NotAJwt`] if the text is not one.
pub fn decode_unverified(token: &str) -> Result<Unverified, NotAJwt> {
    let [header, payload, _] = split(token)?;
    let object = |part: &str| {
        let text = URL_SAFE_NO_PAD.decode(part).map_err(|_| NotAJwt::Form)?;
        crate::json::parse_object(&text).map_err(|_| NotAJwt::Json)
    };
    Ok(Unverified { header: object(header)?, claims: object(payload)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn claims_stand_in_the_order_of_the_wire() {
        let audience = Audience::all();
        let claims = Claims {
            ext: REVOCABLE,
            sub: "jfac@x/users/frog",
            scp: "applied-permissions/user",
            aud: &audience,
            iss: "jfac@x",
            exp: Some(2),
            iat: 1,
            jti: "id",
        };
        assert_eq!(
            claims.to_payload(),
            r#"{"ext":"{\"revocable\":\"true\"}","sub":"jfac@x/users/frog","scp":"applied-permissions/user","aud":"*@*","iss":"jfac@x","exp":2,"iat":1,"jti":"id"}"#
        );
        assert!(!Claims { exp: None, ..claims }.to_payload().contains("exp"));
    }

    #[test]
    fn only_three_parts_are_a_jwt() {
        for bad in
            ["", "a", "a.b", "a.b.c.d", "a..c", "a.b.", "a.b.c=", "a.b. c", ".....", &".".repeat(1 << 20)]
        {
            assert!(decode_unverified(bad).is_err());
        }
        assert_eq!(decode_unverified("e30.e30.eA").unwrap().claims.len(), 0);
    }

    proptest! {
        #[test]
        fn reading_never_panics(text in "[A-Za-z0-9._-]{0,60}") {
            let _ = decode_unverified(&text);
        }
    }
}
