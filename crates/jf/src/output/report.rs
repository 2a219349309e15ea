//! What is said besides the result: errors, warnings, progress and debug lines, all on standard error,
//! all through here.

use crate::environment::Environment;
use crate::error::Failure;
use crate::output::redaction::Redaction;
use crate::output::terminal;
use access_types::Secret;
use anstyle::{AnsiColor, Style};
use secrecy::ExposeSecret as _;
use std::cell::Cell;
use std::io::Write;
use std::rc::Rc;

/// How much is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// Only why the command failed.
    Error,
    /// What should be known as well.
    Warn,
    /// What was done.
    Info,
    /// How it was done; never a secret.
    Debug,
}

/// The one voice of the tool on standard error.
#[derive(Clone)]
pub(crate) struct Report {
    level: Level,
    coloured: bool,
    is_github_action: bool,
    redaction: Rc<Redaction>,
    /// Whether the terminal's last line is one that was said in passing.
    has_passing_line: Rc<Cell<bool>>,
}

impl Report {
    /// Reads `JFROG_CLI_LOG_LEVEL` (in any case; Info if it is none of the known words), `NO_COLOR` and
    /// `TERM`.
    pub(crate) fn new(environment: &Environment) -> Self {
        let level = match environment.text("JFROG_CLI_LOG_LEVEL").map(|word| word.to_ascii_uppercase()) {
            Some(word) if word == "ERROR" => Level::Error,
            Some(word) if word == "WARN" => Level::Warn,
            Some(word) if word == "DEBUG" || word == "VERBOSE" => Level::Debug,
            _ => Level::Info,
        };
        let dumb = environment.text("TERM").is_some_and(|term| term == "dumb");
        let coloured = environment.stderr_is_terminal && !dumb && !environment.has("NO_COLOR");
        let is_github_action = environment.text("GITHUB_ACTIONS").is_some_and(|value| value == "true");
        Self { level, coloured, is_github_action, redaction: Rc::default(), has_passing_line: Rc::default() }
    }

    /// From now on this secret is masked in everything that is said.
    pub(crate) fn guard(&self, secret: &Secret) {
        self.redaction.guard(secret);
    }

    /// `text` without a trace of a secret, for what is said elsewhere.
    pub(crate) fn redact(&self, text: &str) -> String {
        self.redaction.apply(text)
    }

    /// Masks a secret that was made, here and, in GitHub Actions, in all that the job's log still gets: the
    /// runner reads the line and does not show it.
    pub(crate) fn mask_new(&self, secret: &Secret) {
        if self.is_github_action {
            write_line(&format!("::add-mask::{}", terminal::safe_line(secret.expose_secret())));
        }
        self.guard(secret);
    }

    /// Says why the command failed, and the next step.
    pub(crate) fn failure(&self, failure: &Failure) {
        self.line(Level::Error, &failure.message);
        if let Some(hint) = &failure.hint {
            write_line(&format!("hint: {}", self.safe(hint)));
        }
    }

    /// Says how far something is, on a line that the next one takes the place of. For terminals only.
    pub(crate) fn say_in_passing(&self, text: &str) {
        let mut stderr = std::io::stderr().lock();
        let text = self.safe(text);
        // Nobody misses it.
        let _ = write!(stderr, "\r{text}\u{1b}[K").and_then(|()| stderr.flush());
        self.has_passing_line.set(true);
    }

    /// Takes away what was said in passing.
    pub(crate) fn wipe(&self) {
        if self.has_passing_line.replace(false) {
            let mut stderr = std::io::stderr().lock();
            let _ = write!(stderr, "\r\u{1b}[K").and_then(|()| stderr.flush());
        }
    }

    /// Shows a line as it is, whatever the level: what was asked for, but is not the result.
    pub(crate) fn show(&self, line: &str) {
        self.wipe();
        write_line(&self.safe(line));
    }

    /// Says what should be known although the command goes on.
    pub(crate) fn warn(&self, message: &str) {
        self.line(Level::Warn, message);
    }

    /// Says what was done.
    pub(crate) fn info(&self, message: &str) {
        self.line(Level::Info, message);
    }

    /// Says how it was done.
    pub(crate) fn debug(&self, message: &str) {
        self.line(Level::Debug, message);
    }

    /// Asks something: no level silences a question, and no line end follows it.
    pub(crate) fn ask(&self, question: &str) {
        self.wipe();
        let mut stderr = std::io::stderr().lock();
        // A question nobody can see is answered with no, so a failure needs no handling.
        let _ = write!(stderr, "{}", terminal::safe(&self.redact(question))).and_then(|()| stderr.flush());
    }

    fn line(&self, level: Level, message: &str) {
        if level <= self.level {
            self.wipe();
            write_line(&format!("{} {}", self.label(level), self.safe(message)));
        }
    }

    /// `text` without secrets, and without anything that the terminal or, in GitHub Actions, the runner obeys: it
    /// takes a line that begins with `::`, be it indented, and `##[` anywhere for a command of the job's.
    pub(crate) fn safe(&self, text: &str) -> String {
        let text = terminal::safe(&self.redact(text));
        if !self.is_github_action {
            return text;
        }
        let disarmed = |line: &str| {
            let words = line.trim_start();
            let indent = &line[..line.len() - words.len()];
            if words.starts_with("::") { format!("{indent}: {}", &words[1..]) } else { line.to_owned() }
        };
        text.split('\n').map(disarmed).collect::<Vec<_>>().join("\n").replace("##[", "## [")
    }

    fn label(&self, level: Level) -> String {
        let (word, colour) = match level {
            Level::Error => ("Error", AnsiColor::Red),
            Level::Warn => ("Warn", AnsiColor::Yellow),
            Level::Info => ("Info", AnsiColor::Blue),
            Level::Debug => ("Debug", AnsiColor::Cyan),
        };
        if self.coloured {
            let style = Style::new().fg_color(Some(colour.into()));
            format!("[{style}{word}{style:#}]")
        } else {
            format!("[{word}]")
        }
    }
}

fn write_line(line: &str) {
    // Standard error is the last place to complain to, so its own failure has nowhere to go.
    let _ = writeln!(std::io::stderr().lock(), "{line}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;

    #[test]
    fn the_level_is_read_in_any_case() {
        let level = |word| Report::new(&environment(&[("JFROG_CLI_LOG_LEVEL", word)])).level;
        assert_eq!(level("debug"), Level::Debug);
        assert_eq!(level("Verbose"), Level::Debug);
        assert_eq!(level("WARN"), Level::Warn);
        assert_eq!(level("error"), Level::Error);
        assert_eq!(level("loud"), Level::Info);
    }

    #[test]
    fn colour_is_for_terminals_only() {
        assert_eq!(Report::new(&environment(&[])).label(Level::Error), "[Error]");
        let mut terminal = environment(&[]);
        terminal.stderr_is_terminal = true;
        assert_eq!(Report::new(&terminal).label(Level::Error), "[\u{1b}[31mError\u{1b}[0m]");
        let mut plain = environment(&[("NO_COLOR", "")]);
        plain.stderr_is_terminal = true;
        assert_eq!(Report::new(&plain).label(Level::Error), "[Error]");
    }
}
