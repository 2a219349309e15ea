//! The machine: which cores a process runs on, and what to say of it in a report.

use rustix::thread::{CpuSet, sched_getaffinity, sched_setaffinity};
use std::fs;
use std::io;
use std::process::Command;

/// Which cores a thread, and every thread and process that it starts from then on, may use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cores {
    /// All: server and generator beside each other.
    All,
    /// All but the last: the server alone.
    Server,
    /// The last: the generator alone.
    Generator,
}

/// The cores of this machine that this process may use, as it was started.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Machine {
    all: CpuSet,
}

impl Machine {
    /// Looks at the cores.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn look() -> io::Result<Self> {
        Ok(Self { all: sched_getaffinity(None)? })
    }

    /// Number of cores.
    pub(crate) fn cores(&self) -> usize {
        self.all.count() as usize
    }

    /// Moves the calling thread to `cores`. On one core everybody has that one.
    ///
    /// # Errors
    /// What the system says.
    pub(crate) fn pin(&self, cores: Cores) -> io::Result<()> {
        let last = (0..CpuSet::MAX_CPU).rfind(|cpu| self.all.is_set(*cpu)).unwrap_or_default();
        let mut chosen = self.all;
        match cores {
            Cores::Server if self.cores() > 1 => chosen.unset(last),
            Cores::Generator => {
                chosen.clear();
                chosen.set(last);
            }
            Cores::All | Cores::Server => {}
        }
        Ok(sched_setaffinity(None, &chosen)?)
    }
}

/// What a reader of the figures has to know of where they come from.
pub(crate) fn description(cores: usize) -> String {
    let cpu = field("/proc/cpuinfo", "model name").unwrap_or_default();
    let kib: f64 = field("/proc/meminfo", "MemTotal")
        .and_then(|text| text.trim_end_matches(" kB").parse().ok())
        .unwrap_or_default();
    let said = |program: &str, argument: &str| {
        let output = Command::new(program).arg(argument).output().ok();
        let text = output.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
        text.unwrap_or_default()
    };
    format!(
        "{}; {cpu}, {cores} cores, {:.0} GiB; Linux {}; {}; SQLite {}; accessd {}",
        said("date", "+%F"),
        kib / 1048576.0,
        said("uname", "-r"),
        said("rustc", "-V"),
        rusqlite::version(),
        env!("CARGO_PKG_VERSION"),
    )
}

/// The first value under a name in one of Linux's tables.
pub(crate) fn field(file: &str, name: &str) -> Option<String> {
    let text = fs::read_to_string(file).ok()?;
    let line = text.lines().find(|line| line.starts_with(name))?;
    Some(line.split_once(':')?.1.trim().to_owned())
}
