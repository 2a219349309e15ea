//! The lifetime that `--expiry` asks for.

use crate::error::{Failure, Outcome};
use access_types::limits::LAST_EXPIRY;

const NOT_NUMERIC: &str = "The '--expiry' option must have a numeric value. ";
const NEGATIVE: &str = "The '--expiry' option must be non-negative. ";
const FORMS: &str = "give whole seconds (3600), a duration (90m, 12h, 30d, 2w) or never";

/// Seconds of `3600`, `90m`, `12h`, `30d`, `2w`, `1h30m` and `never` (0).
///
/// # Errors
/// A usage failure with the existing tool's words for text that is no lifetime and for a negative one;
/// one that names the limit for more seconds than there are until the last moment a token can expire.
pub(crate) fn parse(text: &str) -> Outcome<u64> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(0);
    }
    let (is_negative, unsigned) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    match seconds(unsigned) {
        None => Err(Failure::usage(format!("{NOT_NUMERIC}It is {text:?}.")).hint(FORMS)),
        Some(1..) if is_negative => Err(Failure::usage(NEGATIVE).hint(FORMS)),
        Some(seconds) if seconds > LAST_EXPIRY => Err(Failure::usage(format!(
            "The '--expiry' option must have a numeric value of at most {LAST_EXPIRY} seconds, but it is {text}."
        ))
        .hint("--expiry never creates a token without an end")),
        Some(seconds) => Ok(seconds),
    }
}

/// Seconds of a span of time such as `90d`, `15m` or `3600`, as a flag takes it.
///
/// # Errors
/// Words about the forms there are.
pub(crate) fn span(text: &str) -> Result<u64, String> {
    seconds(text).ok_or_else(|| "give whole seconds (3600) or a duration (15m, 12h, 90d, 2w)".to_owned())
}

/// `None` if `text` is no lifetime; more than a `u64` holds is as much as it holds.
fn seconds(text: &str) -> Option<u64> {
    if is_digits(text) {
        return Some(number(text));
    }
    let mut total = 0_u64;
    let mut rest = text;
    while !rest.is_empty() {
        let (digits, tail) = rest.split_at(rest.find(|c: char| !c.is_ascii_digit())?);
        let factor = match tail.as_bytes().first()?.to_ascii_lowercase() {
            b's' => 1,
            b'm' => 60,
            b'h' => 3600,
            b'd' => 86_400,
            b'w' => 604_800,
            _ => return None,
        };
        if !is_digits(digits) {
            return None;
        }
        total = total.saturating_add(number(digits).saturating_mul(factor));
        rest = &tail[1..];
    }
    (!text.is_empty()).then_some(total)
}

fn number(digits: &str) -> u64 {
    digits.parse().unwrap_or(u64::MAX)
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn lifetimes_are_read() {
        for (text, wanted) in [
            ("0", 0),
            ("+5", 5),
            ("-0", 0),
            ("3600", 3600),
            ("90m", 5400),
            ("12h", 43_200),
            ("30d", 2_592_000),
            ("2W", 1_209_600),
            ("1h30m", 5400),
            ("Never", 0),
            ("9999999999", LAST_EXPIRY),
        ] {
            assert_eq!(parse(text), Ok(wanted), "{text}");
        }
    }

    #[test]
    fn everything_else_keeps_the_known_words() {
        for text in
            ["", " 1", "1.5", "ten", "1_000", "0x10", "h", "5y", "1h30", "1hé", "--1", "-+1", "-", "١"]
        {
            assert!(parse(text).unwrap_err().message.starts_with(NOT_NUMERIC), "{text}");
        }
        for text in ["9999999999999d", "99999999999999999999w9w", "10000000000", "18446744073709551616"] {
            let message = parse(text).unwrap_err().message;
            assert!(message.starts_with("The '--expiry' option must have a numeric value"), "{text}");
            assert!(message.contains("at most 9999999999 seconds"), "{text}");
        }
        for text in ["-1", "-12h", "-99999999999999999999"] {
            assert_eq!(parse(text).unwrap_err().message, NEGATIVE, "{text}");
        }
    }

    proptest! {
        #[test]
        fn nothing_panics(text in "[-+0-9smhdwé.]{0,24}") {
            let _ = parse(&text);
        }
    }
}
