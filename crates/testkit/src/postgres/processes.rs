//! The server's processes: the postmaster, and its children, which are no process group.

use rustix::process::{Pid, Signal, kill_process};
use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Waits for the end of this process, ends the server in the folder and removes it. That comes by a pipe that breaks
/// when the test process ends, however it ends. A normal end removes the folder first, and nothing is left to do.
const WATCHDOG: &str = r#"trap '' INT TERM HUP QUIT
cat >/dev/null
[ -d "$1" ] || exit 0
id=$(head -n 1 "$1/data/postmaster.pid" 2>/dev/null) && kill -QUIT "$id" && kill -CONT "$id" && sleep 1
rm -rf "$1""#;

pub(super) fn watch_over(folder: &Path) -> Child {
    let mut command = Command::new("sh");
    command.args(["-c", WATCHDOG, "watchdog"]).arg(folder).stdin(Stdio::piped());
    command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().expect("sh can be run")
}

/// Removes the folder of a server that is dead and lets its watchdog go.
pub(super) fn dismiss(watchdog: &mut Child, folder: &Path) {
    let _ = fs::remove_dir_all(folder);
    drop(watchdog.stdin.take());
    let _ = watchdog.wait();
}

pub(super) fn signal(postmaster: &Child, signal: Signal) {
    send(postmaster.id(), signal);
}

/// Stops the postmaster first, so that it makes no more children.
pub(super) fn freeze(postmaster: &Child) {
    send(postmaster.id(), Signal::STOP);
    for child in children(postmaster.id()) {
        send(child, Signal::STOP);
    }
}

pub(super) fn thaw(postmaster: &Child) {
    for child in children(postmaster.id()) {
        send(child, Signal::CONT);
    }
    send(postmaster.id(), Signal::CONT);
}

/// Kills all of them, and returns when none is left.
pub(super) fn kill_all(postmaster: &mut Child) {
    send(postmaster.id(), Signal::STOP);
    let children = children(postmaster.id());
    for child in &children {
        send(*child, Signal::KILL);
    }
    let _ = postmaster.kill();
    let _ = postmaster.wait();
    while children.iter().any(|child| lives(*child)) {
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// The id of the System V shared memory that holds a data folder's lock, which a killed server leaves behind.
pub(super) fn shared_memory(data: &Path) -> Option<String> {
    let text = fs::read_to_string(data.join("postmaster.pid")).ok()?;
    text.lines().nth(6)?.split_whitespace().nth(1).map(str::to_owned)
}

pub(super) fn remove_shared_memory(id: Option<String>) {
    if let Some(id) = id {
        let _ = Command::new("ipcrm").args(["-m", &id]).stderr(Stdio::null()).status();
    }
}

fn send(process: u32, signal: Signal) {
    let id = i32::try_from(process).ok().and_then(Pid::from_raw).expect("a process id");
    // It may have ended by itself.
    let _ = kill_process(id, signal);
}

fn children(parent: u32) -> Vec<u32> {
    let processes = fs::read_dir("/proc").expect("Linux tells of its processes").flatten();
    let ids = processes.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok());
    ids.filter(|id| status(*id).is_some_and(|(_, of)| of == parent)).collect()
}

fn lives(process: u32) -> bool {
    status(process).is_some_and(|(state, _)| state != "Z" && state != "X")
}

/// State and parent.
fn status(process: u32) -> Option<(String, u32)> {
    let text = fs::read_to_string(format!("/proc/{process}/stat")).ok()?;
    let (_, rest) = text.rsplit_once(") ")?;
    let mut words = rest.split(' ');
    Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
}
