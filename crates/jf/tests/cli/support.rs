//! The tool in a world of its own, and a scripted server.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};
use std::thread::JoinHandle;
use std::time::Duration;

/// A created token as a platform answers it.
pub(crate) const CREATED: &str = r#"{"token_id":"0193-id","access_token":"eyJ.made.up","expires_in":31536000,"scope":"applied-permissions/user","token_type":"Bearer"}"#;

/// The statuses that send a client elsewhere.
pub(crate) const REDIRECTS: [&str; 5] = [
    "301 Moved Permanently",
    "302 Found",
    "303 See Other",
    "307 Temporary Redirect",
    "308 Permanent Redirect",
];

/// Statuses that another try does not change, each with the exit code that it has.
pub(crate) const REFUSALS: [(&str, i32); 6] = [
    ("400 Bad Request", 1),
    ("401 Unauthorized", 4),
    ("403 Forbidden", 5),
    ("404 Not Found", 6),
    ("409 Conflict", 7),
    ("500 Internal Server Error", 9),
];

/// The tool with an empty home folder and nothing in its environment.
pub(crate) struct Jf {
    folder: tempfile::TempDir,
    environment: Vec<(String, String)>,
    stdin: Option<String>,
}

/// What a run left behind.
#[derive(Debug)]
pub(crate) struct Run {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Jf {
    pub(crate) fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), environment: Vec::new(), stdin: None }
    }

    pub(crate) fn env(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    pub(crate) fn stdin(mut self, text: &str) -> Self {
        self.stdin = Some(text.into());
        self
    }

    /// With this text in the configuration file, mode 0600, in a folder of mode 0700.
    pub(crate) fn config(self, text: &str) -> Self {
        use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(self.home()).unwrap();
        let mut options = std::fs::OpenOptions::new();
        let mut file =
            options.create(true).write(true).truncate(true).mode(0o600).open(self.config_path()).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        self
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn home(&self) -> PathBuf {
        self.folder().join("home")
    }

    pub(crate) fn config_path(&self) -> PathBuf {
        self.home().join("jfrog-cli.conf.v6")
    }

    pub(crate) fn config_text(&self) -> String {
        std::fs::read_to_string(self.config_path()).unwrap()
    }

    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_jf"));
        command
            .args(arguments)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .env("HOME", self.folder())
            .env("JFROG_CLI_HOME_DIR", self.home())
            .envs(self.environment.iter().map(|(name, value)| (name, value)))
            .current_dir(self.folder())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Run {
        let mut child = self.command(arguments).spawn().unwrap();
        let mut stdin = child.stdin.take().unwrap();
        // The tool may end before it reads.
        let _ = stdin.write_all(self.stdin.as_deref().unwrap_or_default().as_bytes());
        drop(stdin);
        let output = child.wait_with_output().unwrap();
        Run {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Runs `jf atc` with address and token of `server`, and these arguments.
    pub(crate) fn atc(&self, server: &Server, arguments: &[&str]) -> Run {
        let url = server.url();
        let flags = ["atc", "--url", &url, "--access-token", "canary-token"];
        self.run(&[&flags, arguments].concat())
    }
}

/// The configuration file without its white space, each thing in its place.
pub(crate) fn compact(jf: &Jf) -> String {
    serde_json::from_str::<serde_json::Value>(&jf.config_text()).unwrap().to_string()
}

/// What tells one writing of the configuration file from the next.
pub(crate) fn stamp(jf: &Jf) -> (u64, std::time::SystemTime) {
    use std::os::unix::fs::MetadataExt as _;
    let file = std::fs::metadata(jf.config_path()).unwrap();
    (file.ino(), file.modified().unwrap())
}

/// The names in a folder, in order.
pub(crate) fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

impl Run {
    /// Exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// This exit code, nothing on standard output, and each of the words on standard error.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!((self.code, self.stdout.as_str()), (code, ""), "{self:?}");
        assert!(self.stderr.starts_with('[') && !self.stderr.contains("panicked"), "{self:?}");
        for word in words {
            assert!(self.stderr.contains(word), "{word:?} is missing in {self:?}");
        }
        self
    }
}

/// What the server does with one call.
pub(crate) enum Reply {
    Answer {
        status: &'static str,
        headers: Vec<String>,
        body: String,
    },
    /// Closes the connection without a word.
    HangUp,
    /// Says nothing for this long.
    Silence(Duration),
    /// Answers 200 with this body after this long.
    Late(Duration, String),
    /// Begins to answer with this body, and then says nothing for a few seconds.
    Stalled(String),
}

pub(crate) fn reply(status: &'static str, body: &str) -> Reply {
    Reply::Answer { status, headers: Vec::new(), body: body.into() }
}

pub(crate) fn reply_with(status: &'static str, headers: &[&str], body: &str) -> Reply {
    let headers = headers.iter().map(|header| (*header).to_owned()).collect();
    Reply::Answer { status, headers, body: body.into() }
}

/// A call as it arrived.
#[derive(Debug, Clone)]
pub(crate) struct Call {
    pub line: String,
    pub headers: Vec<(String, String)>,
    pub body: String,
}

impl Call {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// A server with one reply for each call it shall get.
pub(crate) struct Server {
    port: u16,
    calls: Arc<Mutex<Vec<Call>>>,
    replies: usize,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// One that answers one call with [`CREATED`].
    pub(crate) fn created() -> Self {
        Self::start(vec![reply("200 OK", CREATED)])
    }

    /// One that must not be called.
    pub(crate) fn untouched() -> Self {
        Self::start(Vec::new())
    }

    pub(crate) fn start(replies: Vec<Reply>) -> Self {
        Self::serve(replies, |stream| Some(Box::new(stream)))
    }

    /// One that talks through `wrap`, such as TLS.
    pub(crate) fn serve(
        replies: Vec<Reply>,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Channel>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let (calls, stop) = (Arc::<Mutex<Vec<Call>>>::default(), Arc::<AtomicBool>::default());
        let count = replies.len();
        let thread = {
            let (calls, stop) = (Arc::clone(&calls), Arc::clone(&stop));
            std::thread::spawn(move || {
                let mut replies = replies.into_iter();
                for stream in listener.incoming() {
                    if stop.load(Ordering::SeqCst) {
                        break;
                    }
                    let Some(mut channel) = wrap(stream.unwrap()) else { continue };
                    let Some(call) = read_call(&mut *channel) else { continue };
                    calls.lock().unwrap().push(call);
                    answer(&mut *channel, replies.next().unwrap_or_else(|| reply("418 Too Many Calls", "")));
                }
            })
        };
        Self { port, calls, replies: count, stop, thread: Some(thread) }
    }

    pub(crate) fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn https_url(&self) -> String {
        format!("https://localhost:{}", self.port)
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the first call is there.
    pub(crate) fn await_call(&self) {
        while self.calls.lock().unwrap().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
    }

    /// Lets the script have been shorter than what was asked.
    pub(crate) fn forget_further_calls(&self) {
        let mut calls = self.calls.lock().unwrap();
        calls.truncate(self.replies);
    }

    /// How many calls there were so far.
    pub(crate) fn count(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    /// The calls, which are as many as there were replies.
    #[track_caller]
    pub(crate) fn calls(&self) -> Vec<Call> {
        let calls = self.calls.lock().unwrap().clone();
        assert_eq!(calls.len(), self.replies, "calls that came and calls in the script: {calls:?}");
        calls
    }

    /// The one call.
    #[track_caller]
    pub(crate) fn call(&self) -> Call {
        let [call] = self.calls().try_into().unwrap();
        call
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
        if !std::thread::panicking() {
            self.calls();
        }
    }
}

/// A connection, encrypted or not.
pub(crate) trait Channel: Read + Write {
    fn end(&mut self);
}

impl Channel for TcpStream {
    fn end(&mut self) {
        let _ = self.shutdown(Shutdown::Write);
    }
}

fn read_call(channel: &mut dyn Channel) -> Option<Call> {
    let mut reader = BufReader::new(channel);
    let mut line = String::new();
    reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut headers = Vec::new();
    loop {
        let mut header = String::new();
        reader.read_line(&mut header).ok()?;
        match header.trim_end().split_once(": ") {
            Some((name, value)) => headers.push((name.to_owned(), value.to_owned())),
            None => break,
        }
    }
    let mut call = Call { line: line.trim_end().to_owned(), headers, body: String::new() };
    let length = call.header("content-length").map_or(0, |length| length.parse().unwrap());
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    call.body = String::from_utf8(body).unwrap();
    Some(call)
}

fn answer(channel: &mut dyn Channel, reply: Reply) {
    match reply {
        Reply::HangUp => {}
        Reply::Silence(time) => std::thread::sleep(time),
        Reply::Late(time, body) => {
            std::thread::sleep(time);
            let headers = vec!["Content-Type: application/json".to_owned()];
            answer(channel, Reply::Answer { status: "200 OK", headers, body });
        }
        Reply::Stalled(begun) => {
            let _ = write!(
                channel,
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9999\r\n\r\n{begun}"
            );
            let _ = channel.flush();
            std::thread::sleep(Duration::from_secs(3));
        }
        Reply::Answer { status, headers, body } => {
            let headers: String = headers.iter().map(|header| format!("{header}\r\n")).collect();
            // The tool may be gone by now.
            let _ = write!(
                channel,
                "HTTP/1.1 {status}\r\n{headers}Content-Length: {}\r\nConnection: close\r\n\r\n{body}",
                body.len()
            );
            let _ = channel.flush();
            channel.end();
        }
    }
}
