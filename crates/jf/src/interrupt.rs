//! What SIGINT and SIGTERM must leave as it was: the terminal's echo while a secret is typed, the configuration
//! while it is being replaced, and its lock folder. Elsewhere the signals do what they always do.

#[cfg(unix)]
pub(crate) use unix::{Leftover, await_end, clear_away, restore_echo, shield};

#[cfg(not(unix))]
use std::path::PathBuf;

/// Nothing to restore.
#[cfg(not(unix))]
pub(crate) fn restore_echo() {}

/// Nothing to restore, nothing to wait for.
#[cfg(not(unix))]
pub(crate) fn shield() {}

/// Nothing.
#[cfg(not(unix))]
#[derive(Debug)]
pub(crate) struct Leftover;

/// Nothing to clear away.
#[cfg(not(unix))]
pub(crate) fn clear_away(_: PathBuf) -> Leftover {
    Leftover
}

/// The end has come already.
#[cfg(not(unix))]
pub(crate) fn await_end() {}

#[cfg(unix)]
mod unix {
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
    use std::fs;
    use std::io;
    use std::path::PathBuf;
    use std::sync::{Mutex, MutexGuard, Once, PoisonError, TryLockError};
    use std::time::{Duration, Instant};

    /// How long a signal waits for the end of what is shielded.
    const PATIENCE: Duration = Duration::from_secs(1);
    const PAUSE: Duration = Duration::from_millis(5);

    /// The state of the terminal to come back to, while its echo is off.
    static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);
    /// Held while a signal has to wait.
    static SHIELD: Mutex<()> = Mutex::new(());
    /// Files that are nobody's when this process has ended.
    static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    static WATCH: Once = Once::new();

    /// Keeps the terminal's state until dropped, and brings it back if a signal ends the process before.
    pub(crate) struct Echo(());

    /// Makes signals wait until dropped, for a second at most.
    pub(crate) struct Shield {
        _held: MutexGuard<'static, ()>,
    }

    /// Has a file removed if a signal ends the process, until dropped.
    #[derive(Debug)]
    pub(crate) struct Leftover(PathBuf);

    /// From here on a signal removes this file before it ends the process; make it behind a [`shield`].
    pub(crate) fn clear_away(path: PathBuf) -> Leftover {
        watch();
        leftovers().push(path.clone());
        Leftover(path)
    }

    impl Drop for Leftover {
        fn drop(&mut self) {
            leftovers().retain(|path| *path != self.0);
        }
    }

    fn leftovers() -> MutexGuard<'static, Vec<PathBuf>> {
        LEFTOVERS.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives a signal that this process sent to itself the time to end it.
    pub(crate) fn await_end() {
        std::thread::sleep(2 * PATIENCE);
    }

    /// From here on a signal brings the terminal to this state before it ends the process. Who reads the secret
    /// hides what is typed, and shows it again.
    pub(crate) fn restore_echo() -> Echo {
        *terminal() = tcgetattr(io::stdin()).ok();
        watch();
        Echo(())
    }

    fn terminal() -> MutexGuard<'static, Option<Termios>> {
        TERMINAL.lock().unwrap_or_else(PoisonError::into_inner)
    }

    impl Drop for Echo {
        fn drop(&mut self) {
            *terminal() = None;
        }
    }

    /// From here on a signal waits for what is being written.
    pub(crate) fn shield() -> Shield {
        watch();
        Shield { _held: SHIELD.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// Starts the thread that takes the signals, once. Without it they end the process as they come.
    fn watch() {
        WATCH.call_once(|| {
            let ignored = ignored();
            let watched =
                [SIGINT, SIGTERM, SIGHUP].into_iter().filter(|signal| ignored >> (signal - 1) & 1 == 0);
            if let Ok(mut signals) = signal_hook::iterator::Signals::new(watched) {
                std::thread::spawn(move || {
                    if let Some(signal) = signals.forever().next() {
                        end(signal);
                    }
                });
            }
        });
    }

    /// The signals that whoever started this process wants to be ignored, such as nohup, as bits from signal 1 on.
    /// Where the system does not tell, none are.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }

    fn end(signal: i32) {
        if let Some(state) = terminal().take() {
            // If the terminal is gone there is nothing to restore.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &state);
        }
        let start = Instant::now();
        // Never let go of again: nothing new may begin to be written.
        let _shield = loop {
            match SHIELD.try_lock() {
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                outcome => break outcome,
            }
        };
        for path in leftovers().drain(..) {
            // What cannot be removed is found by the next jf.
            let _ = fs::remove_file(path);
        }
        // Ends the process as the signal would have, so that the shell sees which one it was.
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        std::process::exit(128 + signal);
    }
}
