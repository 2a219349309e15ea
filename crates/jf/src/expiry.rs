//! The lifetime that `--expiry` asks for.

use crate::error::{Failure, Outcome};
use access_types::limits::LAST_EXPIRY;

const NOT_NUMERIC: &str = "The '--expiry' option must have a numeric value. ";
const NEGATIVE: &str = "The '--expiry' option must be non-negative. ";
const FORMS: &str = "give whole seconds (3600), a duration (90m, 12h, 30d, 2w) or never";

/// Seconds of `3600`, `90m`, `12h`, `30d`, `2w`, `1h30m` and `never` (0).
///
/// # Errors
/// A usage failure with the existing tool's words for text that is no lifetime, a negative one, and one
/// beyond the last moment a token can expire.
pub(crate) fn parse(text: &str) -> Outcome<u64> {
    if text.eq_ignore_ascii_case("never") {
        return Ok(0);
    }
    if let Some(positive) = text.strip_prefix('-') {
        let is_number = seconds(positive).is_some() || is_digits(positive);
        return match positive.trim_start_matches('0') {
            "" if is_number => Ok(0),
            _ if is_number => Err(Failure::usage(NEGATIVE).hint(FORMS)),
            _ => Err(not_numeric(text)),
        };
    }
    let digits = text.strip_prefix('+').unwrap_or(text);
    let too_long = || {
        Failure::usage(format!("{NOT_NUMERIC}At most {LAST_EXPIRY} seconds are possible, but it is {text}."))
            .hint("--expiry never creates a token without an end")
    };
    match seconds(digits) {
        Some(Some(seconds)) if seconds <= LAST_EXPIRY => Ok(seconds),
        Some(_) => Err(too_long()),
        None => Err(not_numeric(text)),
    }
}

fn not_numeric(text: &str) -> Failure {
    Failure::usage(format!("{NOT_NUMERIC}It is {text:?}.")).hint(FORMS)
}

/// `None` if `text` is no lifetime, `Some(None)` if it is one that no `u64` holds.
fn seconds(text: &str) -> Option<Option<u64>> {
    if is_digits(text) {
        return Some(text.parse().ok());
    }
    let mut total = Some(0_u64);
    let mut rest = text;
    while !rest.is_empty() {
        let end = rest.find(|c: char| !c.is_ascii_digit())?;
        let (number, unit) = (&rest[..end], rest[end..].chars().next()?);
        let factor = match unit.to_ascii_lowercase() {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            'w' => 604_800,
            _ => return None,
        };
        if number.is_empty() {
            return None;
        }
        let part = number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor));
        total = total.zip(part).and_then(|(total, part)| total.checked_add(part));
        rest = &rest[end + unit.len_utf8()..];
    }
    (!text.is_empty()).then_some(total)
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
        for text in ["", " 1", "1.5", "ten", "1_000", "0x10", "h", "5y", "1h30", "18446744073709551616", "١"]
        {
            assert!(parse(text).unwrap_err().message.starts_with(NOT_NUMERIC), "{text}");
        }
        for text in ["9999999999999d", "99999999999w", "10000000000"] {
            assert!(parse(text).unwrap_err().message.contains("9999999999 seconds"), "{text}");
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
