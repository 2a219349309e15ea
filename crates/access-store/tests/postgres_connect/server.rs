//! A PostgreSQL server of its own for a test, from Debian's package. It ends when dropped.

use std::net::TcpListener;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

/// Where Debian puts the server's programs.
const PROGRAMS: &str = "/usr/lib/postgresql/15/bin";

/// The superuser's password.
pub(crate) const PASSWORD: &str = "correct horse";

/// A running server: superuser `postgres`, SCRAM for all.
pub(crate) struct Server {
    folder: tempfile::TempDir,
    account: Account,
    process: Child,
    pub(crate) port: u16,
}

/// Whom the server runs as: it refuses to be root.
#[derive(Clone, Copy)]
struct Account(Option<(u32, u32)>);

impl Account {
    fn new(folder: &Path) -> Self {
        let ours = std::fs::metadata(folder).unwrap();
        if ours.uid() != 0 {
            return Self(None);
        }
        let theirs =
            std::fs::metadata("/var/lib/postgresql").expect("PostgreSQL's package makes this folder");
        Self(Some((theirs.uid(), theirs.gid())))
    }

    fn command(self, program: &str) -> Command {
        let mut command = Command::new(format!("{PROGRAMS}/{program}"));
        if let Self(Some((user, group))) = self {
            command.uid(user).gid(group);
        }
        command.current_dir("/").stdin(Stdio::null());
        command
    }

    fn own(self, path: &Path) {
        if let Self(Some((user, group))) = self {
            chown(path, Some(user), Some(group)).unwrap();
        }
    }
}

impl Server {
    /// Starts one with these lines in its configuration; `files` are put in its data folder first.
    pub(crate) fn start(configuration: &str, files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let account = Account::new(folder.path());
        account.own(folder.path());
        let data = folder.path().join("data");
        write(account, &folder.path().join("password"), PASSWORD);
        let made = account
            .command("initdb")
            .args(["--no-sync", "--no-instructions", "--username=postgres", "--auth=scram-sha-256"])
            .args(["--encoding=UTF8", "--locale=C", "--pwfile"])
            .arg(folder.path().join("password"))
            .arg(&data)
            .output()
            .unwrap();
        assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
        for (name, text) in files {
            write(account, &data.join(name), text);
        }
        let lines = format!("fsync = off\nunix_socket_directories = '{}'\n", folder.path().display());
        write(account, &data.join("postgresql.auto.conf"), &(lines + configuration));
        // Somebody else may take the port between the look and the start.
        for _ in 0..10 {
            let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
            let log = std::fs::File::create(folder.path().join("log")).unwrap();
            let mut process = account
                .command("postgres")
                .args(["-D".as_ref(), data.as_os_str()])
                .args(["-c", "listen_addresses=localhost", "-p", &port.to_string()])
                .stderr(log)
                .spawn()
                .unwrap();
            while process.try_wait().unwrap().is_none() {
                let mut asked = account.command("pg_isready");
                asked.arg("-q").arg("-h").arg(folder.path()).args(["-p", &port.to_string()]);
                if asked.status().unwrap().success() {
                    return Self { folder, account, process, port };
                }
                std::thread::sleep(std::time::Duration::from_millis(20));
            }
        }
        let log = std::fs::read_to_string(folder.path().join("log")).unwrap_or_default();
        panic!("PostgreSQL does not start: {log}");
    }

    /// Runs these statements as the superuser.
    pub(crate) fn sql(&self, statements: &[&str]) {
        let mut psql = self.account.command("psql");
        psql.env("PGPASSWORD", PASSWORD).args(["-qX", "-v", "ON_ERROR_STOP=1", "-U", "postgres"]);
        psql.arg("-h").arg(self.folder.path()).args(["-p", &self.port.to_string()]);
        for statement in statements {
            psql.args(["-c", statement]);
        }
        let ran = psql.output().unwrap();
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
    }

    /// The folder of its Unix socket.
    pub(crate) fn socket_folder(&self) -> PathBuf {
        self.folder.path().to_owned()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let mut stop = self.account.command("pg_ctl");
        let stopped =
            stop.args(["stop", "-m", "immediate", "-D"]).arg(self.folder.path().join("data")).output();
        if !stopped.is_ok_and(|stopped| stopped.status.success()) {
            let _ = self.process.kill();
        }
        let _ = self.process.wait();
    }
}

fn write(account: Account, path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).unwrap();
    account.own(path);
}
