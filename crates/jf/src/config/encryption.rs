//! How a secret of the configuration is encrypted, to the letter of the existing tool (jf-cli.md 3.4): the
//! base64 of nonce (12 bytes), AES-GCM ciphertext and tag (16 bytes), without additional data. Empty stays empty.

use crate::config::master_key::MasterKey;
use access_types::Secret;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, general_purpose::PAD};
use base64::{DecodeError, Engine as _};
use ring::aead::{AES_128_GCM, AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};

/// The standard alphabet with padding; like Go's, it minds no stray bits at the end.
const BASE64: GeneralPurpose = GeneralPurpose::new(&STANDARD, PAD.with_decode_allow_trailing_bits(true));
const TAG_LENGTH: usize = 16;

/// Why a secret cannot be encrypted or decrypted, in the words of the existing tool where it has some.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CipherError {
    /// The key has a length that encrypting refuses.
    #[error(
        "cannot encrypt config:  Wrong length for master key. Key should have a length of exactly: 32 bytes"
    )]
    KeyLength,
    /// The key has a length that AES does not know.
    #[error("crypto/aes: invalid key size {0}")]
    KeySize(usize),
    /// The key has a length that AES knows and this tool does not.
    #[error(
        "crypto/aes: key size 24 (AES-192) is one that this jf cannot use; \
        let the jf that wrote it write it again with a key of 32 bytes"
    )]
    KeySize192,
    /// The text is not base64.
    #[error("illegal base64 data at input byte {0}")]
    Base64(usize),
    /// There is no room for nonce and tag.
    #[error("cannot decrypt config: unexpected cipher text size")]
    Size,
    /// Another key, or a changed text.
    #[error("cipher: message authentication failed: it was encrypted with another key, or was changed")]
    Authentication,
    /// What comes out is no text.
    #[error("cannot decrypt config: what was encrypted is not UTF-8")]
    NotText,
    /// The operating system gave no random bytes.
    #[error("cannot encrypt config: the operating system gives no random bytes")]
    Random,
}

/// A nonce to encrypt one text with.
///
/// # Errors
/// If the operating system gives no random bytes.
pub(super) fn random_nonce() -> Result<[u8; NONCE_LEN], CipherError> {
    let mut nonce = [0; NONCE_LEN];
    getrandom::fill(&mut nonce).map_err(|_| CipherError::Random)?;
    Ok(nonce)
}

/// Encrypts `text`. The same nonce must never come twice with the same key.
///
/// # Errors
/// If the key has not exactly 32 bytes and the text is not empty.
pub(super) fn encrypt(key: &MasterKey, nonce: [u8; NONCE_LEN], text: &str) -> Result<String, CipherError> {
    if text.is_empty() {
        return Ok(String::new());
    }
    let key = UnboundKey::new(&AES_256_GCM, key.bytes()).map_err(|_| CipherError::KeyLength)?;
    let mut sealed = nonce.to_vec();
    let mut rest = text.as_bytes().to_vec();
    LessSafeKey::new(key)
        .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::empty(), &mut rest)
        // Only a text of 64 GB is too long for the cipher.
        .map_err(|_| CipherError::Size)?;
    sealed.extend(rest);
    Ok(BASE64.encode(sealed))
}

/// Decrypts what [`encrypt`] or the existing tool made.
///
/// # Errors
/// Each [`CipherError`] but those of encrypting; none for empty text.
pub(super) fn decrypt(key: &MasterKey, text: &str) -> Result<Secret, CipherError> {
    if text.is_empty() {
        return Ok(Secret::from(String::new()));
    }
    let sealed = decode_base64(text).map_err(CipherError::Base64)?;
    let algorithm = match key.bytes().len() {
        16 => &AES_128_GCM,
        24 => return Err(CipherError::KeySize192),
        32 => &AES_256_GCM,
        other => return Err(CipherError::KeySize(other)),
    };
    let key = UnboundKey::new(algorithm, key.bytes()).map_err(|_| CipherError::KeySize(key.bytes().len()))?;
    let (nonce, rest) = sealed.split_first_chunk::<NONCE_LEN>().ok_or(CipherError::Size)?;
    if rest.len() < TAG_LENGTH {
        return Err(CipherError::Size);
    }
    let mut rest = rest.to_vec();
    let plain = LessSafeKey::new(key)
        .open_in_place(Nonce::assume_unique_for_key(*nonce), Aad::empty(), &mut rest)
        .map_err(|_| CipherError::Authentication)?;
    std::str::from_utf8(plain).map(Secret::from).map_err(|_| CipherError::NotText)
}

/// Reads standard base64 with padding, as Go does: line ends inside are nothing.
///
/// # Errors
/// The place of the fault, as a number of bytes before it.
pub(super) fn decode_base64(text: &str) -> Result<Vec<u8>, usize> {
    let text: String = text.chars().filter(|c| !matches!(c, '\r' | '\n')).collect();
    BASE64.decode(&text).map_err(|error| match error {
        DecodeError::InvalidByte(place, _) | DecodeError::InvalidLastSymbol { offset: place, .. } => place,
        DecodeError::InvalidLength(_) | DecodeError::InvalidPadding => text.len(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use secrecy::ExposeSecret as _;

    fn key(length: usize) -> MasterKey {
        MasterKey::from(vec![b'k'; length])
    }

    #[test]
    fn the_text_has_the_known_form() {
        let sealed = encrypt(&key(32), [1; 12], "secret").unwrap();
        // Made with tests/python/config_crypto.py.
        assert_eq!(sealed, "AQEBAQEBAQEBAQEBJIqb2BCJxWvFL7T3ubeOw7Vb/wnGsg==");
        assert_eq!(decrypt(&key(32), &sealed).unwrap().expose_secret(), "secret");
        let sealed_128 = "AQEBAQEBAQEBAQEBfSzQg9RNVxEKxnANiH5bbbaZXrprtg==";
        assert_eq!(decrypt(&key(16), sealed_128).unwrap().expose_secret(), "secret");
    }

    #[test]
    fn a_key_has_its_lengths() {
        for length in [0, 16, 24, 31, 33] {
            assert_eq!(encrypt(&key(length), [1; 12], "secret"), Err(CipherError::KeyLength));
        }
        assert_eq!(
            CipherError::KeyLength.to_string(),
            "cannot encrypt config:  Wrong length for master key. Key should have a length of exactly: 32 bytes"
        );
        let sealed = encrypt(&key(32), [1; 12], "secret").unwrap();
        for (length, words) in [(0, "crypto/aes: invalid key size 0"), (33, "size 33"), (24, "AES-192")] {
            let error = decrypt(&key(length), &sealed).unwrap_err().to_string();
            assert!(error.contains(words), "{error}");
        }
        // Without a secret no key is looked at.
        assert_eq!(encrypt(&key(1), [1; 12], "").as_deref(), Ok(""));
        assert_eq!(decrypt(&key(1), "").unwrap().expose_secret(), "");
    }

    #[test]
    fn what_cannot_be_decrypted_has_its_words() {
        let sealed = encrypt(&key(32), [1; 12], "secret").unwrap();
        for (text, words) in [
            ("ab!d", "illegal base64 data at input byte 2"),
            ("abc", "illegal base64 data at input byte 3"),
            ("YWJj", "cannot decrypt config: unexpected cipher text size"),
            (&BASE64.encode([0; 27]), "cannot decrypt config: unexpected cipher text size"),
            (&BASE64.encode([0; 28]), "cipher: message authentication failed"),
        ] {
            let error = decrypt(&key(32), text).unwrap_err().to_string();
            assert!(error.starts_with(words), "{text}: {error}");
        }
        let other = MasterKey::from(vec![b'o'; 32]);
        assert_eq!(decrypt(&other, &sealed).unwrap_err(), CipherError::Authentication);
        let folded = format!("{}\r\n{}\n", &sealed[..10], &sealed[10..]);
        assert_eq!(decrypt(&key(32), &folded).unwrap().expose_secret(), "secret");
    }

    #[test]
    fn two_nonces_differ() {
        assert_ne!(random_nonce().unwrap(), random_nonce().unwrap());
    }

    proptest! {
        #[test]
        fn what_is_encrypted_can_be_decrypted(text in any::<String>(), nonce in any::<[u8; 12]>()) {
            let sealed = encrypt(&key(32), nonce, &text).unwrap();
            let opened = decrypt(&key(32), &sealed).unwrap();
            prop_assert_eq!(opened.expose_secret(), text);
        }

        #[test]
        fn a_changed_text_is_refused(text in ".{1,20}", place in any::<prop::sample::Index>(), bit in 0..8) {
            let sealed = encrypt(&key(32), [1; 12], &text).unwrap();
            let mut bytes = decode_base64(&sealed).unwrap();
            let place = place.index(bytes.len());
            bytes[place] ^= 1_u8 << bit;
            prop_assert_eq!(
                decrypt(&key(32), &BASE64.encode(bytes)).unwrap_err(),
                CipherError::Authentication
            );
        }

        #[test]
        fn any_text_is_decrypted_or_refused(text in any::<String>(), length in 0_usize..40) {
            prop_assert!(text.is_empty() || decrypt(&key(length), &text).is_err());
        }
    }
}
