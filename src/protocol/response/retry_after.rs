//! `Retry-After`: seconds or a date (RFC 9110, section 10.2.3).

use std::time::{Duration, UNIX_EPOCH};

use crate::clock::Moment;

/// The wait that the header asks for. What cannot be read counts as not sent; a date that has passed asks for none.
pub(crate) fn read(value: &str, now: Moment) -> Option<Duration> {
    let value = value.trim();
    if !value.is_empty() && value.bytes().all(|byte| byte.is_ascii_digit()) {
        let seconds = value.parse().unwrap_or(u64::MAX).min(i64::MAX as u64);
        return Some(Duration::from_secs(seconds));
    }
    let date = httpdate::parse_http_date(value).ok()?.duration_since(UNIX_EPOCH).ok()?;
    let now = Duration::from_millis(u64::try_from(now.wall_ms).unwrap_or(0));
    Some(date.saturating_sub(now))
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
            assert_eq!(read(value, now), wait.map(Duration::from_secs), "{value}");
        }
    }
}
