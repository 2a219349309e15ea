//! Where PostgreSQL's programs are, and as whom they run.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

/// Where Debian keeps the server's programs, a folder a version, where the path does not lead.
const DEBIAN: &str = "/usr/lib/postgresql";
const OLDEST: u32 = 14;

/// The folder with `postgres`, `initdb`, `pg_basebackup` and `psql`.
///
/// # Panics
/// If there is none.
#[track_caller]
pub(super) fn folder() -> &'static Path {
    find().expect("PostgreSQL 14 or newer is missing: run scripts/install-test-tools first")
}

/// The same folder, if there is one.
pub(super) fn find() -> Option<&'static Path> {
    static FOLDER: OnceLock<Option<PathBuf>> = OnceLock::new();
    FOLDER.get_or_init(|| newest_of_debian().or_else(on_the_path)).as_deref()
}

fn newest_of_debian() -> Option<PathBuf> {
    let versions = fs::read_dir(DEBIAN).ok()?.flatten();
    let versions = versions.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    let folder = |version: u32| Path::new(DEBIAN).join(version.to_string()).join("bin");
    let there = versions.filter(|version| *version >= OLDEST && folder(*version).join("postgres").is_file());
    there.max().map(folder)
}

fn on_the_path() -> Option<PathBuf> {
    let output = Command::new("sh").args(["-c", "command -v postgres"]).stdin(Stdio::null()).output().ok()?;
    let program = fs::canonicalize(String::from_utf8(output.stdout).ok()?.trim_end()).ok()?;
    Some(program.parent()?.to_owned())
}

/// The user who runs the server: PostgreSQL refuses root.
#[derive(Debug, Clone, Copy)]
pub(super) struct Owner {
    /// User and group, if it is not who runs the tests.
    other: Option<(u32, u32)>,
}

impl Owner {
    /// Who runs the tests; for root `postgres`, or `nobody` where that does not exist.
    pub(super) fn find() -> Self {
        let root = fs::metadata("/proc/self").is_ok_and(|me| me.uid() == 0);
        let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
        let ids = |name: &str| {
            let user: Vec<&str> =
                users.lines().map(|l| l.split(':').collect()).find(|u: &Vec<_>| u[0] == name)?;
            Some((user.get(2)?.parse().ok()?, user.get(3)?.parse().ok()?))
        };
        Self { other: root.then(|| ids("postgres").or_else(|| ids("nobody")).unwrap_or((65534, 65534))) }
    }

    /// A word for the kind of owner.
    pub(super) fn id(&self) -> u32 {
        self.other.map_or(0, |(user, _)| user)
    }

    /// A program that runs as this user, without our environment.
    pub(super) fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        command.env_clear().current_dir("/").stdin(Stdio::null());
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }

    /// Gives the user a file or an empty folder.
    pub(super) fn owns(&self, path: &Path) {
        if let Some((user, group)) = self.other {
            chown(path, Some(user), Some(group)).expect("root may give it away");
        }
    }

    /// Gives the user a folder with all that is in it.
    pub(super) fn owns_all(&self, folder: &Path) {
        if let Some((user, group)) = self.other {
            let status = Command::new("chown").arg("-R").arg(format!("{user}:{group}")).arg(folder).status();
            assert!(status.is_ok_and(|status| status.success()), "{} cannot be given away", folder.display());
        }
    }
}

/// Runs a program to its end.
///
/// # Panics
/// If it fails.
#[track_caller]
pub(super) fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|error| panic!("{command:?} cannot be run: {error}"));
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?} failed: {stderr}");
}
