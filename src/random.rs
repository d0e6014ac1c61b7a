//! Random numbers of the operating system. A generator of our own would be copied by `fork()`, and a server's workers
//! would all wait the same time before they try again.

use ring::rand::{SecureRandom, SystemRandom};
use zeroize::Zeroizing;

/// Returns random bytes; zeros where the system has none.
pub(crate) fn bytes<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes
}

/// Returns random bytes that nobody can guess, `None` where the system has none. For what protects a login.
pub(crate) fn unpredictable_bytes<const N: usize>() -> Option<Zeroizing<[u8; N]>> {
    let mut bytes = Zeroizing::new([0; N]);
    SystemRandom::new().fill(&mut *bytes).ok()?;
    Some(bytes)
}

/// Returns a random number.
pub(crate) fn number() -> u64 {
    u64::from_ne_bytes(bytes())
}

/// Returns a random number from 0 to 1, 1 excluded.
pub(crate) fn fraction() -> f64 {
    // As many bits as a float holds.
    #[allow(clippy::cast_precision_loss)]
    let fraction = (number() >> 11) as f64 / (1u64 << 53) as f64;
    fraction
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_differ_and_fractions_are_between_0_and_1() {
        assert_ne!(bytes::<16>(), bytes::<16>());
        let fractions: Vec<f64> = (0..1000).map(|_| fraction()).collect();
        assert!(fractions.iter().all(|fraction| (0.0..1.0).contains(fraction)));
        assert!(fractions.iter().any(|fraction| *fraction < 0.25) && fractions.iter().any(|fraction| *fraction > 0.75));
    }
}
