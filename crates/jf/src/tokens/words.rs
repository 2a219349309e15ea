//! Moments and spans of time in words.

use time::OffsetDateTime;

const MINUTE: u64 = 60;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// A moment in epoch seconds as `2026-11-27 10:00 UTC`; the number itself if no calendar goes that far.
pub(crate) fn utc(moment: u64) -> String {
    let date =
        i64::try_from(moment).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let Some(date) = date else { return format!("second {moment}") };
    let (year, month, day) = (date.year(), u8::from(date.month()), date.day());
    format!("{year:04}-{month:02}-{day:02} {:02}:{:02} UTC", date.hour(), date.minute())
}

/// The day of a moment, as `2026-11-27`.
pub(crate) fn day(moment: u64) -> String {
    let text = utc(moment);
    text.split_once(' ').map_or(text.clone(), |(day, _)| day.to_owned())
}

/// How far a moment lies from `now`: `in 3 days`, `2 hours ago`, `now`.
pub(crate) fn distance(moment: u64, now: u64) -> String {
    match (span(moment.abs_diff(now)), moment > now) {
        _ if moment == now => "now".to_owned(),
        (span, true) => format!("in {span}"),
        (span, false) => format!("{span} ago"),
    }
}

/// Both: `in 3 days, 2026-11-27 10:00 UTC`.
pub(crate) fn moment(moment: u64, now: u64) -> String {
    format!("{}, {}", distance(moment, now), utc(moment))
}

/// Both, as a thing besides: `in 3 days (2026-11-27 10:00 UTC)`.
pub(crate) fn moment_aside(moment: u64, now: u64) -> String {
    format!("{} ({})", distance(moment, now), utc(moment))
}

/// So many things, whose plural takes an s: `1 server`, `2 servers`.
pub(crate) fn count(count: u64, thing: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {thing}{plural}")
}

/// `1 token`, `2 tokens`.
pub(crate) fn tokens(tokens: u64) -> String {
    count(tokens, "token")
}

/// A number of seconds in the largest unit that says enough, rounded down: `90 minutes`, `3 days`.
pub(crate) fn span(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds / MINUTE, "minute"),
        7200..172_800 => (seconds / HOUR, "hour"),
        _ => (seconds / DAY, "day"),
    };
    count(number, unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn moments_are_told_in_utc() {
        assert_eq!(utc(0), "1970-01-01 00:00 UTC");
        assert_eq!(utc(1_764_064_800), "2025-11-25 10:00 UTC");
        assert_eq!(day(1_764_064_800), "2025-11-25");
        assert_eq!(utc(9_999_999_999), "2286-11-20 17:46 UTC");
        assert_eq!(utc(u64::MAX), format!("second {}", u64::MAX));
    }

    #[test]
    fn spans_are_rounded_down_in_a_unit_that_says_enough() {
        for (seconds, words) in [
            (0, "0 seconds"),
            (1, "1 second"),
            (119, "119 seconds"),
            (120, "2 minutes"),
            (7199, "119 minutes"),
            (7200, "2 hours"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (31_536_000, "365 days"),
        ] {
            assert_eq!(span(seconds), words);
        }
    }

    #[test]
    fn distance_has_a_direction() {
        assert_eq!(distance(100, 40), "in 60 seconds");
        assert_eq!(distance(40, 100), "60 seconds ago");
        assert_eq!(distance(40, 40), "now");
        assert_eq!(moment(86_400 * 3, 0), "in 3 days, 1970-01-04 00:00 UTC");
    }
}
