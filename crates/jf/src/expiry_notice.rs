//! When a command says that the token it uses ends soon, so that nobody is surprised by it.

use crate::connection::Connection;
use crate::environment::Environment;
use crate::error::{Failure, Outcome};
use crate::output::terminal::shell_word;
use crate::source::Given;
use crate::tokens::words;
use crate::validity::Validity;
use crate::{expiry, refresh};

/// How long before a token's end, as a duration.
const VARIABLE: &str = "JF_EXPIRY_NOTICE";
/// Seconds before the end where nothing else is asked for.
const DEFAULT: u64 = 7 * 24 * 3600;
/// A token that lives shorter than this many times the notice is mentioned in that part of its lifetime only: a day's
/// token is meant to end soon.
const PART: u64 = 4;

/// How long before its end a token is mentioned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ExpiryNotice {
    seconds: u64,
    /// Whether nobody asked for it, so that it may be shorter for tokens that do not live long.
    is_default: bool,
}

impl ExpiryNotice {
    /// What `JF_EXPIRY_NOTICE` says; 0 is never.
    ///
    /// # Errors
    /// A usage failure for a value that is no duration.
    pub(crate) fn of(environment: &Environment) -> Outcome<Self> {
        let Some(text) = environment.text(VARIABLE) else {
            return Ok(Self { seconds: DEFAULT, is_default: true });
        };
        let seconds = expiry::span(text.trim()).map_err(|_| {
            Failure::usage(format!("{VARIABLE}: it must be a duration such as 7d or 12h, or 0 for none"))
                .hint(format!("unset {VARIABLE}, or correct it"))
        })?;
        Ok(Self { seconds, is_default: false })
    }

    /// Whether it is time to mention the end of a token.
    pub(crate) fn is_due(self, validity: Validity, now: u64) -> bool {
        if self.seconds == 0 {
            return false;
        }
        let seconds = match validity.lifetime() {
            Some(lifetime) if self.is_default => self.seconds.min(lifetime / PART),
            _ => self.seconds,
        };
        validity.expiry.saturating_sub(now) <= seconds
    }

    /// The line about the connection's token, if it is one of the configuration whose end is near, and nothing renews
    /// it: `is_renewed` is whether jf may.
    pub(crate) fn line(self, connection: &Connection, is_renewed: bool, now: u64) -> Option<String> {
        let is_kept = connection.source.credential == Some(Given::Configuration);
        if !is_kept || (is_renewed && refresh::is_automatic(connection)) {
            return None;
        }
        let validity =
            connection.token().and_then(Validity::of).filter(|validity| self.is_due(*validity, now))?;
        let id = connection.server_id.as_deref().unwrap_or_default();
        let next = next_step(connection, validity.has_ended(now));
        Some(if validity.has_ended(now) {
            let moment = words::utc(validity.expiry);
            format!("the access token of server '{id}' has expired ({moment}); replace it: {next}")
        } else {
            let moment = words::moment_aside(validity.expiry, now);
            format!("the access token of server '{id}' expires {moment}; renew it: {next}")
        })
    }
}

/// The command that gets another token for the configured server; one that has ended cannot ask for its successor.
pub(crate) fn next_step(connection: &Connection, has_ended: bool) -> String {
    let id = shell_word(connection.server_id.as_deref().unwrap_or_default());
    let is_web_login = connection.source.configured.as_ref().is_some_and(|server| server.is_web_login);
    if is_web_login {
        format!("jf login --server-id {id}")
    } else if has_ended {
        format!("jf config edit {id} --access-token-stdin < token.txt")
    } else {
        format!("jf token rotate --self --server-id {id}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::environment::tests::environment;
    use proptest::prelude::*;

    const DAY: u64 = 24 * 3600;

    fn notice(text: &str) -> Outcome<ExpiryNotice> {
        ExpiryNotice::of(&environment(&[(VARIABLE, text)]))
    }

    fn default() -> ExpiryNotice {
        ExpiryNotice::of(&environment(&[])).unwrap()
    }

    #[test]
    fn the_variable_is_a_duration() {
        for (text, seconds) in
            [("7d", 7 * DAY), (" 12h\n", 12 * 3600), ("0", 0), ("90", 90), ("1d12h", 129_600)]
        {
            assert_eq!(notice(text), Ok(ExpiryNotice { seconds, is_default: false }), "{text}");
        }
        assert_eq!(notice(""), Ok(default()));
        for bad in ["soon", "-1", "1.5d", "7 d", "never"] {
            let failure = notice(bad).unwrap_err();
            assert!(failure.message.starts_with("JF_EXPIRY_NOTICE: ") && failure.hint.is_some(), "{failure}");
        }
    }

    #[test]
    fn a_long_lived_token_is_mentioned_a_week_before_its_end() {
        let year = Validity { issued_at: Some(0), expiry: 365 * DAY };
        assert!(!default().is_due(year, 358 * DAY - 1) && default().is_due(year, 358 * DAY));
        assert!(default().is_due(year, 366 * DAY), "it has ended");
        let month = Validity { issued_at: Some(0), expiry: 28 * DAY };
        assert!(!default().is_due(month, 21 * DAY - 1) && default().is_due(month, 21 * DAY));
    }

    #[test]
    fn a_days_token_is_mentioned_in_its_last_quarter() {
        let day = Validity { issued_at: Some(0), expiry: DAY };
        assert!(!default().is_due(day, DAY * 3 / 4 - 1) && default().is_due(day, DAY * 3 / 4));
        // Nobody knows how long a reference token has lived.
        let reference = Validity { issued_at: None, ..day };
        assert!(default().is_due(reference, 0));
    }

    #[test]
    fn what_is_asked_for_holds_for_every_token() {
        let day = Validity { issued_at: Some(0), expiry: DAY };
        assert!(notice("7d").unwrap().is_due(day, 0));
        assert!(
            !notice("1h").unwrap().is_due(day, DAY - 3601) && notice("1h").unwrap().is_due(day, DAY - 3600)
        );
        assert!(!notice("0").unwrap().is_due(day, DAY) && !notice("0").unwrap().is_due(day, 2 * DAY));
    }

    proptest! {
        #[test]
        fn due_stays_due(issued_at in 0_u64..1 << 40, lifetime in 0_u64..1 << 40, now in 0_u64..1 << 41) {
            let validity = Validity { issued_at: Some(issued_at), expiry: issued_at + lifetime };
            if default().is_due(validity, now) {
                prop_assert!(default().is_due(validity, now + 1));
            }
            prop_assert!(default().is_due(validity, validity.expiry));
        }
    }
}
