//! Passwords: Argon2id with 19 MiB and two passes (OWASP), in a bounded pool, with the same work done
//! for a user who does not exist.

use crate::error::AccessError;
use crate::model::PasswordHash;
use crate::random::{self, Random};
use crate::work::WorkPool;
use access_types::Secret;
use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Block, Params, Version};
use secrecy::ExposeSecret;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use subtle::ConstantTimeEq as _;

/// Hashes that may wait for each core: about two seconds of work.
const WAITING: usize = 64;

/// A hash that no password is known to fit, verified where there is none so that it takes as long. It was
/// not made by hashing: making one would cost every start the time of a hash.
const NOBODY: &str =
    "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5IGhhcyB0aGlzIQ$AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8";

const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// Hashes and verifies passwords.
#[derive(Debug, Clone)]
pub(crate) struct Passwords {
    workers: WorkPool,
    memory: Memory,
}

impl Passwords {
    pub(crate) fn new() -> io::Result<Self> {
        Ok(Self { workers: WorkPool::with_room_for(WAITING, "passwords")?, memory: Memory::default() })
    }

    /// Hashes a new password.
    pub(crate) async fn hash(
        &self,
        password: Secret,
        random: &dyn Random,
    ) -> Result<PasswordHash, AccessError> {
        let salt: [u8; 16] = random::bytes(random)?;
        let memory = self.memory.clone();
        self.workers
            .run(move || hash(password.expose_secret().as_bytes(), &salt, &memory))
            .await?
            .ok_or_else(hashing_failed)
    }

    /// Whether `password` is the one that was hashed; takes as long when there is no hash.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        stored: Option<PasswordHash>,
    ) -> Result<bool, AccessError> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| PasswordHash(NOBODY.to_owned()));
        let memory = self.memory.clone();
        let fits = self
            .workers
            .run(move || fits(password.expose_secret().as_bytes(), &stored, &memory).unwrap_or(false))
            .await?;
        Ok(fits && exists)
    }
}

/// What hashes are computed in, kept from one to the next: as many pieces as ever were in use at once. Freed ones would
/// be held back by the allocator for each thread that ever computed a hash.
#[derive(Debug, Clone, Default)]
struct Memory(Arc<Mutex<Vec<Vec<Block>>>>);

impl Memory {
    fn with<T>(&self, blocks: usize, work: impl FnOnce(&mut [Block]) -> T) -> T {
        let pieces = || self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut piece = pieces().pop().unwrap_or_default();
        piece.resize(blocks, Block::default());
        let done = work(&mut piece);
        pieces().push(piece);
        done
    }
}

fn hash(password: &[u8], salt: &[u8], memory: &Memory) -> Option<PasswordHash> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    let hash = phc::PasswordHash {
        algorithm: Algorithm::Argon2id.ident(),
        version: Some(Version::V0x13.into()),
        params: phc::ParamsString::try_from(&params).ok()?,
        salt: Some(phc::Salt::new(salt).ok()?),
        hash: {
            compute(params, password, salt, &mut output, memory)?;
            Some(phc::Output::new(&output).ok()?)
        },
    };
    Some(PasswordHash(hash.to_string()))
}

/// Whether a password is the one of a hash; `None` if that is none of ours.
fn fits(password: &[u8], stored: &PasswordHash, memory: &Memory) -> Option<bool> {
    let stored = phc::PasswordHash::new(&stored.0).ok()?;
    let ours =
        stored.algorithm == Algorithm::Argon2id.ident() && stored.version == Some(Version::V0x13.into());
    let (params, salt, hash) =
        (Params::try_from(&stored.params).ok()?, stored.salt?, stored.hash.filter(|_| ours)?);
    let mut output = [0; Params::DEFAULT_OUTPUT_LEN];
    compute(params, password, salt.as_ref(), &mut output, memory)?;
    Some(output.ct_eq(hash.as_bytes()).into())
}

fn compute(params: Params, password: &[u8], salt: &[u8], output: &mut [u8], memory: &Memory) -> Option<()> {
    let blocks = params.block_count();
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    memory.with(blocks, |memory| hasher.hash_password_into_with_memory(password, salt, output, memory).ok())
}

fn hashing_failed() -> AccessError {
    AccessError::Internal("a password could not be hashed".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededSource;

    #[tokio::test]
    async fn only_the_password_itself_fits() {
        let random = SeededSource::new(1);
        let passwords = Passwords::new().unwrap();
        let stored = passwords.hash("correct horse".to_owned().into(), &random).await.unwrap();
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        assert!(passwords.verify("correct horse".to_owned().into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("correct Horse".to_owned().into(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("anything".to_owned().into(), None).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_anybodys() {
        let anybodys = hash(b"some password", &[7; 16], &Memory::default()).unwrap();
        let (nobody, anybody) =
            (phc::PasswordHash::new(NOBODY).unwrap(), phc::PasswordHash::new(&anybodys.0).unwrap());
        assert_eq!((nobody.algorithm, nobody.version), (anybody.algorithm, anybody.version));
        assert_eq!(nobody.params, anybody.params);
        assert_eq!(nobody.hash.unwrap().len(), anybody.hash.unwrap().len());
        assert_eq!(nobody.salt.unwrap().len(), anybody.salt.unwrap().len());
    }

    #[test]
    fn memory_that_was_used_before_changes_no_hash() {
        use argon2::password_hash::PasswordVerifier as _;
        let memory = Memory::default();
        let first = hash(b"some password", &[7; 16], &memory).unwrap();
        assert_eq!(
            hash(b"another one", &[8; 16], &memory).unwrap(),
            hash(b"another one", &[8; 16], &memory).unwrap()
        );
        assert_eq!(hash(b"some password", &[7; 16], &memory).unwrap(), first);
        assert_eq!(memory.0.lock().unwrap().len(), 1, "one at a time takes one piece");
        assert_eq!(fits(b"some password", &first, &memory), Some(true));
        assert_eq!(fits(b"another one", &first, &memory), Some(false));
        assert_eq!(
            fits(b"", &PasswordHash("$argon2i$v=19$m=8,t=1,p=1$c29tZXNhbHQ$AAAA".to_owned()), &memory),
            None
        );
        // As the crate itself would say it.
        let parsed = phc::PasswordHash::new(&first.0).unwrap();
        assert!(Argon2::default().verify_password(b"some password", &parsed).is_ok());
        assert!(Argon2::default().verify_password(b"another one", &parsed).is_err());
    }
}
