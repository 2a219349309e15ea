//! Where the configuration lies, and how it is read and changed. Reading takes no lock and writes nothing;
//! changing goes through [`Locked`].

use crate::config::heir::Heir;
use crate::config::lock::Lock;
pub(crate) use crate::config::locked::Locked;
use crate::config::modes::{self, failed};
use crate::config::patience::Patience;
use crate::config::schema::Source;
use crate::config::{Config, master_key};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use crate::output::terminal::shell_word;
use std::cell::Cell;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

/// How long another writer of the configuration is waited for.
pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

const NAME: &str = "jfrog-cli.conf.v6";
const BACKUP: &str = "jfrog-cli.conf.v6.bak";
const OLDER: [&str; 3] = ["jfrog-cli.conf.v5", "jfrog-cli.conf.v4", "jfrog-cli.conf"];

/// The existing tool empties the file and then fills it: how long it may take to, and how often to look.
const FILLING: Duration = Duration::from_millis(300);
const GLANCE: Duration = Duration::from_millis(10);

/// The configuration file in the tool's home folder. Nothing is created before something is saved.
#[derive(Clone)]
pub(crate) struct ConfigFile {
    home: PathBuf,
    /// Where the key of encrypted secrets is looked up.
    environment: Environment,
    /// Whether modes were repaired and warnings given.
    is_seen_to: Cell<bool>,
}

/// A file's text, and which file it is of.
#[derive(Clone, PartialEq, Eq)]
pub(super) struct Stored {
    /// The bytes.
    pub text: Vec<u8>,
    /// Which versions it may have.
    pub source: Source,
    path: PathBuf,
}

/// What is to be known of the configuration file.
pub(crate) struct FileState {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// What is in it, or why that is not known.
    pub config: Outcome<Config>,
    /// Whether there is a key to encrypt secrets with, or why that is not known.
    pub has_key: Outcome<bool>,
    /// What others can see or change, each with what to do about it.
    pub exposures: Vec<(String, String)>,
}

impl ConfigFile {
    /// The file of this environment.
    ///
    /// # Errors
    /// If no home folder is known.
    pub(crate) fn of(environment: &Environment) -> Outcome<Self> {
        let home = environment.jfrog_home().ok_or_else(|| {
            Failure::new(
                Reason::Failed,
                "couldn't find home directory. Make sure your HOME environment variable is set",
            )
            .hint("set HOME, or JFROG_CLI_HOME_DIR to the folder of the configuration")
        })?;
        Ok(Self { home, environment: environment.clone(), is_seen_to: Cell::new(false) })
    }

    /// Reads the file; a missing one has no servers. Nothing is written, but modes that are too wide are
    /// narrowed, with a warning.
    ///
    /// # Errors
    /// Names the file if it cannot be read, is empty, broken, or encrypted with another key.
    pub(crate) fn load(&self, report: &Report) -> Outcome<Config> {
        let (Some(stored), config) = self.read()? else { return Ok(Config::default()) };
        if !self.is_seen_to.replace(true) {
            modes::repair(&self.home, &stored.path, self.caller(), report);
            if self.awaits_encryption(&config) {
                report.warn(&format!(
                    "{} has secrets in the clear although there is a key to encrypt them with; the next change of \
                     it encrypts them, `jf config use` among others",
                    stored.path.display()
                ));
            }
        }
        Ok(config)
    }

    /// Everything that is to be known of the file. Nothing is repaired or written.
    pub(crate) fn state(&self) -> FileState {
        let config = self.peek();
        let path = match &config {
            Ok(config) => config.read_from().map(Path::to_owned),
            Err(_) => self.read_at_once().ok().flatten().map(|stored| stored.path),
        };
        let path = path.unwrap_or_else(|| self.path());
        FileState {
            exposures: modes::exposures(&self.home, &path, self.caller()),
            has_key: self.key().map(|key| key.is_some()),
            config,
            path,
        }
    }

    /// Who runs jf by sudo.
    fn caller(&self) -> Option<u32> {
        self.environment.text("SUDO_UID").and_then(|id| id.parse().ok())
    }

    /// Reads the file and does nothing else, for those who only want to know what is in it: nothing is repaired,
    /// nothing is told.
    ///
    /// # Errors
    /// As [`Self::load`].
    pub(crate) fn peek(&self) -> Outcome<Config> {
        self.read().map(|(_, config)| config)
    }

    /// Whether a save would encrypt secrets that are in the clear.
    pub(super) fn awaits_encryption(&self, config: &Config) -> bool {
        !config.was_encrypted() && config.has_secrets() && matches!(self.key(), Ok(Some(_)))
    }

    /// The key that encrypts secrets, if there is one.
    pub(super) fn key(&self) -> Outcome<Option<master_key::MasterKey>> {
        master_key::find(&self.environment)
    }

    /// Waits for the lock, for `patience` at most, and keeps all other writers out while it is held.
    ///
    /// # Errors
    /// If the lock cannot be had; who holds it is named.
    pub(crate) fn lock(&self, report: &Report, patience: Duration) -> Outcome<Locked> {
        let lock = Lock::acquire(&self.home, &mut Patience::new(report, patience))?;
        Ok(Locked::new(self.clone(), lock, report.clone(), patience))
    }

    /// Reads the file, changes it by `change` and, if that returns true, writes it back, all under the lock.
    /// If `change` returns false, nothing is written or created. It may be called more than once, each time
    /// with what is in the file then, so it does nothing but change its argument.
    ///
    /// # Errors
    /// What reading, `change` or writing says. The file on disk is the old one then.
    pub(crate) fn update(
        &self,
        report: &Report,
        mut change: impl FnMut(&mut Config) -> Outcome<bool>,
    ) -> Outcome<()> {
        let mut config = self.load(report)?;
        let is_due = self.is_due(&config);
        if change(&mut config)? || is_due { self.lock(report, PATIENCE)?.update(change) } else { Ok(()) }
    }

    /// Whether the file is to be written anew even if nothing in it changes.
    pub(super) fn is_due(&self, config: &Config) -> bool {
        config.converted_from().is_some() || self.awaits_encryption(config)
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.home.join(NAME)
    }

    /// Where the copy of what jf wrote last is.
    pub(super) fn backup(&self) -> PathBuf {
        self.home.join(BACKUP)
    }

    /// Who gets the files that are written.
    pub(super) fn heir(&self) -> Option<Heir> {
        Heir::of(&self.home)
    }

    /// What is there, `None` if there is no file, and what it means. A file that is not whole is given a moment to
    /// become so.
    pub(super) fn read(&self) -> Outcome<(Option<Stored>, Config)> {
        let start = Instant::now();
        loop {
            let Some(stored) = self.read_at_once()? else { return Ok((None, Config::default())) };
            match self.parse(&stored) {
                Err(_) if !is_whole(&stored.text) && start.elapsed() < FILLING => std::thread::sleep(GLANCE),
                parsed => {
                    let config = parsed?.at(&stored.path);
                    return Ok((Some(stored), config));
                }
            }
        }
    }

    /// What is there at this moment: the file, else the newest one of an older version, which is left in place
    /// when it is converted.
    pub(super) fn read_at_once(&self) -> Outcome<Option<Stored>> {
        let older = OLDER.iter().map(|name| (self.home.join(name), Source::Legacy));
        for (path, source) in [(self.path(), Source::Current)].into_iter().chain(older) {
            match fs::read(&path) {
                Ok(text) => return Ok(Some(Stored { text, source, path })),
                // Where there can be no folder there is no file either.
                Err(error)
                    if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {}
                Err(error) => return Err(failed(&format!("cannot read {}", path.display()), &error)),
            }
        }
        Ok(None)
    }

    /// What is stored as it stands after a save of `text`.
    pub(super) fn stored(&self, text: Vec<u8>) -> Stored {
        Stored { text, source: Source::Current, path: self.path() }
    }

    fn parse(&self, stored: &Stored) -> Outcome<Config> {
        Config::from_json(&stored.text, stored.source, || self.key()).map_err(|error| {
            let failure = error.at(&stored.path);
            match self.restoring(stored) {
                Some(restoring) => {
                    let otherwise = failure.hint.clone().unwrap_or_default();
                    failure.hint(format!("{restoring}\nOr {otherwise}"))
                }
                None => failure,
            }
        })
    }

    /// Files of older versions that a save leaves behind. What reads them does not know of the newer one.
    pub(super) fn left_behind(&self) -> Vec<PathBuf> {
        OLDER.iter().map(|name| self.home.join(name)).filter(|path| path.exists()).collect()
    }

    /// How to bring back the copy, where the file is not whole and the copy is.
    fn restoring(&self, stored: &Stored) -> Option<String> {
        let backup = self.backup();
        let can_restore = stored.source == Source::Current
            && !is_whole(&stored.text)
            && fs::read(&backup).is_ok_and(|backup| is_whole(&backup));
        can_restore.then(|| {
            let word = |path: &Path| shell_word(&path.display().to_string());
            format!("bring back what jf saved last: cp {} {}", word(&backup), word(&self.path()))
        })
    }
}

/// Whether this is all of a JSON document: a beginning of an object is none.
fn is_whole(text: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    #[test]
    fn a_file_that_is_being_filled_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let environment = environment(&[("JFROG_CLI_HOME_DIR", home.path().to_str().unwrap())]);
        let file = ConfigFile::of(&environment).unwrap();
        let text = br#"{"servers":[],"version":"6"}"#;
        fs::write(file.path(), &text[..9]).unwrap();
        let path = file.path();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            fs::write(path, text).unwrap();
        });
        assert_eq!(file.read().unwrap().0.unwrap().text, text);
        writer.join().unwrap();
    }
}
