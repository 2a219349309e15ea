//! The master key: out of the environment, out of a file that the operator names, or else
//! `keys/master.key` in the data folder, made at the first start and never again.

use crate::data_folder::DataFolder;
use crate::durable_file;
use crate::environment::Environment;
use crate::failure::Failure;
use crate::secret_file;
use access_core::MasterKey;
use access_core::random::Random;
use access_types::Secret;
use secrecy::ExposeSecret;
use std::path::Path;

const FOLDER: &str = "keys";
const NAME: &str = "master.key";

/// Where the environment says the master key is.
#[derive(Debug, Clone, Copy)]
pub enum Named<'a> {
    /// This is it.
    Text(&'a Secret),
    /// In this file.
    File(&'a Path),
    /// Not said: it is in the data folder.
    Nowhere,
}

/// Looks where the environment says the master key is.
///
/// # Errors
/// A [`Failure`] if it names two places.
pub fn named(environment: &Environment) -> Result<Named<'_>, Failure> {
    match (&environment.master_key, &environment.master_key_file) {
        (Some(_), Some(_)) => {
            Err(Failure::new("both ACCESSD_MASTER_KEY and ACCESSD_MASTER_KEY_FILE are set")
                .hint("unset one of them"))
        }
        (Some(text), None) => Ok(Named::Text(text)),
        (None, Some(path)) => Ok(Named::File(path)),
        (None, None) => Ok(Named::Nowhere),
    }
}

/// The master key, made if this is the first start. Ask before the database is opened:
/// `database_exists` tells a first start from a lost key.
///
/// # Errors
/// A [`Failure`] if a key is named and not there, cannot be trusted, or was lost.
pub fn find_or_make(
    folder: &DataFolder,
    environment: &Environment,
    database_exists: bool,
    random: &dyn Random,
) -> Result<MasterKey, Failure> {
    match named(environment)? {
        Named::Text(text) => parse(text, "ACCESSD_MASTER_KEY"),
        Named::File(path) => read(path),
        Named::Nowhere => of_folder(folder, database_exists, random),
    }
}

/// The master key if it is there. Makes nothing.
///
/// # Errors
/// A [`Failure`] if a key is named and not there, or cannot be trusted.
pub fn find(data_dir: &Path, environment: &Environment) -> Result<Option<MasterKey>, Failure> {
    let path = data_dir.join(FOLDER).join(NAME);
    match named(environment)? {
        Named::Text(text) => parse(text, "ACCESSD_MASTER_KEY").map(Some),
        Named::File(path) => read(path).map(Some),
        Named::Nowhere if path.exists() => read(&path).map(Some),
        Named::Nowhere => Ok(None),
    }
}

fn of_folder(folder: &DataFolder, database_exists: bool, random: &dyn Random) -> Result<MasterKey, Failure> {
    let path = folder.inner(FOLDER)?.join(NAME);
    if path.exists() {
        return read(&path);
    }
    let shown = path.display();
    if database_exists {
        return Err(Failure::new(format!("the database exists, but its master key {shown} does not")).hint(
            "put the key back, or name it with ACCESSD_MASTER_KEY_FILE; without it no token of this database is worth anything",
        ));
    }
    let key = MasterKey::generate(random)
        .map_err(|error| Failure::new("cannot make a master key").caused_by(&error))?;
    let text = format!("{}\n", key.to_text().expose_secret());
    match durable_file::create(&path, text.as_bytes()) {
        Ok(true) => Ok(key),
        // Another process started at the same moment, and its key is the key.
        Ok(false) => read(&path),
        Err(error) => Err(Failure::new(format!("cannot write {shown}")).caused_by(&error)),
    }
}

fn read(path: &Path) -> Result<MasterKey, Failure> {
    let shown = path.display().to_string();
    let text = secret_file::read(path)
        .map_err(|error| Failure::new(format!("cannot read the master key {shown}")).caused_by(&error))?;
    parse(&text, &shown)
}

fn parse(text: &Secret, place: &str) -> Result<MasterKey, Failure> {
    let trimmed = Secret::from(text.expose_secret().trim());
    MasterKey::parse(&trimmed).map_err(|error| {
        Failure::new(format!("{place} holds no master key"))
            .caused_by(&error)
            .hint("a master key is 64 hexadecimal digits, e.g. from `openssl rand -hex 32`")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use access_core::random::SeededSource;
    use std::fs::Permissions;
    use std::os::unix::fs::PermissionsExt;

    struct World {
        folder: tempfile::TempDir,
        environment: Environment,
    }

    impl World {
        fn new() -> Self {
            Self { folder: tempfile::tempdir().unwrap(), environment: Environment::default() }
        }

        fn key(&self, database_exists: bool, seed: u64) -> Result<String, Failure> {
            let folder = DataFolder::open(self.folder.path()).unwrap();
            find_or_make(&folder, &self.environment, database_exists, &SeededSource::new(seed))
                .map(|key| key.to_text().expose_secret().to_owned())
        }
    }

    #[test]
    fn the_first_start_makes_a_key_and_every_other_finds_it() {
        let world = World::new();
        let first = world.key(false, 1).unwrap();
        assert_eq!(world.key(false, 2).unwrap(), first);
        assert_eq!(world.key(true, 3).unwrap(), first);
        let path = world.folder.path().join("keys/master.key");
        assert_eq!(std::fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn racing_first_starts_end_with_one_key() {
        let world = World::new();
        let keys: std::collections::HashSet<String> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8)
                .map(|seed| {
                    scope.spawn({
                        let world = &world;
                        move || world.key(false, seed).unwrap()
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(keys.len(), 1);
    }

    #[test]
    fn a_lost_key_is_not_made_anew() {
        let world = World::new();
        let failure = world.key(true, 1).unwrap_err().to_string();
        assert!(failure.contains("master.key") && failure.contains("hint:"), "{failure}");
        assert!(!world.folder.path().join("keys/master.key").exists());
    }

    #[test]
    fn a_named_key_is_used_and_has_to_be_there() {
        let text = World::new().key(false, 7).unwrap();
        let mut world = World::new();
        let path = world.folder.path().join("elsewhere");
        world.environment.master_key_file = Some(path.clone());
        assert!(world.key(false, 1).is_err());
        std::fs::write(&path, &text).unwrap();
        std::fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        assert!(world.key(false, 1).unwrap_err().to_string().contains("chmod 600"));
        std::fs::set_permissions(&path, Permissions::from_mode(0o440)).unwrap();
        assert_eq!(world.key(false, 1).unwrap(), text);

        world.environment.master_key = Some(text.clone().into());
        assert!(world.key(false, 1).is_err());
        world.environment.master_key_file = None;
        assert_eq!(world.key(false, 1).unwrap(), text);
    }

    #[test]
    fn a_bad_key_is_refused_without_being_repeated() {
        let mut world = World::new();
        for bad in ["hunter2", &"0".repeat(64), &"g".repeat(64)] {
            world.environment.master_key = Some((*bad).into());
            let failure = world.key(false, 1).unwrap_err().to_string();
            assert!(!failure.contains(bad), "{failure}");
        }
    }
}
