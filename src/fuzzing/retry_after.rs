//! `Retry-After`.

use std::time::{Duration, UNIX_EPOCH};

use super::NOW;
use crate::clock::Moment;
use crate::protocol::response::retry_after::read;

/// The first second of the year 10000, beyond which no date is written.
const YEAR_10000: u64 = 253_402_300_800;

/// Nonsense is no wait, and every number and date is the wait that it says.
pub fn retry_after(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    for wall_ms in [i64::MIN, 0, NOW.wall_ms, i64::MAX] {
        for date in [None, Some("Sun, 06 Nov 1994 08:49:37 GMT"), Some(&*text)] {
            let found = read(&text, date, Moment { wall_ms, steady_ms: 0 }).unwrap_or_default();
            assert!(i64::try_from(found.as_secs()).is_ok(), "fits into the ABI's number");
        }
    }
    let number = data.iter().take(8).fold(0_u64, |sum, byte| sum << 8 | u64::from(*byte));
    let most = i64::MAX as u64;
    assert_eq!(
        read(&number.to_string(), None, NOW),
        Some(Duration::from_secs(number.min(most)))
    );
    let seconds = number % YEAR_10000;
    let written = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    let expected = (seconds * 1000).saturating_sub(NOW.wall_ms.unsigned_abs());
    assert_eq!(
        read(&written, None, NOW),
        Some(Duration::from_millis(expected)),
        "{written}"
    );
    assert_eq!(read(&written, Some(&written), NOW), Some(Duration::ZERO), "{written}");
}
