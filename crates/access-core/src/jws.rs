//! Compact JWS (RFC 7515) over our keys. The header of a key is one fixed text, so a token is ours only
//! if its encoded header is that text to the letter: no algorithm, key id or header field is ever
//! taken from the token.

use crate::error::AuthenticationError;
use crate::model::TokenRecord;
use crate::signing_key::{SigningFailed, SigningKey};
use access_types::json;
use access_types::jwt::{self, Header};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;

/// The claims of a verified token. The token's row must say the same: who can write to the database, but
/// has no signing key, cannot widen a token.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub(crate) struct VerifiedClaims {
    pub(crate) jti: uuid::Uuid,
    pub(crate) iss: String,
    #[serde(default)]
    pub(crate) exp: Option<u64>,
    iat: u64,
    /// None of ours has one: it is read so that one of a wrong type does not pass for none.
    #[serde(default)]
    nbf: Option<u64>,
    sub: String,
    scp: String,
    aud: OneOrSeveral,
}

/// RFC 7519 section 4.1.3.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(untagged)]
enum OneOrSeveral {
    One(String),
    Several(Vec<String>),
}

impl VerifiedClaims {
    /// Whether the row `token` says the same about subject, scope, audience and times.
    pub(crate) fn agree_with(&self, token: &TokenRecord) -> bool {
        let same_audience = match &self.aud {
            OneOrSeveral::One(only) => *only == token.audience,
            OneOrSeveral::Several(ids) => ids.join(" ") == token.audience,
        };
        let same_times = self.exp == token.expires_at && self.iat == token.issued_at && self.nbf.is_none();
        same_audience && same_times && self.sub == token.subject && self.scp == token.scope
    }
}

/// The encoded header of every token signed by `key`.
pub(crate) fn encoded_header(key: &SigningKey) -> String {
    let header = Header {
        ver: "2".to_owned(),
        typ: "JWT".to_owned(),
        alg: key.algorithm().to_owned(),
        kid: key.kid.clone(),
    };
    // A struct of strings always serialises.
    URL_SAFE_NO_PAD.encode(serde_json::to_string(&header).unwrap_or_default())
}

/// Signs `payload` (JSON text) under `header`, as [`encoded_header`] made it for `key`.
pub(crate) fn sign(header: &str, payload: &str, key: &SigningKey) -> Result<String, SigningFailed> {
    let mut token = String::with_capacity(header.len() + payload.len() * 4 / 3 + 700);
    token.push_str(header);
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(payload, &mut token);
    let signature = key.sign(token.as_bytes())?;
    token.push('.');
    URL_SAFE_NO_PAD.encode_string(signature, &mut token);
    Ok(token)
}

/// Checks form and signature, and reads the claims. Expiry and revocation are the caller's to check.
///
/// # Errors
/// [`AuthenticationError::Malformed`] if it is no JWT at all, [`AuthenticationError::Signature`] if it is
/// not one of ours or was changed.
pub(crate) fn verify<'k>(
    token: &str,
    key_of: impl FnOnce(&str) -> Option<&'k SigningKey>,
) -> Result<VerifiedClaims, AuthenticationError> {
    let [header, payload, signature] = jwt::split(token).map_err(|_| AuthenticationError::Malformed)?;
    let key = key_of(header).ok_or(AuthenticationError::Signature)?;
    let signature = URL_SAFE_NO_PAD.decode(signature).map_err(|_| AuthenticationError::Signature)?;
    let signed = &token[..header.len() + 1 + payload.len()];
    if !key.verify(signed.as_bytes(), &signature) {
        return Err(AuthenticationError::Signature);
    }
    let payload = URL_SAFE_NO_PAD.decode(payload).map_err(|_| AuthenticationError::Signature)?;
    // Whoever reads another one of two claims of the same name would see another token.
    let claims = json::parse_object(&payload).map_err(|_| AuthenticationError::Signature)?;
    serde_json::from_value(claims.into()).map_err(|_| AuthenticationError::Signature)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::master_key::MasterKey;
    use crate::random::SeededSource;
    use crate::settings::SignatureAlgorithm;
    use access_types::ServiceId;
    use jsonwebtoken::{Algorithm, DecodingKey, Validation};

    const PAYLOAD: &str = r#"{"sub":"s","scp":"a","aud":"*@*","iss":"jfac@x","iat":1,"jti":"01890a5d-ac96-774b-bcce-b302099a8057","exp":32503680000}"#;

    fn key(algorithm: SignatureAlgorithm, seed: u64) -> SigningKey {
        let random = SeededSource::new(seed);
        let master_key = MasterKey::generate(&random).unwrap();
        let service = ServiceId::parse("jfac@01h8z3b1k5m7n9p2q4r6s8t0v2").unwrap();
        let record = SigningKey::generate(algorithm, &service, &master_key, &random, 1).unwrap();
        SigningKey::open(record, &master_key).unwrap()
    }

    fn verify_with(key: &SigningKey, token: &str) -> Result<VerifiedClaims, AuthenticationError> {
        let ours = encoded_header(key);
        verify(token, |header| (header == ours).then_some(key))
    }

    #[test]
    fn the_header_stands_in_the_order_of_the_wire() {
        let key = key(SignatureAlgorithm::Rs256With2048, 1);
        let header = URL_SAFE_NO_PAD.decode(encoded_header(&key)).unwrap();
        assert_eq!(
            String::from_utf8(header).unwrap(),
            format!(r#"{{"ver":"2","typ":"JWT","alg":"RS256","kid":"{}"}}"#, key.kid)
        );
    }

    #[test]
    fn an_independent_verifier_accepts_our_tokens() {
        for (ours, theirs) in [
            (SignatureAlgorithm::Rs256With2048, Algorithm::RS256),
            (SignatureAlgorithm::Rs256With3072, Algorithm::RS256),
            (SignatureAlgorithm::Es256, Algorithm::ES256),
        ] {
            let key = key(ours, 2);
            let token = sign(&encoded_header(&key), PAYLOAD, &key).unwrap();
            let jwk: jsonwebtoken::jwk::Jwk = serde_json::from_value(key.jwk()).unwrap();
            let mut validation = Validation::new(theirs);
            validation.set_issuer(&["jfac@x"]);
            validation.validate_aud = false;
            let decoded = jsonwebtoken::decode::<serde_json::Value>(
                &token,
                &DecodingKey::from_jwk(&jwk).unwrap(),
                &validation,
            );
            assert_eq!(decoded.unwrap().claims["iss"], "jfac@x");
            assert_eq!(verify_with(&key, &token).unwrap().iss, "jfac@x");
        }
    }

    #[test]
    fn whatever_is_changed_is_refused() {
        let (ours, other) =
            (key(SignatureAlgorithm::Rs256With2048, 3), key(SignatureAlgorithm::Rs256With2048, 4));
        let token = sign(&encoded_header(&ours), PAYLOAD, &ours).unwrap();
        let [header, payload, signature] = jwt::split(&token).unwrap();
        for at in 0..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'A' { b'B' } else { b'A' };
            let changed = String::from_utf8(changed).unwrap();
            assert!(verify_with(&ours, &changed).is_err(), "byte {at}");
        }
        let header_of = |json: &str| URL_SAFE_NO_PAD.encode(json);
        let kid = &ours.kid;
        for forged in [
            format!("{}.{payload}.", header_of(r#"{"ver":"2","typ":"JWT","alg":"none"}"#)),
            format!(
                "{}.{payload}.{signature}",
                header_of(&format!(r#"{{"ver":"2","typ":"JWT","alg":"none","kid":"{kid}"}}"#))
            ),
            format!(
                "{}.{payload}.{signature}",
                header_of(&format!(r#"{{"ver":"2","typ":"JWT","alg":"HS256","kid":"{kid}"}}"#))
            ),
            format!(
                "{}.{payload}.{signature}",
                header_of(&format!(r#"{{"alg":"RS256","kid":"{kid}","jwk":{{}}}}"#))
            ),
            format!("{header}.{payload}.{signature}="),
            format!(" {token}"),
            format!("{header}.{payload}"),
            sign(&encoded_header(&ours), PAYLOAD, &other).unwrap(),
            sign(&encoded_header(&other), PAYLOAD, &other).unwrap(),
        ] {
            assert!(verify_with(&ours, &forged).is_err(), "{forged}");
        }
    }

    #[test]
    fn claims_of_a_wrong_type_are_not_absent() {
        let key = key(SignatureAlgorithm::Es256, 5);
        let with_exp = |exp: &str| {
            let payload = format!(
                r#"{{"sub":"s","scp":"a","aud":["*@*"],"iss":"jfac@x","iat":1,"jti":"01890a5d-ac96-774b-bcce-b302099a8057","exp":{exp}}}"#
            );
            verify_with(&key, &sign(&encoded_header(&key), &payload, &key).unwrap())
        };
        assert_eq!(with_exp("5").unwrap().exp, Some(5));
        for wrong in ["\"5\"", "5.5", "-1", "1e30", "[5]", "{}", "true"] {
            assert_eq!(with_exp(wrong), Err(AuthenticationError::Signature), "{wrong}");
        }
    }
}
