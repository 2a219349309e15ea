//! Services under measurement: the real accessd on a scratch folder, and the bare server that it is compared with.

use crate::Failure;
use crate::machine::field;
use serde_json::Value;
use std::fs::{self, File};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const READY: &str = "listening on http://";
/// For as long as a start or an end may take.
const PATIENCE: Duration = Duration::from_secs(120);

/// A process that serves HTTP; it is ended with this value. It inherits the cores of the thread that starts it.
pub(crate) struct Service {
    child: Child,
    /// Where it listens.
    pub(crate) address: SocketAddr,
    token: String,
}

/// How to start accessd.
#[derive(Debug, Clone)]
pub(crate) struct Accessd {
    /// The program.
    pub(crate) program: PathBuf,
    /// Its data folder.
    pub(crate) folder: PathBuf,
    /// `--database`, if it is not the file in the folder.
    pub(crate) database: Option<String>,
    /// `RS256` or `ES256`, which counts when the folder is new.
    pub(crate) signature: &'static str,
}

impl Accessd {
    /// Starts it, and takes an administrator's token.
    pub(crate) fn start(&self) -> Result<Service, Failure> {
        fs::create_dir_all(&self.folder)?;
        let mut serve = self.command("serve");
        serve.args(["--listen", "127.0.0.1:0"]);
        let mut service = spawn(serve, &self.folder.join("bench.log"))?;
        let token = self.command("admin-token").args(["--expiry", "6h"]).output()?;
        if !token.status.success() {
            return Err(String::from_utf8_lossy(&token.stderr).into());
        }
        service.token = String::from_utf8_lossy(&token.stdout).trim().to_owned();
        Ok(service)
    }

    /// Seconds from its start to its first answer to an authenticated request.
    pub(crate) fn seconds_to_first_answer(&self) -> Result<f64, Failure> {
        let token = self.start()?.token.clone();
        let mut serve = self.command("serve");
        serve.args(["--listen", "127.0.0.1:0"]);
        let began = Instant::now();
        let mut service = spawn(serve, &self.folder.join("bench.log"))?;
        service.token = token;
        service.ask("GET", "/access/api/v1/tokens/me", "")?;
        Ok(began.elapsed().as_secs_f64())
    }

    fn command(&self, name: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.arg(name).arg("--data-dir").arg(&self.folder);
        if let Some(database) = &self.database {
            command.arg("--database").arg(database);
        }
        command.env("ACCESSD_TOKEN_SIGNATURE", self.signature);
        command
    }
}

/// Starts the bare server, which is this program, too.
pub(crate) fn bare(scratch: &Path) -> Result<Service, Failure> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("--serve-a-constant");
    spawn(command, &scratch.join("bare.log"))
}

/// Starts a server whose log goes to a file, as it does under a supervisor, and waits until it listens.
fn spawn(mut command: Command, log: &Path) -> Result<Service, Failure> {
    let child = command.stdout(Stdio::null()).stderr(File::create(log)?).spawn()?;
    // From here on it is ended if this fails.
    let mut service = Service { child, address: ([127, 0, 0, 1], 0).into(), token: String::new() };
    let began = Instant::now();
    loop {
        let text = fs::read_to_string(log)?;
        let address = text.split_once(READY).and_then(|(_, rest)| rest.split_once('\n'));
        if let Some((address, _)) = address {
            service.address = address.parse()?;
            return Ok(service);
        }
        if began.elapsed() > PATIENCE || service.child.try_wait()?.is_some() {
            return Err(format!("{command:?} did not start: {text}").into());
        }
        std::thread::sleep(Duration::from_micros(500));
    }
}

impl Service {
    /// The bytes of a request with the administrator's token.
    pub(crate) fn request(&self, method: &str, path: &str, body: &str) -> Vec<u8> {
        self.request_with(&self.token, method, path, body)
    }

    /// The same with another token.
    pub(crate) fn request_with(&self, token: &str, method: &str, path: &str, body: &str) -> Vec<u8> {
        let content = match body {
            "" => String::new(),
            body => format!("Content-Type: application/json\r\nContent-Length: {}\r\n", body.len()),
        };
        format!(
            "{method} {path} HTTP/1.1\r\nHost: {}\r\nAuthorization: Bearer {token}\r\n{content}\r\n{body}",
            self.address
        )
        .into_bytes()
    }

    /// Asks once, with the administrator's token, on a connection of its own.
    pub(crate) fn ask(&self, method: &str, path: &str, body: &str) -> Result<Value, Failure> {
        let mut connection = TcpStream::connect(self.address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        let request = String::from_utf8(self.request(method, path, body))?;
        connection.write_all(request.replacen("\r\n", "\r\nConnection: close\r\n", 1).as_bytes())?;
        let mut answer = String::new();
        connection.read_to_string(&mut answer)?;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or_default();
        match head.split(' ').nth(1) {
            Some("200") => Ok(serde_json::from_str(body)?),
            _ => Err(format!("{method} {path}: {answer}").into()),
        }
    }

    /// Memory in MiB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory(&self, name: &str) -> f64 {
        let value = field(&format!("/proc/{}/status", self.child.id()), name).unwrap_or_default();
        value.trim_end_matches(" kB").parse().map_or(f64::NAN, |kib: f64| kib / 1024.0)
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        let began = Instant::now();
        let process = rustix::process::Pid::from_child(&self.child);
        // It may have ended already.
        let _ = rustix::process::kill_process(process, rustix::process::Signal::TERM);
        while let Ok(None) = self.child.try_wait()
            && began.elapsed() < PATIENCE
        {
            std::thread::sleep(Duration::from_millis(2));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The bare server: accessd's loop and runtime, and a constant in place of everything else.
pub(crate) fn serve_a_constant() -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
        let signals = accessd::shutdown::Signals::take_over()?;
        let constant = || async { axum::Json(serde_json::json!({ "a": "constant" })) };
        let router = axum::Router::new().route("/", axum::routing::get(constant));
        writeln!(io::stderr(), "{READY}{}", listener.local_addr()?)?;
        accessd::server::run(listener, router, 900, signals).await;
        Ok(())
    })
}
