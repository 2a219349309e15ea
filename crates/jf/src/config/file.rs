//! Where the configuration lies, and how it is read and changed. Reading takes no lock and writes nothing;
//! changing goes through [`Locked`].

use crate::config::Config;
use crate::config::lock::Lock;
pub(crate) use crate::config::locked::Locked;
use crate::config::modes::{self, failed};
use crate::config::patience::Patience;
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
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
#[derive(Debug, Clone)]
pub(crate) struct ConfigFile {
    home: PathBuf,
    are_modes_seen_to: Cell<bool>,
}

impl ConfigFile {
    /// The file of this environment.
    ///
    /// # Errors
    /// If no home folder is known.
    pub(crate) fn of(environment: &Environment) -> Outcome<Self> {
        environment.jfrog_home().map(Self::in_home).ok_or_else(|| {
            Failure::new(
                Reason::Failed,
                "couldn't find home directory. Make sure your HOME environment variable is set",
            )
        })
    }

    fn in_home(home: PathBuf) -> Self {
        Self { home, are_modes_seen_to: Cell::new(false) }
    }

    /// Reads the file; a missing one has no servers. Nothing is written, but modes that are too wide are
    /// narrowed, with a warning.
    ///
    /// # Errors
    /// Names the file if it cannot be read, is empty, broken or encrypted, or if only a file of an older
    /// version is there.
    pub(crate) fn load(&self, report: &Report) -> Outcome<Config> {
        let text = self.read()?;
        if text.is_some() && !self.are_modes_seen_to.replace(true) {
            modes::repair(&self.home, &self.path(), report);
        }
        self.parse(text.as_deref())
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
        let is_change = change(&mut self.load(report)?)?;
        if is_change { self.lock(report, PATIENCE)?.update(change) } else { Ok(()) }
    }

    /// Where it is.
    pub(super) fn path(&self) -> PathBuf {
        self.home.join(NAME)
    }

    /// Where the copy of what jf wrote last is.
    pub(super) fn backup(&self) -> PathBuf {
        self.home.join(BACKUP)
    }

    /// The text, `None` if there is no file. One that is not whole is given a moment to become so.
    pub(super) fn read(&self) -> Outcome<Option<Vec<u8>>> {
        let start = Instant::now();
        loop {
            match self.read_at_once()? {
                Some(text) if !is_whole(&text) && start.elapsed() < FILLING => std::thread::sleep(GLANCE),
                text => return Ok(text),
            }
        }
    }

    /// The text as it is at this moment, `None` if there is no file.
    pub(super) fn read_at_once(&self) -> Outcome<Option<Vec<u8>>> {
        let path = self.path();
        match fs::read(&path) {
            Ok(text) => Ok(Some(text)),
            // Where there can be no folder there is no file either.
            Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
                Ok(None)
            }
            Err(error) => Err(failed(&format!("cannot read {}", path.display()), &error)),
        }
    }

    /// What the text means; no text means no servers.
    pub(super) fn parse(&self, text: Option<&[u8]>) -> Outcome<Config> {
        let Some(text) = text else { return self.absent() };
        Config::from_json(text).map_err(|problem| {
            let problem = format!("the configuration {} {problem}", self.path().display());
            Failure::new(Reason::Failed, problem).hint(self.remedy(text))
        })
    }

    fn absent(&self) -> Outcome<Config> {
        match OLDER.iter().map(|name| self.home.join(name)).find(|path| path.exists()) {
            None => Ok(Config::default()),
            Some(older) => Err(Failure::new(
                Reason::Failed,
                format!(
                    "the configuration {} is of an older version, which this jf does not read",
                    older.display()
                ),
            )
            .hint("let the jf that wrote it convert it, or move it away and run `jf config add`")),
        }
    }

    /// What to do about a text that cannot be used.
    fn remedy(&self, text: &[u8]) -> String {
        let otherwise = "repair the file or move it away; or give the address and credentials by flags or \
            JF_URL and JF_ACCESS_TOKEN";
        let backup = self.backup();
        if !is_whole(text) && fs::read(&backup).is_ok_and(|backup| is_whole(&backup)) {
            let restore = format!("cp {} {}", shell_word(&backup), shell_word(&self.path()));
            format!("bring back what jf saved last: {restore}\nOr {otherwise}")
        } else {
            otherwise.to_owned()
        }
    }
}

/// Whether this is all of a JSON document: a beginning of an object is none.
fn is_whole(text: &[u8]) -> bool {
    serde_json::from_slice::<serde_json::Value>(text).is_ok()
}

/// The path as a shell takes it.
fn shell_word(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-+".contains(c);
    if text.chars().all(is_plain) { text } else { format!("'{}'", text.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_quoted_where_a_shell_needs_it() {
        assert_eq!(shell_word(Path::new("/a/b-c_1.v6")), "/a/b-c_1.v6");
        assert_eq!(shell_word(Path::new("/a b/it's")), r"'/a b/it'\''s'");
    }

    #[test]
    fn a_file_that_is_being_filled_is_waited_for() {
        let home = tempfile::tempdir().unwrap();
        let file = ConfigFile::in_home(home.path().to_owned());
        let text = br#"{"servers":[],"version":"6"}"#;
        fs::write(file.path(), &text[..9]).unwrap();
        let path = file.path();
        let writer = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            fs::write(path, text).unwrap();
        });
        assert_eq!(file.read().unwrap().unwrap(), text);
        writer.join().unwrap();
    }
}
