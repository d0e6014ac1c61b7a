//! When to try again: exponential waits with full jitter, the server's Retry-After first, and no wait that is longer than the
//! time that is left.

use std::time::Duration;

use crate::error::Error;

/// Waits that double from `first` up to `max`.
#[derive(Clone, Copy, Debug)]
pub struct Backoff {
    /// The wait after the first failure.
    pub first: Duration,
    /// The longest wait.
    pub max: Duration,
}

impl Backoff {
    /// Returns the wait after this number of failures in a row.
    pub fn after(self, failures: u32) -> Duration {
        let doublings = failures.saturating_sub(1).min(16);
        self.first.saturating_mul(1 << doublings).min(self.max)
    }
}

/// Between the attempts of one call.
const ATTEMPTS: Backoff = Backoff {
    first: Duration::from_millis(250),
    max: Duration::from_secs(8),
};

/// Returns how long to wait before the next attempt, or `None` when there must not be one.
///
/// `failed` attempts have been made, `left` is the time left for the whole call, and `jitter` is a random number
/// from 0 to 1: without it, clients that failed at the same time would all retry at the same time.
pub fn wait_before_next(error: &Error, failed: u32, max_retries: u32, left: Duration, jitter: f64) -> Option<Duration> {
    if !error.is_retryable() || failed > max_retries {
        return None;
    }
    let wait = match error.retry_after() {
        Some(wished) if !wished.is_zero() => wished,
        _ => ATTEMPTS.after(failed).mul_f64(jitter.clamp(0.0, 1.0)),
    };
    (wait < left).then_some(wait)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ErrorKind;

    const MINUTE: Duration = Duration::from_secs(60);

    fn server_error() -> Error {
        Error::new(ErrorKind::Server, "503")
    }

    #[test]
    fn waits_double_up_to_a_limit_under_full_jitter() {
        let wait = |failed, jitter| wait_before_next(&server_error(), failed, 100, MINUTE, jitter).unwrap();
        let at_most: Vec<u128> = (1..=7).map(|failed| wait(failed, 1.0).as_millis()).collect();
        assert_eq!(at_most, [250, 500, 1000, 2000, 4000, 8000, 8000]);
        assert_eq!(wait(3, 0.5), Duration::from_millis(500));
        assert_eq!(wait(100, 0.0), Duration::ZERO);
    }

    #[test]
    fn only_so_many_attempts_and_only_where_it_can_help() {
        assert!(wait_before_next(&server_error(), 3, 3, MINUTE, 0.0).is_some());
        assert!(wait_before_next(&server_error(), 4, 3, MINUTE, 0.0).is_none());
        assert!(wait_before_next(&server_error(), 1, 0, MINUTE, 0.0).is_none());
        for code in [
            ErrorKind::InvalidClient,
            ErrorKind::Oauth,
            ErrorKind::Http,
            ErrorKind::BadResponse,
            ErrorKind::Cancelled,
        ] {
            assert!(wait_before_next(&Error::new(code, ""), 1, 3, MINUTE, 0.0).is_none());
        }
    }

    #[test]
    fn the_servers_wish_is_obeyed_when_it_fits() {
        let wish = |seconds| server_error().with_retry_after(Some(Duration::from_secs(seconds)));
        let wait = |error: Error| wait_before_next(&error, 1, 3, MINUTE, 1.0);
        assert_eq!(wait(wish(2)), Some(Duration::from_secs(2)));
        assert_eq!(wait(wish(60)), None);
        assert_eq!(wait(wish(0)), Some(Duration::from_millis(250)));
        assert_eq!(
            wait_before_next(&server_error(), 1, 3, Duration::from_millis(100), 1.0),
            None
        );
    }
}
