//! Passwords: Argon2id with 19 MiB and two passes (OWASP), in a bounded pool, with the same work done
//! for a user who does not exist.

use crate::error::AccessError;
use crate::model::PasswordHash;
use crate::random::{self, Random};
use crate::work::WorkPool;
use access_types::Secret;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _, phc};
use argon2::{Algorithm, Argon2, Params, Version};
use secrecy::ExposeSecret;

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
pub(crate) struct Passwords(WorkPool);

impl Passwords {
    pub(crate) fn new() -> Self {
        Self(WorkPool::with_room_for(WAITING))
    }

    /// Hashes a new password.
    pub(crate) async fn hash(
        &self,
        password: Secret,
        random: &dyn Random,
    ) -> Result<PasswordHash, AccessError> {
        let salt: [u8; 16] = random::bytes(random)?;
        self.0.run(move || hash(password.expose_secret().as_bytes(), &salt)).await?.ok_or_else(hashing_failed)
    }

    /// Whether `password` is the one that was hashed; takes as long when there is no hash.
    pub(crate) async fn verify(
        &self,
        password: Secret,
        stored: Option<PasswordHash>,
    ) -> Result<bool, AccessError> {
        let exists = stored.is_some();
        let stored = stored.unwrap_or_else(|| PasswordHash(NOBODY.to_owned()));
        let fits = self
            .0
            .run(move || {
                phc::PasswordHash::new(&stored.0).is_ok_and(|parsed| {
                    Argon2::default().verify_password(password.expose_secret().as_bytes(), &parsed).is_ok()
                })
            })
            .await?;
        Ok(fits && exists)
    }
}

fn hash(password: &[u8], salt: &[u8]) -> Option<PasswordHash> {
    let params = Params::new(MEMORY_KIB, PASSES, 1, None).ok()?;
    let hasher = Argon2::new(Algorithm::Argon2id, Version::V0x13, params);
    let hash: phc::PasswordHash = hasher.hash_password_with_salt(password, salt).ok()?;
    Some(PasswordHash(hash.to_string()))
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
        let passwords = Passwords::new();
        let stored = passwords.hash("correct horse".to_owned().into(), &random).await.unwrap();
        assert!(stored.0.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"), "{}", stored.0);
        assert!(passwords.verify("correct horse".to_owned().into(), Some(stored.clone())).await.unwrap());
        assert!(!passwords.verify("correct Horse".to_owned().into(), Some(stored)).await.unwrap());
        assert!(!passwords.verify("anything".to_owned().into(), None).await.unwrap());
    }

    #[test]
    fn nobodys_hash_costs_as_much_as_anybodys() {
        let anybodys = hash(b"some password", &[7; 16]).unwrap();
        let (nobody, anybody) =
            (phc::PasswordHash::new(NOBODY).unwrap(), phc::PasswordHash::new(&anybodys.0).unwrap());
        assert_eq!((nobody.algorithm, nobody.version), (anybody.algorithm, anybody.version));
        assert_eq!(nobody.params, anybody.params);
        assert_eq!(nobody.hash.unwrap().len(), anybody.hash.unwrap().len());
        assert_eq!(nobody.salt.unwrap().len(), anybody.salt.unwrap().len());
    }
}
