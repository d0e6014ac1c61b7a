//! `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Moment;

/// Returns the wait that the header asks for. What cannot be read counts as not sent; a date that has passed asks for none.
///
/// A date is counted from the response's own `Date`, where there is one: this machine's clock may be wrong.
pub(crate) fn read(value: &str, date: Option<&str>, now: Moment) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX).min(i64::MAX as u64);
        return Some(Duration::from_secs(seconds));
    }
    let until = since_1970(value)?;
    let ours = || Duration::from_millis(u64::try_from(now.wall_ms).unwrap_or(0));
    Some(until.saturating_sub(date.and_then(since_1970).unwrap_or_else(ours)))
}

fn since_1970(date: &str) -> Option<Duration> {
    httpdate::parse_http_date(date.trim())
        .ok()?
        .duration_since(UNIX_EPOCH)
        .ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn seconds_dates_and_nonsense() {
        let now = Moment {
            wall_ms: 784_111_777_000, // Sun, 06 Nov 1994 08:49:37 GMT
            steady_ms: 0,
        };
        for (value, wait) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("99999999999999999999999", Some(i64::MAX as u64)),
            ("Sun, 06 Nov 1994 08:50:37 GMT", Some(60)),
            ("Sunday, 06-Nov-94 08:50:37 GMT", Some(60)),
            ("Sun Nov  6 08:50:37 1994", Some(60)),
            ("Sun, 06 Nov 1994 08:00:00 GMT", Some(0)),
            ("", None),
            ("-1", None),
            ("1.5", None),
            ("soon", None),
            ("Sun, 99 Nov 1994 08:49:37 GMT", None),
        ] {
            assert_eq!(read(value, None, now), wait.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn a_date_is_counted_from_the_servers_own() {
        let now = Moment {
            wall_ms: 784_111_777_000, // Sun, 06 Nov 1994 08:49:37 GMT
            steady_ms: 0,
        };
        let until = "Sun, 06 Nov 1994 06:50:37 GMT";
        for (date, wait) in [
            (Some("Sun, 06 Nov 1994 06:49:37 GMT"), 60),
            (Some("Sun, 06 Nov 1994 07:00:00 GMT"), 0),
            (Some("today"), 0),
            (None, 0),
        ] {
            assert_eq!(read(until, date, now), Some(Duration::from_secs(wait)), "{date:?}");
        }
        assert_eq!(read("120", Some(until), now), Some(Duration::from_secs(120)));
    }
}
