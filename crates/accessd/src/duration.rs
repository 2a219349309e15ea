//! Durations as people write them: `900`, `15m`, `1h`.

/// Longest life of a token from `accessd admin-token`, in seconds.
pub const LONGEST_ADMIN_EXPIRY: u64 = 24 * 60 * 60;

/// Reads a number of seconds, or a number with one of the units `s`, `m`, `h`, `d`.
///
/// # Errors
/// Words for a person if it is nothing of that, or too large a number.
pub fn parse(text: &str) -> Result<u64, String> {
    let (digits, unit) = match text.char_indices().find(|(_, c)| !c.is_ascii_digit()) {
        Some((at, _)) => text.split_at(at),
        None => (text, "s"),
    };
    let seconds_each = match unit {
        "s" => 1,
        "m" => 60,
        "h" => 60 * 60,
        "d" => 24 * 60 * 60,
        _ => return Err("a duration is a number of seconds, or a number with s, m, h or d".to_owned()),
    };
    let number: u64 = digits.parse().map_err(|_| "a duration begins with a whole number".to_owned())?;
    number.checked_mul(seconds_each).ok_or_else(|| "the duration is too long".to_owned())
}

/// Reads the `--expiry` of `accessd admin-token`: more than nothing, at most 24 hours.
///
/// # Errors
/// Words for a person.
pub fn parse_admin_expiry(text: &str) -> Result<u64, String> {
    match parse(text)? {
        0 => Err("an administrator token from the command line has to expire".to_owned()),
        seconds if seconds > LONGEST_ADMIN_EXPIRY => Err("at most 24h".to_owned()),
        seconds => Ok(seconds),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_multiply() {
        for (text, seconds) in [("900", 900), ("15m", 900), ("1h", 3600), ("1d", 86_400), ("0", 0), ("7s", 7)]
        {
            assert_eq!(parse(text), Ok(seconds), "{text}");
        }
    }

    #[test]
    fn nonsense_is_refused() {
        for text in
            ["", "m", "-1", "+1", "1.5h", "1 h", "1w", "1hh", "99999999999999999999", "213503982334602d"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn an_administrator_token_lives_a_day_at_most() {
        assert_eq!(parse_admin_expiry("24h"), Ok(LONGEST_ADMIN_EXPIRY));
        assert!(parse_admin_expiry("86401").is_err() && parse_admin_expiry("0").is_err());
    }
}
