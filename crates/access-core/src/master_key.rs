//! The master key (key-encryption key): kept outside the database, it seals the signing keys and is the
//! root of every keyed hash. Whoever has the database alone has nothing.

use crate::random::{self, Random, RandomFailed};
use access_types::Secret;
use aws_lc_rs::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use aws_lc_rs::hmac;
use secrecy::ExposeSecret;
use zeroize::Zeroizing;

/// Length of a master key in bytes.
pub const LENGTH: usize = 32;

/// A master key: 32 random bytes.
pub struct MasterKey(Zeroizing<[u8; LENGTH]>);

/// Why a text is not a master key. The text itself is never repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MasterKeyError {
    /// Not 64 hexadecimal digits.
    #[error("a master key is 64 hexadecimal digits (32 random bytes)")]
    Form,
    /// So regular that nobody drew it at random.
    #[error("the master key is not random: it has fewer than 8 different bytes")]
    NotRandom,
}

/// What a key derived from the master key is for. One purpose, one key: nothing made for one purpose
/// can be passed off as something made for another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    SealSigningKey,
    HashReferenceToken,
    HashRefreshToken,
    HashIdempotency,
    DeriveTokenSecrets,
    SignCursor,
    HashLoginName,
    HashWebLogin,
    HashApiKey,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Self::SealSigningKey => b"accessd seal signing key 1",
            Self::HashReferenceToken => b"accessd hash reference token 1",
            Self::HashRefreshToken => b"accessd hash refresh token 1",
            Self::HashIdempotency => b"accessd hash idempotency 1",
            Self::DeriveTokenSecrets => b"accessd derive token secrets 1",
            Self::SignCursor => b"accessd sign cursor 1",
            Self::HashLoginName => b"accessd hash login name 1",
            Self::HashWebLogin => b"accessd hash web login 1",
            Self::HashApiKey => b"accessd hash api key 1",
        }
    }
}

/// What was sealed cannot be opened: another key, or damaged.
#[derive(Debug, Clone, Copy)]
pub(crate) struct NotSealedByThisKey;

impl MasterKey {
    /// Draws a new key.
    ///
    /// # Errors
    /// [`RandomFailed`].
    pub fn generate(random: &dyn Random) -> Result<Self, RandomFailed> {
        Ok(Self(Zeroizing::new(random::bytes(random)?)))
    }

    /// Reads the text form: 64 hexadecimal digits; white space around them is allowed.
    ///
    /// # Errors
    /// [`MasterKeyError`] for blank, short, malformed and evidently not random keys.
    pub fn parse(text: &Secret) -> Result<Self, MasterKeyError> {
        let text = text.expose_secret().trim();
        if text.len() != 2 * LENGTH || !text.is_ascii() {
            return Err(MasterKeyError::Form);
        }
        let mut key = Zeroizing::new([0; LENGTH]);
        for (byte, digits) in key.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digits = std::str::from_utf8(digits).map_err(|_| MasterKeyError::Form)?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(MasterKeyError::Form);
            }
            *byte = u8::from_str_radix(digits, 16).map_err(|_| MasterKeyError::Form)?;
        }
        let different = key.iter().collect::<std::collections::HashSet<_>>().len();
        if different < 8 { Err(MasterKeyError::NotRandom) } else { Ok(Self(key)) }
    }

    /// The text form, to be written to a file that only its owner can read.
    pub fn to_text(&self) -> Secret {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect::<String>().into()
    }

    /// The key for one purpose, for HMAC-SHA-256.
    pub(crate) fn derive(&self, purpose: Purpose) -> hmac::Key {
        hmac::Key::new(hmac::HMAC_SHA256, self.derive_bytes(purpose).as_ref())
    }

    /// Encrypts `plain` with AES-256-GCM, bound to `context`: nonce, then ciphertext with tag.
    pub(crate) fn seal(
        &self,
        plain: &[u8],
        context: &[u8],
        random: &dyn Random,
    ) -> Result<Vec<u8>, RandomFailed> {
        let nonce: [u8; NONCE_LEN] = random::bytes(random)?;
        let mut sealed = plain.to_vec();
        self.aead()
            .and_then(|key| {
                key.seal_in_place_append_tag(
                    Nonce::assume_unique_for_key(nonce),
                    Aad::from(context),
                    &mut sealed,
                )
            })
            .map_err(|_| RandomFailed)?;
        Ok([nonce.as_slice(), &sealed].concat())
    }

    /// Undoes [`MasterKey::seal`].
    pub(crate) fn open(
        &self,
        sealed: &[u8],
        context: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, NotSealedByThisKey> {
        let (nonce, ciphertext) = sealed.split_at_checked(NONCE_LEN).ok_or(NotSealedByThisKey)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).map_err(|_| NotSealedByThisKey)?;
        let mut buffer = Zeroizing::new(ciphertext.to_vec());
        let length = self
            .aead()
            .and_then(|key| Ok(key.open_in_place(nonce, Aad::from(context), &mut buffer)?.len()))
            .map_err(|_| NotSealedByThisKey)?;
        buffer.truncate(length);
        Ok(buffer)
    }

    fn aead(&self) -> Result<LessSafeKey, aws_lc_rs::error::Unspecified> {
        let key = self.derive_bytes(Purpose::SealSigningKey);
        Ok(LessSafeKey::new(UnboundKey::new(&AES_256_GCM, key.as_ref())?))
    }

    fn derive_bytes(&self, purpose: Purpose) -> hmac::Tag {
        hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, self.0.as_ref()), purpose.label())
    }
}

impl std::fmt::Debug for MasterKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("MasterKey")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededSource;

    #[test]
    fn a_key_reads_back_from_its_text() {
        let key = MasterKey::generate(&SeededSource::new(1)).unwrap();
        let again = MasterKey::parse(&format!(" {}\n", key.to_text().expose_secret()).into()).unwrap();
        assert_eq!(key.0, again.0);
    }

    #[test]
    fn blank_short_and_default_keys_are_refused() {
        let cases = [
            "",
            " ",
            "\0",
            "password",
            &"0".repeat(64),
            &"00ff".repeat(16),
            &"a".repeat(63),
            &"é".repeat(32),
            &"+1".repeat(32),
        ];
        for bad in cases {
            assert!(MasterKey::parse(&bad.to_owned().into()).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn what_is_sealed_opens_only_with_the_same_key_and_context() {
        let random = SeededSource::new(1);
        let (key, other) = (MasterKey::generate(&random).unwrap(), MasterKey::generate(&random).unwrap());
        let sealed = key.seal(b"secret", b"kid", &random).unwrap();
        assert_eq!(key.open(&sealed, b"kid").unwrap().as_slice(), b"secret");
        assert!(key.open(&sealed, b"other").is_err());
        assert!(other.open(&sealed, b"kid").is_err());
        for at in 0..sealed.len() {
            let mut damaged = sealed.clone();
            damaged[at] ^= 1;
            assert!(key.open(&damaged, b"kid").is_err());
        }
        assert!(key.open(b"short", b"kid").is_err());
    }

    #[test]
    fn each_purpose_has_its_own_key() {
        let key = MasterKey::generate(&SeededSource::new(1)).unwrap();
        let tag = |purpose| hmac::sign(&key.derive(purpose), b"x").as_ref().to_vec();
        assert_ne!(tag(Purpose::HashReferenceToken), tag(Purpose::HashRefreshToken));
    }
}
