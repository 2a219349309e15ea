//! Public keys of identity providers (RFC 7517, 7518). Each key has exactly one algorithm, which the key says or its
//! type does, never the token.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_FIXED, ECDSA_P384_SHA384_FIXED, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256,
    RSA_PKCS1_2048_8192_SHA384, RSA_PKCS1_2048_8192_SHA512, RSA_PSS_2048_8192_SHA256, RsaParameters,
    RsaPublicKeyComponents,
};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// Most keys of a set that are looked at.
const MOST_KEYS: usize = 100;
/// Longest key id.
const KID_LENGTH: usize = 255;

/// A signature algorithm that is believed (RFC 7518 section 3.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each name is its own description")]
pub enum Algorithm {
    Rs256,
    Rs384,
    Rs512,
    Ps256,
    Es256,
    Es384,
}

impl Algorithm {
    /// Reads the name, in its one spelling.
    pub fn parse(name: &str) -> Option<Self> {
        match name {
            "RS256" => Some(Self::Rs256),
            "RS384" => Some(Self::Rs384),
            "RS512" => Some(Self::Rs512),
            "PS256" => Some(Self::Ps256),
            "ES256" => Some(Self::Es256),
            "ES384" => Some(Self::Es384),
            _ => None,
        }
    }

    /// `None` for those that are not RSA.
    fn rsa(self) -> Option<&'static RsaParameters> {
        match self {
            Self::Rs256 => Some(&RSA_PKCS1_2048_8192_SHA256),
            Self::Rs384 => Some(&RSA_PKCS1_2048_8192_SHA384),
            Self::Rs512 => Some(&RSA_PKCS1_2048_8192_SHA512),
            Self::Ps256 => Some(&RSA_PSS_2048_8192_SHA256),
            Self::Es256 | Self::Es384 => None,
        }
    }
}

/// A key of a provider.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    /// Its id.
    pub kid: Option<String>,
    /// Its one algorithm.
    pub algorithm: Algorithm,
    public: Public,
}

#[derive(Debug, Clone)]
enum Public {
    Rsa { parameters: &'static RsaParameters, modulus: Vec<u8>, exponent: Vec<u8> },
    Ec(ParsedPublicKey),
}

impl ProviderKey {
    /// Whether `signature` is this key's signature of `message`.
    pub fn verify(&self, message: &[u8], signature: &[u8]) -> bool {
        match &self.public {
            Public::Rsa { parameters, modulus, exponent } => {
                RsaPublicKeyComponents { n: modulus, e: exponent }
                    .verify(parameters, message, signature)
                    .is_ok()
            }
            Public::Ec(key) => key.verify_sig(message, signature).is_ok(),
        }
    }

    /// Reads a key; `None` if it is none that signs ID tokens.
    fn read(jwk: &Map<String, Value>) -> Option<Self> {
        let text = |name: &str| jwk.get(name).and_then(Value::as_str);
        let bytes = |name: &str| URL_SAFE_NO_PAD.decode(text(name)?).ok();
        if jwk.contains_key("use") && text("use") != Some("sig") {
            return None;
        }
        if let Some(operations) = jwk.get("key_ops")
            && !operations.as_array()?.iter().any(|operation| operation == "verify")
        {
            return None;
        }
        let kid = match jwk.get("kid") {
            None => None,
            Some(kid) => Some(kid.as_str().filter(|kid| is_kid(kid))?.to_owned()),
        };
        let said = match jwk.get("alg") {
            None => None,
            Some(name) => Some(Algorithm::parse(name.as_str()?)?),
        };
        let (algorithm, public) = match (text("kty")?, text("crv")) {
            ("RSA", None) => {
                let algorithm = said.unwrap_or(Algorithm::Rs256);
                let (parameters, modulus, exponent) = (algorithm.rsa()?, bytes("n")?, bytes("e")?);
                if !(256..=1024).contains(&modulus.len()) || exponent.is_empty() || exponent.len() > 8 {
                    return None;
                }
                (algorithm, Public::Rsa { parameters, modulus, exponent })
            }
            ("EC", Some("P-256")) => (Algorithm::Es256, point(&bytes("x")?, &bytes("y")?, 32)?),
            ("EC", Some("P-384")) => (Algorithm::Es384, point(&bytes("x")?, &bytes("y")?, 48)?),
            _ => return None,
        };
        let agrees = said.is_none_or(|said| said == algorithm);
        agrees.then_some(Self { kid, algorithm, public })
    }
}

/// A point of a curve, uncompressed: 0x04, then both coordinates.
fn point(x: &[u8], y: &[u8], length: usize) -> Option<Public> {
    if x.len() != length || y.len() != length {
        return None;
    }
    let point = [&[4], x, y].concat();
    let key = match length {
        32 => ParsedPublicKey::new(&ECDSA_P256_SHA256_FIXED, point),
        _ => ParsedPublicKey::new(&ECDSA_P384_SHA384_FIXED, point),
    };
    key.ok().map(Public::Ec)
}

/// Whether a key id has a form that is looked for: it is compared, and goes nowhere else.
pub(crate) fn is_kid(kid: &str) -> bool {
    (1..=KID_LENGTH).contains(&kid.len()) && kid.bytes().all(|b| b.is_ascii_graphic() || b == b' ')
}

/// The keys of a JWK set that sign ID tokens. What is no such key is passed over, as RFC 7517 section 5 says.
///
/// # Errors
/// Words for the log if it is no JWK set.
pub fn read_key_set(document: &[u8]) -> Result<Vec<ProviderKey>, String> {
    let set = access_types::json::parse_object(document).map_err(|error| error.to_string())?;
    let keys = set.get("keys").and_then(Value::as_array).ok_or("it has no list of keys")?;
    Ok(keys.iter().take(MOST_KEYS).filter_map(|key| key.as_object().and_then(ProviderKey::read)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn keys(jwk: Value) -> usize {
        read_key_set(json!({"keys": [jwk]}).to_string().as_bytes()).unwrap().len()
    }

    #[test]
    fn only_keys_that_sign_are_taken() {
        let n = URL_SAFE_NO_PAD.encode([0xc1; 256]);
        let good = json!({"kty": "RSA", "kid": "a", "use": "sig", "alg": "RS256", "n": n, "e": "AQAB"});
        assert_eq!(keys(good.clone()), 1);
        for (field, value) in [
            ("kty", json!("oct")),
            ("kty", json!("EC")),
            ("use", json!("enc")),
            ("use", json!(null)),
            ("key_ops", json!(["encrypt"])),
            ("key_ops", json!("verify")),
            ("alg", json!("HS256")),
            ("alg", json!("none")),
            ("alg", json!("ES256")),
            ("alg", json!("rs256")),
            ("kid", json!("")),
            ("kid", json!("a".repeat(256))),
            ("kid", json!("a\n")),
            ("kid", json!(1)),
            ("crv", json!("P-256")),
            ("n", json!("AQAB")),
            ("n", json!(format!("{n}="))),
            ("n", json!(1)),
            ("e", json!("")),
        ] {
            let mut jwk = good.clone();
            jwk[field] = value;
            assert_eq!(keys(jwk.clone()), 0, "{jwk}");
        }
        assert_eq!(keys(json!({"kty": "oct", "k": "AAAA"})), 0);
        assert_eq!(keys(json!("x")), 0);
        let off_the_curve = json!({
            "kty": "EC", "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode([1; 32]), "y": URL_SAFE_NO_PAD.encode([2; 32]),
        });
        assert_eq!(keys(off_the_curve), 0);
        assert!(read_key_set(b"[]").is_err() && read_key_set(b"{}").is_err());
    }
}
