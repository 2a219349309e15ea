//! Randomness, handed in as a value so that tests can repeat themselves.

#[cfg(any(test, feature = "test-util"))]
use aws_lc_rs::digest::{SHA256, digest};
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
#[cfg(any(test, feature = "test-util"))]
use std::sync::Mutex;
use uuid::Uuid;

/// The source of random bytes has failed. Nothing may be made without it.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the random number generator failed")]
pub struct RandomFailed;

/// Where random bytes come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes`.
    ///
    /// # Errors
    /// [`RandomFailed`]; `bytes` must not be used then.
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed>;
}

/// `N` random bytes.
///
/// # Errors
/// [`RandomFailed`].
pub fn bytes<const N: usize>(random: &dyn Random) -> Result<[u8; N], RandomFailed> {
    let mut bytes = [0; N];
    random.fill(&mut bytes)?;
    Ok(bytes)
}

/// A UUID of version 7 (RFC 9562) made at `now_millis`, milliseconds since 1970: ids grow with time, so that
/// inserts stay local.
///
/// # Errors
/// [`RandomFailed`].
pub fn uuid_v7(random: &dyn Random, now_millis: u64) -> Result<Uuid, RandomFailed> {
    Ok(uuid::Builder::from_unix_timestamp_millis(now_millis, &bytes(random)?).into_uuid())
}

/// The system's generator.
#[derive(Debug, Default)]
pub struct SystemSource(SystemRandom);

impl Random for SystemSource {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        self.0.fill(bytes).map_err(|_| RandomFailed)
    }
}

/// A repeatable generator, for tests: SHA-256 in counter mode over a seed.
#[cfg(any(test, feature = "test-util"))]
#[derive(Debug)]
pub struct SeededSource(Mutex<(u64, u64)>);

#[cfg(any(test, feature = "test-util"))]
impl SeededSource {
    /// The same `seed` gives the same bytes.
    pub fn new(seed: u64) -> Self {
        Self(Mutex::new((seed, 0)))
    }
}

#[cfg(any(test, feature = "test-util"))]
impl Random for SeededSource {
    fn fill(&self, bytes: &mut [u8]) -> Result<(), RandomFailed> {
        let mut state = self.0.lock().map_err(|_| RandomFailed)?;
        for chunk in bytes.chunks_mut(32) {
            let mut input = [0; 16];
            input[..8].copy_from_slice(&state.0.to_be_bytes());
            input[8..].copy_from_slice(&state.1.to_be_bytes());
            state.1 += 1;
            chunk.copy_from_slice(&digest(&SHA256, &input).as_ref()[..chunk.len()]);
        }
        Ok(())
    }
}
