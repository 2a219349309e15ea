//! Check: whether this machine and the server agree on what time it is. If they do not, each takes tokens for expired,
//! or not yet valid, that are not so for the other.

use super::finding::Finding;
use super::reach::Heard;
use crate::error::{Failure, Reason};
use std::time::{Duration, SystemTime};

/// Nobody minds this much.
const HARMLESS: Duration = Duration::from_secs(5);
/// Beyond this, tokens are judged wrongly.
const TOLERABLE: Duration = Duration::from_secs(60);
/// `Date` is written in whole seconds, rounded down.
const GRAIN: Duration = Duration::from_secs(1);
const NEXT: &str = "set both clocks by the network, this machine's first: timedatectl set-ntp true";

/// Compares the clocks by the `Date` of an answer.
pub(super) fn check(heard: &Heard) -> Finding {
    let date = heard.date.as_deref().and_then(|date| httpdate::parse_http_date(date.trim()).ok());
    let Some(date) = date else {
        return Finding::ok("not compared: the server does not say what time it is there");
    };
    let (difference, direction) = difference(heard.began, heard.ended, date);
    let words = format!("this machine's clock is {} s {direction} the server's", difference.as_secs());
    if difference < GRAIN {
        Finding::ok("this machine and the server agree on the time")
    } else if difference <= HARMLESS {
        Finding::ok(words)
    } else if difference <= TOLERABLE {
        Finding::ok(words).but("tokens may be taken for expired too early or too late", NEXT)
    } else {
        let message =
            format!("{words}: one of them takes good tokens for expired, and expired ones for good");
        Finding::fail(Failure::new(Reason::Failed, message).hint(NEXT))
    }
}

/// The least by which the clocks differ, and which way: the answer was made at some moment between `began` and
/// `ended`, and within the second that it names.
fn difference(began: SystemTime, ended: SystemTime, date: SystemTime) -> (Duration, &'static str) {
    if let Ok(ahead) = began.duration_since(date + GRAIN) {
        return (ahead, "ahead of");
    }
    (date.duration_since(ended).unwrap_or_default(), "behind")
}

#[cfg(test)]
mod tests {
    use super::super::finding::Status;
    use super::*;
    use std::time::UNIX_EPOCH;

    fn at(milliseconds: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_millis(1_800_000_000_000 + milliseconds)
    }

    fn status(began: u64, ended: u64, date: u64) -> Status {
        let date = Some(httpdate::fmt_http_date(at(date)));
        check(&Heard { began: at(began), ended: at(ended), date }).status
    }

    #[test]
    fn each_difference_has_its_status() {
        let far = Status::Fail(Reason::Failed);
        for (began, date, wanted) in [
            (100_500, 100_000, Status::Ok),
            (106_000, 100_000, Status::Ok),
            (106_001, 100_000, Status::Warn),
            (161_000, 100_000, Status::Warn),
            (161_001, 100_000, far),
            (95_000, 100_000, Status::Ok),
            (94_999, 100_000, Status::Warn),
            (40_000, 100_000, Status::Warn),
            (39_999, 100_000, far),
        ] {
            assert_eq!(status(began, began, date), wanted, "{began} {date}");
        }
    }

    #[test]
    fn a_slow_answer_proves_nothing() {
        assert_eq!(status(100_000, 170_000, 130_000), Status::Ok);
        assert_eq!(status(100_000, 170_000, 90_000), Status::Warn, "before it was asked");
        assert_eq!(status(100_000, 170_000, 240_000), Status::Fail(Reason::Failed));
    }

    #[test]
    fn no_date_is_no_difference() {
        for date in [None, Some("soon".to_owned()), Some(String::new())] {
            assert_eq!(check(&Heard { began: at(0), ended: at(0), date }).status, Status::Ok);
        }
    }
}
