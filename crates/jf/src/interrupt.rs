//! What SIGINT and SIGTERM must leave as it was: the terminal's echo while a secret is typed, the configuration
//! while it is being replaced, and its lock folder. A command that has to put something in order first notes the
//! signal instead, or passes it on to the program that it runs. Elsewhere the signals do what they always do.

#[cfg(unix)]
pub(crate) use unix::{
    ENDS, Leftover, await_end, clear_away, end_as, note, noted, pass_on_to, restore_echo, shield,
};

#[cfg(all(unix, panic = "abort"))]
pub(crate) use unix::exit_in_order;

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

/// Nothing to note.
#[cfg(not(unix))]
pub(crate) fn note() {}

/// No signal.
#[cfg(not(unix))]
pub(crate) fn noted() -> Option<i32> {
    None
}

/// Nothing to pass on.
#[cfg(not(unix))]
pub(crate) fn pass_on_to(_: u32) {}

/// Ends the process.
#[cfg(all(not(unix), panic = "abort"))]
pub(crate) fn exit_in_order(code: i32) -> ! {
    std::process::exit(code)
}

/// Ends the process.
#[cfg(not(unix))]
pub(crate) fn end_as(signal: i32) -> ! {
    std::process::exit(128 + signal)
}

#[cfg(unix)]
mod unix {
    use rustix::process::{Pid, Signal, kill_process};
    use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};
    use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};
    use signal_hook::iterator::SignalsInfo;
    use signal_hook::iterator::backend::Handle;
    use signal_hook::iterator::exfiltrator::origin::WithOrigin;
    use signal_hook::low_level::siginfo::{Cause, Origin};
    use std::fs;
    use std::io;
    use std::path::PathBuf;
    use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError, TryLockError};
    use std::time::{Duration, Instant};

    /// The signals by which somebody ends a program.
    pub(crate) const ENDS: [i32; 3] = [SIGINT, SIGTERM, SIGHUP];

    /// How long a signal waits for the end of what is shielded.
    const PATIENCE: Duration = Duration::from_secs(1);
    const PAUSE: Duration = Duration::from_millis(5);

    /// The state of the terminal to come back to, while its echo is off.
    static TERMINAL: Mutex<Option<Termios>> = Mutex::new(None);
    /// Held while a signal has to wait.
    static SHIELD: Mutex<()> = Mutex::new(());
    /// Files that are nobody's when this process has ended.
    static LEFTOVERS: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());
    /// What a signal does now.
    static REACTION: Mutex<Reaction> = Mutex::new(Reaction::End);
    /// The first signal that was noted or passed on.
    static NOTED: OnceLock<i32> = OnceLock::new();
    /// The watching thread's, once it runs; `None` = signals could not be taken over.
    static WATCH: OnceLock<Option<Handle>> = OnceLock::new();

    #[derive(Clone, Copy)]
    enum Reaction {
        /// Ends the process, in order.
        End,
        /// Is noted; the next one ends the process.
        Note,
        /// Goes to this process as well.
        PassOn(Pid),
    }

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

    /// From here on a signal is noted, and the command is asked to look for it; a second one ends the process.
    pub(crate) fn note() {
        *reaction() = Reaction::Note;
        watch();
    }

    /// The first signal since [`note`].
    pub(crate) fn noted() -> Option<i32> {
        NOTED.get().copied()
    }

    /// From here on signals go to the process with this id, the one that was noted before included, until [`note`]
    /// is called again. Those that a terminal sends it has got itself.
    pub(crate) fn pass_on_to(process: u32) {
        let Some(process) = i32::try_from(process).ok().and_then(Pid::from_raw) else { return };
        {
            let mut reaction = reaction();
            *reaction = Reaction::PassOn(process);
            if let Some(signal) = noted() {
                send(process, signal);
            }
        }
        if let Some(handle) = watch() {
            let ignored = ignored();
            for signal in [SIGQUIT, SIGUSR1, SIGUSR2].into_iter().filter(|signal| is_free(*signal, ignored)) {
                // Where that fails they do what they always do.
                let _ = handle.add_signal(signal);
            }
        }
    }

    fn send(process: Pid, signal: i32) {
        if let Some(signal) = Signal::from_named_raw(signal) {
            // It may have ended meanwhile.
            let _ = kill_process(process, signal);
        }
    }

    fn is_free(signal: i32, ignored: u64) -> bool {
        ignored >> (signal - 1) & 1 == 0
    }

    /// Ends the process as this signal would have, so that the shell sees which one it was.
    pub(crate) fn end_as(signal: i32) -> ! {
        let _ = signal_hook::low_level::emulate_default_handler(signal);
        std::process::exit(128 + signal);
    }

    fn reaction() -> MutexGuard<'static, Reaction> {
        REACTION.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Starts the thread that takes the signals, once. Without it they end the process as they come.
    fn watch() -> Option<&'static Handle> {
        let start = || {
            let ignored = ignored();
            let watched = ENDS.into_iter().filter(|signal| is_free(*signal, ignored));
            let mut signals = SignalsInfo::<WithOrigin>::new(watched).ok()?;
            let handle = signals.handle();
            std::thread::spawn(move || signals.forever().for_each(react));
            Some(handle)
        };
        WATCH.get_or_init(start).as_ref()
    }

    fn react(origin: Origin) {
        let signal = origin.signal;
        // Held until the signal is noted: whoever changes the reaction finds it, or comes before it.
        let mut reaction = reaction();
        match *reaction {
            Reaction::End => {
                drop(reaction);
                end(signal);
            }
            Reaction::Note => *reaction = Reaction::End,
            // The terminal has sent it to all that run there.
            Reaction::PassOn(process) if matches!(origin.cause, Cause::Sent(_)) => send(process, signal),
            Reaction::PassOn(_) => {}
        }
        if ENDS.contains(&signal) {
            let _ = NOTED.set(signal);
        }
    }

    /// The signals that whoever started this process wants to be ignored, such as nohup, as bits from signal 1 on.
    /// Where the system does not tell, none are.
    fn ignored() -> u64 {
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
        mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default()
    }

    fn end(signal: i32) {
        let _shield = put_in_order();
        end_as(signal)
    }

    /// Ends the process with this exit code, and leaves behind what a signal leaves.
    #[cfg(panic = "abort")]
    pub(crate) fn exit_in_order(code: i32) -> ! {
        let _shield = put_in_order();
        std::process::exit(code);
    }

    /// Puts in order what must not stay as it is. While the result is held nothing new begins to be written.
    fn put_in_order() -> impl Sized {
        if let Some(state) = terminal().take() {
            // If the terminal is gone there is nothing to restore.
            let _ = tcsetattr(io::stdin(), OptionalActions::Now, &state);
        }
        let start = Instant::now();
        let shield = loop {
            match SHIELD.try_lock() {
                Err(TryLockError::WouldBlock) if start.elapsed() < PATIENCE => std::thread::sleep(PAUSE),
                outcome => break outcome,
            }
        };
        for path in leftovers().drain(..) {
            // What cannot be removed is found by the next jf.
            let _ = fs::remove_file(path);
        }
        shield
    }
}
