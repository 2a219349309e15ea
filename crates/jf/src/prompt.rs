//! Questions to the person at the terminal. Where nobody can answer, `CI` is set, or `--interactive=false` is
//! given, none is asked: the command fails at once and names the flag that would have answered.

use crate::environment::Environment;
use crate::error::{Failure, Outcome, Reason};
use crate::interrupt;
use crate::output::report::Report;
use access_types::Secret;
use std::io::{self, BufRead as _};

/// Wrong answers until a question is given up.
const PATIENCE: usize = 5;

/// Asks on standard error, reads standard input.
pub(crate) struct Prompt<'a> {
    environment: &'a Environment,
    report: &'a Report,
    /// Whether `--interactive=false` was given.
    is_refused: bool,
}

impl<'a> Prompt<'a> {
    /// A way to ask in these surroundings.
    pub(crate) fn new(environment: &'a Environment, report: &'a Report) -> Self {
        Self { environment, report, is_refused: false }
    }

    /// The same, but for a command whose `--interactive` may say that nothing shall be asked.
    pub(crate) fn unless_refused(self, interactive: Option<bool>) -> Self {
        Self { is_refused: interactive == Some(false), ..self }
    }

    /// Why nothing is asked; `None` if somebody can be asked.
    pub(crate) fn why_silent(&self) -> Option<&'static str> {
        if self.is_refused {
            Some("--interactive=false")
        } else if self.environment.can_ask() {
            None
        } else if self.environment.is_ci() {
            Some("CI is set")
        } else {
            Some("there is no terminal")
        }
    }

    /// Says something between two questions.
    pub(crate) fn say(&self, line: &str) {
        self.report.show(line);
    }

    /// A line of text, without space around it. `flag` is what to give instead of an answer.
    ///
    /// # Errors
    /// If nobody can be asked, or the terminal is closed.
    pub(crate) fn text(&self, question: &str, flag: &str) -> Outcome<String> {
        self.check(question, flag)?;
        self.report.ask(question);
        read_line(flag)
    }

    /// A secret, which is not shown while it is typed.
    ///
    /// # Errors
    /// As of [`Self::text`].
    pub(crate) fn secret(&self, question: &str, flag: &str) -> Outcome<Secret> {
        self.check(question, flag)?;
        let _echo = interrupt::restore_echo();
        self.report.ask(question);
        let secret = rpassword::read_password().map(Secret::from).map_err(|error| {
            if error.kind() == io::ErrorKind::Interrupted {
                // Ctrl-C was a key here, and has been made the signal that it is elsewhere.
                interrupt::await_end();
            }
            closed(&error, flag)
        })?;
        self.report.guard(&secret);
        Ok(secret)
    }

    /// Yes or no; no is the answer of an empty line.
    ///
    /// # Errors
    /// As of [`Self::text`], and after some answers that are neither.
    pub(crate) fn agrees(&self, question: &str, flag: &str) -> Outcome<bool> {
        self.check(question, flag)?;
        for _ in 0..PATIENCE {
            self.report.ask(&format!("{question} (y/n) [n]? "));
            match read_line(flag)?.to_ascii_lowercase().as_str() {
                "y" | "yes" => return Ok(true),
                "n" | "no" | "" => return Ok(false),
                _ => self.report.show("Please enter a valid option."),
            }
        }
        Err(Failure::usage(format!("no answer to: {question}"))
            .hint(format!("answer y or n, or give {flag}")))
    }

    /// The number of one of `options`, counted from 0.
    ///
    /// # Errors
    /// As of [`Self::text`], and after some answers that are none of them.
    pub(crate) fn choice(&self, question: &str, options: &[&str], flag: &str) -> Outcome<usize> {
        self.check(question, flag)?;
        self.report.show(question);
        for (number, option) in options.iter().enumerate() {
            self.report.show(&format!("  {}) {option}", number + 1));
        }
        for _ in 0..PATIENCE {
            self.report.ask(&format!("Number [1-{}]: ", options.len()));
            let answer = read_line(flag)?;
            match answer.parse::<usize>().ok().and_then(|number| number.checked_sub(1)) {
                Some(index) if index < options.len() => return Ok(index),
                _ => self.report.show("Please enter a valid option."),
            }
        }
        Err(Failure::usage(format!("no answer to: {question}"))
            .hint(format!("answer by a number, or give {flag}")))
    }

    fn check(&self, question: &str, flag: &str) -> Outcome<()> {
        let Some(why) = self.why_silent() else { return Ok(()) };
        let question = question.trim_end().trim_end_matches(':');
        Err(Failure::new(Reason::Credentials, format!("nobody can be asked here ({why}): {question}"))
            .hint(format!("give {flag}")))
    }
}

fn read_line(flag: &str) -> Outcome<String> {
    let mut line = String::new();
    match io::stdin().lock().read_line(&mut line) {
        Ok(0) => Err(closed(&io::ErrorKind::UnexpectedEof.into(), flag)),
        Ok(_) => Ok(line.trim().to_owned()),
        Err(error) => Err(closed(&error, flag)),
    }
}

fn closed(error: &io::Error, flag: &str) -> Failure {
    Failure::new(Reason::Credentials, format!("no answer was given: {error}")).hint(format!("give {flag}"))
}
