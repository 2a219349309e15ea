//! The tool at a terminal of its own: a pseudo-terminal, on which the test sits as the person.

use crate::support::Jf;
use rustix::process::{Pid, Signal, kill_process_group};
use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, tcgetattr};
use std::ffi::OsStr;
use std::fs::{File, OpenOptions};
use std::io::{Read as _, Write as _};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::{Arc, Mutex};
use std::thread::{JoinHandle, sleep};
use std::time::{Duration, Instant};

/// A shell around the tool, which sees how it ended and in which state it left the terminal.
const SHELL: &str =
    "trap : INT TERM HUP; \"$0\" \"$@\"; code=$?; PATH=/usr/bin:/bin; stty -a > .stty; exit $code";
/// What takes longer than this hangs.
const PATIENCE: Duration = Duration::from_secs(60);
const PAUSE: Duration = Duration::from_millis(5);

/// A running tool, and what stands on its screen.
pub(crate) struct Terminal {
    master: File,
    screen: Arc<Mutex<Vec<u8>>>,
    reader: Option<JoinHandle<()>>,
    child: Child,
    read: usize,
    stty: PathBuf,
}

/// What is left when the tool is gone.
#[derive(Debug)]
pub(crate) struct Session {
    /// The exit code as a shell sees it: 130 after SIGINT.
    pub code: i32,
    /// All that stood on the screen.
    pub screen: String,
    /// The state of the terminal, in words of `stty`.
    pub stty: String,
}

impl Terminal {
    /// Starts the tool.
    pub(crate) fn start(jf: &Jf, arguments: &[&str]) -> Self {
        Self::start_in(SHELL, jf, arguments)
    }

    /// Starts the tool with its standard output in the file `out`.
    pub(crate) fn start_with_output_in_file(jf: &Jf, arguments: &[&str]) -> Self {
        Self::start_in("\"$0\" \"$@\" > out", jf, arguments)
    }

    fn start_in(shell: &str, jf: &Jf, arguments: &[&str]) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let name = ptsname(&master, Vec::new()).unwrap();
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(rustix::fs::OFlags::NOCTTY.bits().cast_signed());
        let slave = options.open(OsStr::from_bytes(name.to_bytes())).unwrap();
        let tool = jf.command(arguments);
        let child = Command::new("/usr/bin/setsid")
            .args(["--ctty", "/bin/sh", "-c", shell])
            .arg(tool.get_program())
            .args(tool.get_args())
            .env_clear()
            .env("NO_COLOR", "1")
            .envs(tool.get_envs().filter_map(|(name, value)| Some((name, value?))))
            .current_dir(jf.folder())
            .stdin(slave.try_clone().unwrap())
            .stdout(slave.try_clone().unwrap())
            .stderr(slave)
            .spawn()
            .unwrap();
        let master = File::from(master);
        let screen = Arc::<Mutex<Vec<u8>>>::default();
        let reader = {
            let (mut master, screen) = (master.try_clone().unwrap(), Arc::clone(&screen));
            std::thread::spawn(move || {
                let mut bytes = [0; 4096];
                // When the last one has left the terminal, reading fails.
                while let Ok(count @ 1..) = master.read(&mut bytes) {
                    screen.lock().unwrap().extend(bytes[..count].iter().filter(|byte| **byte != b'\r'));
                }
            })
        };
        let stty = jf.folder().join(".stty");
        Self { master, screen, reader: Some(reader), child, read: 0, stty }
    }

    /// What stands on the screen by now.
    pub(crate) fn screen(&self) -> String {
        String::from_utf8_lossy(&self.screen.lock().unwrap()).into_owned()
    }

    /// Waits until `text` stands on the screen, behind what was waited for before.
    #[track_caller]
    pub(crate) fn expect(mut self, text: &str) -> Self {
        let start = Instant::now();
        loop {
            let screen = self.screen();
            if let Some(at) = screen.get(self.read..).and_then(|rest| rest.find(text)) {
                self.read += at + text.len();
                return self;
            }
            assert!(start.elapsed() < PATIENCE, "{text:?} does not come: {screen}");
            sleep(PAUSE);
        }
    }

    /// Types the answer to a question, and Enter.
    #[track_caller]
    pub(crate) fn answer(self, question: &str, answer: &str) -> Self {
        self.expect(question).type_in(&format!("{answer}\n"))
    }

    /// Types the answer to a question when the terminal does not show what is typed.
    #[track_caller]
    pub(crate) fn answer_hidden(self, question: &str, answer: &str) -> Self {
        self.expect_hidden(question).type_in(&format!("{answer}\n"))
    }

    /// Waits for a question whose answer is not shown.
    #[track_caller]
    pub(crate) fn expect_hidden(self, question: &str) -> Self {
        let terminal = self.expect(question);
        let start = Instant::now();
        while tcgetattr(&terminal.master).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(start.elapsed() < PATIENCE, "what is typed is shown: {}", terminal.screen());
            sleep(PAUSE);
        }
        terminal
    }

    /// Types this.
    pub(crate) fn type_in(mut self, keys: &str) -> Self {
        self.master.write_all(keys.as_bytes()).unwrap();
        self
    }

    /// Sends a signal to all that runs at the terminal.
    pub(crate) fn signal(self, signal: Signal) -> Self {
        let group = Pid::from_child(&self.child);
        kill_process_group(group, signal).unwrap();
        self
    }

    /// Waits for the end.
    #[track_caller]
    pub(crate) fn end(mut self) -> Session {
        let start = Instant::now();
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(start.elapsed() < PATIENCE, "it does not end: {}", self.screen());
            sleep(PAUSE);
        };
        self.reader.take().unwrap().join().unwrap();
        Session {
            code: status.code().unwrap_or(-1),
            screen: self.screen(),
            stty: std::fs::read_to_string(&self.stty).unwrap_or_default(),
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if self.reader.is_some() {
            // The test failed: the shell is the leader of the session, so all of it ends.
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

impl Session {
    /// Exit code 0.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// This exit code, and each of the words on the screen.
    #[track_caller]
    pub(crate) fn fails(self, code: i32, words: &[&str]) -> Self {
        assert_eq!(self.code, code, "{self:?}");
        for word in words {
            assert!(self.screen.contains(word), "{word:?} is missing in {self:?}");
        }
        self
    }

    /// Whether the terminal shows what is typed, line by line, and Ctrl-C works.
    pub(crate) fn is_as_before(&self) -> bool {
        let has = |word: &str| self.stty.split([' ', '\n']).any(|state| state == word);
        has("echo") && has("icanon") && has("isig")
    }
}
