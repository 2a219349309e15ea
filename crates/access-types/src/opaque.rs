//! Opaque tokens: reference tokens (access-api.md 2.4) and our own refresh tokens.

use crate::Secret;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use secrecy::{ExposeSecret, SecretString};
use std::fmt;

/// Number of random characters in a reference token: 27 of 62 are 160 bits.
pub const REFERENCE_RANDOM: usize = 27;
/// Number of random bytes in a refresh token: 192 bits.
pub const REFRESH_RANDOM: usize = 24;

const REFERENCE_PREFIX: &str = "reftkn:01:";
const REFRESH_PREFIX: &str = "acrt_";
const ALPHABET: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// Builds the reference token of a token that ends at `expiry` (epoch seconds; `None` = never) from
/// [`REFERENCE_RANDOM`] alphanumerics: base64 of `reftkn:01:<10 digits>:<27 alphanumerics>`, 64 characters.
pub fn reference_token(expiry: Option<u64>, random: &str) -> Secret {
    STANDARD.encode(format!("{REFERENCE_PREFIX}{:010}:{random}", expiry.unwrap_or(0))).into()
}

/// Whether `text` has the form of a reference token, and until when it says to live:
/// `None` = not one, `Some(None)` = for ever, `Some(Some(epoch seconds))`.
pub fn parse_reference_token(text: &str) -> Option<Option<u64>> {
    if text.len() != 64 {
        return None;
    }
    let plain = String::from_utf8(STANDARD.decode(text).ok()?).ok()?;
    let (expiry, random) = plain.strip_prefix(REFERENCE_PREFIX)?.split_once(':')?;
    let digits = expiry.len() == 10 && expiry.bytes().all(|b| b.is_ascii_digit());
    let legal = random.len() == REFERENCE_RANDOM && random.bytes().all(|b| b.is_ascii_alphanumeric());
    let expiry: u64 = (digits && legal).then(|| expiry.parse().ok()).flatten()?;
    Some((expiry != 0).then_some(expiry))
}

/// Number of random characters in an API key: 68 of 62 are more than 400 bits.
pub const API_KEY_RANDOM: usize = 68;

const API_KEY_PREFIX: &str = "AKCp8";

/// Builds an API key (access-api.md 1.9) from [`API_KEY_RANDOM`] alphanumerics: 73 characters.
pub fn api_key(random: &str) -> Secret {
    format!("{API_KEY_PREFIX}{random}").into()
}

/// Whether `text` has the form of an API key: no token and nobody's password looks like that.
pub fn is_api_key(text: &str) -> bool {
    text.strip_prefix(API_KEY_PREFIX).is_some_and(|rest| {
        rest.len() == API_KEY_RANDOM && rest.bytes().all(|byte| byte.is_ascii_alphanumeric())
    })
}

/// Turns random bytes into alphanumerics without bias; `None` if there were too few bytes for `length`.
/// Bytes of 248 and above are skipped, so hand in about a fifth more than asked for, or call again.
pub fn alphanumerics(random: impl IntoIterator<Item = u8>, length: usize) -> Option<String> {
    let text: String = random
        .into_iter()
        .filter(|byte| *byte < 248)
        .take(length)
        .map(|byte| char::from(ALPHABET[usize::from(byte % 62)]))
        .collect();
    (text.len() == length).then_some(text)
}

/// The parts of a refresh token: `acrt_` + base64url of (family, generation, random, CRC-32).
#[derive(Clone)]
pub struct RefreshToken {
    /// The refresh-token family it belongs to; never shown anywhere else.
    pub family_id: uuid::Uuid,
    /// Its place in the family, from 0.
    pub generation: u32,
    /// The secret part.
    pub random: [u8; REFRESH_RANDOM],
}

impl fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RefreshToken").field("generation", &self.generation).finish_non_exhaustive()
    }
}

impl RefreshToken {
    /// The text of the token.
    pub fn to_secret(&self) -> Secret {
        let mut bytes = Vec::with_capacity(48);
        bytes.extend_from_slice(self.family_id.as_bytes());
        bytes.extend_from_slice(&self.generation.to_be_bytes());
        bytes.extend_from_slice(&self.random);
        bytes.extend_from_slice(&crc32fast::hash(&bytes).to_be_bytes());
        SecretString::from(format!("{REFRESH_PREFIX}{}", URL_SAFE_NO_PAD.encode(&bytes)))
    }

    /// Reads a refresh token; `None` if the text is not one or its checksum is wrong.
    pub fn parse(text: &Secret) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(text.expose_secret().strip_prefix(REFRESH_PREFIX)?).ok()?;
        let (body, checksum) = bytes.split_at_checked(16 + 4 + REFRESH_RANDOM)?;
        if checksum != crc32fast::hash(body).to_be_bytes() {
            return None;
        }
        Some(Self {
            family_id: uuid::Uuid::from_slice(body.get(..16)?).ok()?,
            generation: u32::from_be_bytes(body.get(16..20)?.try_into().ok()?),
            random: body.get(20..)?.try_into().ok()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_reference_token_is_64_characters_that_scanners_know() {
        let token = reference_token(Some(1_800_000_000), &"aZ9".repeat(9));
        let text = token.expose_secret();
        assert_eq!(text.len(), 64);
        assert!(text.starts_with("cmVmdGtuOjAxO"));
        assert!(text.bytes().all(|b| b.is_ascii_alphanumeric()));
        assert_eq!(parse_reference_token(text), Some(Some(1_800_000_000)));
        assert_eq!(parse_reference_token(reference_token(None, &"x".repeat(27)).expose_secret()), Some(None));
        for bad in ["", "cmVmdGtu", &"A".repeat(64), &text[1..]] {
            assert_eq!(parse_reference_token(bad), None);
        }
    }

    #[test]
    fn an_api_key_is_73_characters_that_scanners_know() {
        let key = api_key(&"aZ9x".repeat(17));
        let text = key.expose_secret();
        assert!(text.len() == 73 && text.starts_with("AKCp8") && is_api_key(text));
        for bad in ["", "AKCp8", &text[..72], &format!("{text}a"), &text.replace('Z', "-"), &text[1..]] {
            assert!(!is_api_key(bad), "{bad}");
        }
        assert_eq!(parse_reference_token(text), None);
        assert!(RefreshToken::parse(&key).is_none());
    }

    #[test]
    fn alphanumerics_need_enough_bytes() {
        assert_eq!(alphanumerics([255; 100], 3), None);
        assert_eq!(alphanumerics([0, 255, 61, 62], 3).as_deref(), Some("0z0"));
    }

    proptest! {
        #[test]
        fn a_refresh_token_reads_back_and_every_changed_bit_is_noticed(
            family: u128, generation: u32, random: [u8; REFRESH_RANDOM], at in 0usize..64, bit in 0u8..7,
        ) {
            let token = RefreshToken { family_id: uuid::Uuid::from_u128(family), generation, random };
            let text = token.to_secret();
            let read = RefreshToken::parse(&text).unwrap();
            prop_assert_eq!(read.family_id, token.family_id);
            prop_assert_eq!(read.generation, generation);
            prop_assert_eq!(read.random, random);
            let mut bytes = text.expose_secret().as_bytes().to_vec();
            let at = REFRESH_PREFIX.len() + at;
            bytes[at] ^= 1 << bit;
            let changed = SecretString::from(String::from_utf8_lossy(&bytes).into_owned());
            prop_assert!(RefreshToken::parse(&changed).is_none());
        }

        #[test]
        fn parsing_never_panics(text in "\\PC{0,100}") {
            let _ = RefreshToken::parse(&text.clone().into());
            let _ = parse_reference_token(&text);
        }
    }
}
