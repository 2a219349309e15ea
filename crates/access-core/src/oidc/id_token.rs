//! ID tokens (OpenID Connect Core 1.0 section 2 and 3.1.3.7, RFC 7519, RFC 8725): read, verified, checked. Nothing of
//! a token decides how it is verified: keys, algorithms, issuer and audience come from elsewhere, and a token that says
//! otherwise is refused.

use crate::clock::EpochSeconds;
use crate::oidc::jwk::{Algorithm, ProviderKey, is_kid};
use access_types::jwt;
use access_types::limits::{LAST_EXPIRY, OIDC_TEXT};
use aws_lc_rs::digest;
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

/// By how many seconds the provider's clock may differ from ours.
pub const LEEWAY: u64 = 30;
/// Longest lifetime of an ID token in seconds: a day and a bit, as Azure gives some.
pub const LONGEST_LIFETIME: u64 = 90_000;
/// Longest header, in bytes of base64url.
const HEADER_LENGTH: usize = 2048;
/// Most audiences of a token.
const MOST_AUDIENCES: usize = 20;

/// Longest `iss`, `sub`, `jti` and `azp`, in bytes.
const TEXT_LENGTH: usize = 1024;

/// Why an ID token is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// No JWT in compact form of at most 8 KiB, or with a repeated name in it.
    #[error("it is not a JWT")]
    Malformed,
    /// The header asks for what is not done here.
    #[error("its header has a type, algorithm, key id or extension that is not accepted")]
    Header,
    /// No key of the provider made the signature.
    #[error("its signature is not the provider's")]
    Signature,
    /// A claim that must be there is not, or a claim has the wrong type or range.
    #[error("its claim {0} is missing or malformed")]
    Claim(&'static str),
    /// Another issuer.
    #[error("it was issued by another issuer")]
    Issuer,
    /// Not meant for this service.
    #[error("it is meant for another audience")]
    Audience,
    /// Its time is over.
    #[error("it has expired")]
    Expired,
    /// Its time has not come, or is longer than that of any ID token.
    #[error("it is not valid yet, or for too long")]
    Lifetime,
}

/// An ID token that was read, but not verified.
#[derive(Debug)]
pub struct Unverified<'a> {
    signed: &'a str,
    signature: Vec<u8>,
    claims: Map<String, Value>,
    /// The algorithm that the header names. To be compared with the key's, not used.
    pub algorithm: Algorithm,
    /// The key that the header names.
    pub kid: Option<String>,
}

/// Reads the compact form.
///
/// # Errors
/// [`Refusal::Malformed`] or [`Refusal::Header`].
pub fn read(token: &str) -> Result<Unverified<'_>, Refusal> {
    let [header, payload, signature] = jwt::split(token).map_err(|_| Refusal::Malformed)?;
    if header.len() > HEADER_LENGTH {
        return Err(Refusal::Malformed);
    }
    let decode = |part: &str| URL_SAFE_NO_PAD.decode(part).map_err(|_| Refusal::Malformed);
    let object =
        |part: &str| access_types::json::parse_object(&decode(part)?).map_err(|_| Refusal::Malformed);
    let header_fields = object(header)?;
    let (algorithm, kid) = read_header(&header_fields).ok_or(Refusal::Header)?;
    Ok(Unverified {
        signed: &token[..header.len() + 1 + payload.len()],
        signature: decode(signature)?,
        claims: object(payload)?,
        algorithm,
        kid,
    })
}

/// `jku`, `jwk`, `x5u` and `x5c` are passed over; what must be understood (`crit`), encryption and compression are not.
fn read_header(header: &Map<String, Value>) -> Option<(Algorithm, Option<String>)> {
    if ["crit", "zip", "enc", "b64"].iter().any(|name| header.contains_key(*name)) {
        return None;
    }
    match header.get("typ") {
        None => {}
        Some(Value::String(typ)) if typ.eq_ignore_ascii_case("JWT") => {}
        Some(_) => return None,
    }
    let kid = match header.get("kid") {
        None => None,
        Some(Value::String(kid)) if is_kid(kid) => Some(kid.clone()),
        Some(_) => return None,
    };
    Some((Algorithm::parse(header.get("alg")?.as_str()?)?, kid))
}

impl Unverified<'_> {
    /// The issuer that it claims to be from: to choose no more than whom to ask for keys.
    pub fn claimed_issuer(&self) -> Option<&str> {
        self.claims.get("iss").and_then(Value::as_str)
    }

    /// The claims of a token that one of `keys` has signed. Without a key id there must be one key only.
    ///
    /// # Errors
    /// [`Refusal::Signature`].
    pub fn verify(self, keys: &[ProviderKey]) -> Result<Verified, Refusal> {
        if self.kid.is_none() && keys.len() != 1 {
            return Err(Refusal::Signature);
        }
        let named = |key: &&ProviderKey| self.kid.is_none() || key.kid == self.kid;
        keys.iter()
            .filter(named)
            .filter(|key| key.algorithm == self.algorithm)
            .any(|key| key.verify(self.signed.as_bytes(), &self.signature))
            .then(|| Verified {
                // Without the signature, of which there can be several for one token.
                hash: sha256(&[b"token", self.signed.as_bytes()]),
                claims: self.claims,
            })
            .ok_or(Refusal::Signature)
    }
}

/// The claims of an ID token whose signature is the provider's.
#[derive(Debug, Clone)]
pub struct Verified {
    hash: [u8; 32],
    claims: Map<String, Value>,
}

/// What a token must be to be believed.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The `iss`, to the letter.
    pub issuer: &'a str,
    /// The time.
    pub now: EpochSeconds,
}

/// An ID token that is believed, but for its audience.
#[derive(Debug, Clone)]
pub struct IdToken {
    /// Everything that it says.
    pub claims: Map<String, Value>,
    /// The subject.
    pub subject: String,
    /// The audiences, at least one.
    pub audiences: Vec<String>,
    /// The party it was issued to, if it says.
    pub authorized_party: Option<String>,
    /// When it ends, leeway not counted.
    pub expires_at: EpochSeconds,
    /// What tells it from all others: of issuer and `jti`, or of all of it if it has no `jti`.
    pub hash: [u8; 32],
}

impl Verified {
    /// Checks issuer, times and form of the claims that every ID token has.
    ///
    /// # Errors
    /// [`Refusal`].
    pub fn check(self, expected: Expected<'_>) -> Result<IdToken, Refusal> {
        let claims = self.claims;
        let text = |name: &'static str| match claims.get(name) {
            None => Ok(None),
            Some(Value::String(text)) if (1..=TEXT_LENGTH).contains(&text.len()) => Ok(Some(text.as_str())),
            Some(_) => Err(Refusal::Claim(name)),
        };
        let time = |name: &'static str| match claims.get(name) {
            None => Ok(None),
            Some(value) => match value.as_u64() {
                Some(seconds) if seconds <= LAST_EXPIRY => Ok(Some(seconds)),
                _ => Err(Refusal::Claim(name)),
            },
        };
        if text("iss")? != Some(expected.issuer) {
            return Err(Refusal::Issuer);
        }
        let subject = text("sub")?.ok_or(Refusal::Claim("sub"))?.to_owned();
        let expires_at = time("exp")?.ok_or(Refusal::Claim("exp"))?;
        let issued_at = time("iat")?.ok_or(Refusal::Claim("iat"))?;
        let latest = expected.now.saturating_add(LEEWAY);
        if expected.now >= expires_at.saturating_add(LEEWAY) {
            return Err(Refusal::Expired);
        }
        if issued_at > latest
            || time("nbf")?.is_some_and(|begin| begin > latest)
            || expires_at <= issued_at
            || expires_at - issued_at > LONGEST_LIFETIME
        {
            return Err(Refusal::Lifetime);
        }
        let hash = match text("jti")? {
            Some(id) => sha256(&[b"jti", expected.issuer.as_bytes(), id.as_bytes()]),
            None => self.hash,
        };
        let audiences = audiences(&claims).ok_or(Refusal::Claim("aud"))?;
        let authorized_party = text("azp")?.map(str::to_owned);
        Ok(IdToken { subject, audiences, authorized_party, expires_at, hash, claims })
    }
}

impl IdToken {
    /// Whether it is meant for one of `accepted`. A token for several must have been issued to that one.
    pub fn is_meant_for(&self, accepted: &[String]) -> bool {
        let meant = |audience: &String| self.audiences.contains(audience);
        match self.audiences.as_slice() {
            [_] => accepted.iter().any(meant),
            _ => accepted
                .iter()
                .filter(|audience| meant(audience))
                .any(|audience| self.authorized_party.as_ref() == Some(audience)),
        }
    }
}

/// RFC 7519 section 4.1.3.
fn audiences(claims: &Map<String, Value>) -> Option<Vec<String>> {
    let text = |value: &Value| {
        let text = value.as_str().filter(|text| (1..=OIDC_TEXT).contains(&text.len()));
        text.map(str::to_owned)
    };
    match claims.get("aud")? {
        Value::Array(items) if (1..=MOST_AUDIENCES).contains(&items.len()) => {
            items.iter().map(text).collect()
        }
        one => text(one).map(|one| vec![one]),
    }
}

/// The parts are kept apart by their lengths.
fn sha256(parts: &[&[u8]]) -> [u8; 32] {
    let mut context = digest::Context::new(&digest::SHA256);
    for part in parts {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part);
    }
    let mut hash = [0; 32];
    hash.copy_from_slice(context.finish().as_ref());
    hash
}

#[cfg(test)]
mod tests;
