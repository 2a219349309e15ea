//! When a request is sent once more, and after how long: what may do better next time, further and further
//! apart. Some of it may have been processed, which its `Idempotency-Key` makes harmless; a server that does
//! not know the key may make one token too many, as it does for the existing tool.

use crate::http::{Answer, NoAnswer, refusal};
use std::time::Duration;

const FIRST_WAIT: Duration = Duration::from_millis(250);
const LONGEST_WAIT: Duration = Duration::from_secs(10);

/// Why and after which wait to try again after `tries` of at most `most` retries; `None` to leave it at that.
/// `left` is the time until the command has to end, `random` spreads clients that failed together.
pub(crate) fn plan(
    result: &Result<Answer, NoAnswer>,
    tries: u32,
    most: u32,
    left: Duration,
    random: u8,
) -> Option<(String, Duration)> {
    if tries >= most {
        return None;
    }
    let (why, asked) = match result {
        Ok(answer) if matches!(answer.status.as_u16(), 429 | 502 | 503 | 504) => {
            (format!("server response: {}", refusal::status_line(answer.status)), asked_wait(answer))
        }
        Err(NoAnswer::Connection(why)) => (why.clone(), None),
        _ => return None,
    };
    let wait = asked.unwrap_or_else(|| backoff(tries, random));
    (wait < left).then_some((why, wait))
}

/// What `Retry-After` asks for: seconds, or a date, which is compared with the server's own clock.
fn asked_wait(answer: &Answer) -> Option<Duration> {
    let text = answer.header("retry-after")?.trim();
    if let Ok(seconds) = text.parse() {
        return Some(Duration::from_secs(seconds));
    }
    let date = |text: &str| httpdate::parse_http_date(text).ok();
    let then = date(text)?;
    let now = date(answer.header("date")?)?;
    Some(then.duration_since(now).unwrap_or_default())
}

/// Twice as long each time, of which up to half is left to chance.
fn backoff(tries: u32, random: u8) -> Duration {
    let full = (FIRST_WAIT * 2_u32.pow(tries.min(6))).min(LONGEST_WAIT);
    full / 2 + full / 2 * u32::from(random) / 255
}

#[cfg(test)]
mod tests {
    use super::*;
    use ureq::http::{HeaderMap, StatusCode};

    const MINUTE: Duration = Duration::from_secs(60);

    fn answer(status: u16, retry_after: Option<&str>) -> Result<Answer, NoAnswer> {
        let mut headers = HeaderMap::new();
        if let Some(value) = retry_after {
            headers.insert("retry-after", value.parse().unwrap());
        }
        Ok(Answer { status: StatusCode::from_u16(status).unwrap(), body: Vec::new(), headers, stream: None })
    }

    fn wait(result: &Result<Answer, NoAnswer>, tries: u32) -> Option<Duration> {
        plan(result, tries, 3, MINUTE, 255).map(|(_, wait)| wait)
    }

    #[test]
    fn waits_grow() {
        let busy = answer(503, None);
        let waits: Vec<_> = (0..4).map(|tries| wait(&busy, tries).map(|wait| wait.as_millis())).collect();
        assert_eq!(waits, [Some(250), Some(500), Some(1000), None]);
        assert_eq!(plan(&busy, 0, 3, MINUTE, 0).unwrap().1.as_millis(), 125);
    }

    #[test]
    fn the_server_may_name_the_wait_within_reason() {
        assert_eq!(wait(&answer(429, Some("2")), 0), Some(Duration::from_secs(2)));
        assert_eq!(wait(&answer(429, Some("59")), 0), Some(Duration::from_secs(59)));
        assert_eq!(wait(&answer(429, Some("3600")), 0), None, "asking earlier would only annoy it");
        assert_eq!(wait(&answer(503, Some("soon")), 0), Some(FIRST_WAIT));
        assert_eq!(plan(&answer(503, Some("5")), 0, 3, Duration::from_secs(4), 0), None);
    }

    #[test]
    fn a_date_is_as_good_as_seconds_if_the_server_says_what_time_it_is() {
        let mut later = answer(503, Some("Sun, 06 Nov 1994 08:49:40 GMT"));
        assert_eq!(wait(&later, 0), Some(FIRST_WAIT));
        if let Ok(answer) = &mut later {
            answer.headers.insert("date", "Sun, 06 Nov 1994 08:49:37 GMT".parse().unwrap());
        }
        assert_eq!(wait(&later, 0), Some(Duration::from_secs(3)));
    }

    #[test]
    fn what_will_not_change_is_not_tried_again() {
        for status in [200, 201, 302, 400, 401, 403, 404, 409, 500] {
            assert_eq!(wait(&answer(status, None), 0), None, "{status}");
        }
        for error in [
            NoAnswer::Tls("x".into()),
            NoAnswer::Proxy("x".into()),
            NoAnswer::Cut("x".into()),
            NoAnswer::Time(None),
            NoAnswer::Other("x".into()),
        ] {
            assert_eq!(wait(&Err(error), 0), None);
        }
        assert!(wait(&Err(NoAnswer::Connection("refused".into())), 0).is_some());
    }
}
