//! Where the configuration lies, and how it is read and replaced: a reader sees the old file or the new
//! one, never half of one, and nobody but its owner sees either.

use crate::config::schema::Source;
use crate::config::{Config, lock::Lock, master_key};
use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::output::report::Report;
use std::fs::{self, DirBuilder, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

const NAME: &str = "jfrog-cli.conf.v6";
const OLDER: [&str; 3] = ["jfrog-cli.conf.v5", "jfrog-cli.conf.v4", "jfrog-cli.conf"];

/// The configuration file in the tool's home folder. Nothing is created before something is saved.
#[derive(Clone)]
pub(crate) struct ConfigFile {
    home: PathBuf,
    /// Where the key of encrypted secrets is looked up.
    environment: Environment,
}

impl ConfigFile {
    /// The file of this environment.
    ///
    /// # Errors
    /// If no home folder is known.
    pub(crate) fn of(environment: &Environment) -> Outcome<Self> {
        environment.jfrog_home().map(|home| Self { home, environment: environment.clone() }).ok_or_else(
            || {
                Failure::new(
                    Reason::Failed,
                    "couldn't find home directory. Make sure your HOME environment variable is set",
                )
            },
        )
    }

    /// Reads the file; a missing one has no servers. Too wide a mode is narrowed, with a warning.
    ///
    /// # Errors
    /// Names the file if it cannot be read, is empty, broken or encrypted with another key, or if only
    /// a file of an older version is there.
    pub(crate) fn load(&self, report: &Report) -> Outcome<Config> {
        let path = self.path();
        let text = match fs::read(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return self.absent(),
            Err(error) => return Err(failed(&format!("cannot read {}", path.display()), &error)),
        };
        narrow_mode(&path, report);
        Config::from_json(&text, Source::Current, || master_key::find(&self.environment))
            .map_err(|error| error.at(&path))
    }

    /// Reads the file, changes it by `change` and writes it back if that returns true, all under the lock.
    ///
    /// # Errors
    /// What reading, `change` or writing says. The file on disk is the old one then.
    pub(crate) fn update(
        &self,
        report: &Report,
        change: impl FnOnce(&mut Config) -> Outcome<bool>,
    ) -> Outcome<()> {
        create_private_folder(&self.home)?;
        let _lock = Lock::acquire(&self.home)?;
        let mut config = self.load(report)?;
        if change(&mut config)? { self.save(&config) } else { Ok(()) }
    }

    fn path(&self) -> PathBuf {
        self.home.join(NAME)
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

    fn save(&self, config: &Config) -> Outcome<()> {
        let text = config.to_json(master_key::find(&self.environment)?.as_ref())?;
        // A link stays a link: what it points to is replaced.
        let target = fs::canonicalize(self.path()).unwrap_or_else(|_| self.path());
        replace(&target, text.as_bytes())
            .map_err(|error| failed(&format!("cannot write {}", target.display()), &error))
    }
}

/// Creates a folder that only its owner may enter; one that exists is left as it is.
pub(super) fn create_private_folder(folder: &Path) -> Outcome<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(|error| failed(&format!("cannot create {}", folder.display()), &error))
}

/// Writes a neighbour (mode 0600), makes it durable, and moves it into place.
fn replace(target: &Path, text: &[u8]) -> io::Result<()> {
    let folder = target.parent().unwrap_or(Path::new("."));
    let mut neighbour = tempfile::Builder::new().prefix(".jfrog-cli.conf.").tempfile_in(folder)?;
    neighbour.write_all(text)?;
    neighbour.as_file().sync_all()?;
    neighbour.persist(target)?;
    // Only Unix can make the folder's entry durable by itself.
    if cfg!(unix) { File::open(folder)?.sync_all() } else { Ok(()) }
}

#[cfg(unix)]
fn narrow_mode(path: &Path, report: &Report) {
    use std::os::unix::fs::PermissionsExt as _;
    let Ok(mode) = fs::metadata(path).map(|metadata| metadata.permissions().mode() & 0o777) else { return };
    if mode & 0o077 != 0 {
        let outcome = match fs::set_permissions(path, fs::Permissions::from_mode(0o600)) {
            Ok(()) => "its mode is 0600 now".to_owned(),
            Err(error) => format!("and its mode cannot be changed: {error}"),
        };
        report.warn(&format!(
            "{} with your credentials was open to others (mode {mode:04o}); {outcome}",
            path.display()
        ));
    }
}

#[cfg(not(unix))]
fn narrow_mode(_: &Path, _: &Report) {}

pub(super) fn failed(what: &str, error: &io::Error) -> Failure {
    Failure::new(Reason::Failed, format!("{what}: {error}"))
}
