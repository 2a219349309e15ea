//! The secrets of a token, derived from a seed and a key outside the database, so that a repeated
//! request gives the same secrets without any of them being stored.

use crate::keyring::Keyring;
use crate::model::SecretHash;
use crate::random::{self, Random, RandomFailed};
use access_types::Secret;
use access_types::opaque::{self, API_KEY_RANDOM, REFERENCE_RANDOM, REFRESH_RANDOM, RefreshToken};
use aws_lc_rs::hmac;
use secrecy::ExposeSecret;
use uuid::Uuid;

/// 32 random bytes. Useless without the key that the secrets are derived with.
#[derive(Clone, Copy)]
pub(crate) struct Seed(pub(crate) [u8; 32]);

impl Seed {
    pub(crate) fn draw(random: &dyn Random) -> Result<Self, RandomFailed> {
        Ok(Self(random::bytes(random)?))
    }

    /// The reference token of a token that ends at `expiry`.
    pub(crate) fn reference_token(self, keyring: &Keyring, expiry: Option<u64>) -> Secret {
        let stream = self.stream(keyring, b"reference token");
        // The stream has no end, so there are always enough bytes.
        let random = opaque::alphanumerics(stream, REFERENCE_RANDOM).unwrap_or_default();
        opaque::reference_token(expiry, &random)
    }

    /// What is stored of [`Seed::reference_token`].
    pub(crate) fn reference_hash(self, keyring: &Keyring, expiry: Option<u64>) -> SecretHash {
        keyring.hash_reference(self.reference_token(keyring, expiry).expose_secret())
    }

    /// The API key that was made of this seed.
    pub(crate) fn api_key(self, keyring: &Keyring) -> Secret {
        let random = opaque::alphanumerics(self.stream(keyring, b"api key"), API_KEY_RANDOM);
        opaque::api_key(&random.unwrap_or_default())
    }

    /// The refresh token of a family at a generation.
    pub(crate) fn refresh_token(self, keyring: &Keyring, family_id: Uuid, generation: u32) -> Secret {
        let mut random = [0; REFRESH_RANDOM];
        for (byte, derived) in random.iter_mut().zip(self.stream(keyring, b"refresh token")) {
            *byte = derived;
        }
        RefreshToken { family_id, generation, random }.to_secret()
    }

    /// An endless stream of bytes for one use: HMAC in counter mode.
    fn stream<'k>(self, keyring: &'k Keyring, label: &'static [u8]) -> impl Iterator<Item = u8> + 'k {
        (0u32..).flat_map(move |block| {
            let mut context = hmac::Context::with_key(&keyring.derive);
            context.update(label);
            context.update(&self.0);
            context.update(&block.to_be_bytes());
            let mut bytes = [0; 32];
            bytes.copy_from_slice(context.sign().as_ref());
            bytes
        })
    }
}
