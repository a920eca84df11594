//! Both clocks, sleep, and randomness.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rightdoor_core::{Mono, Now, Wall};

#[cfg(target_os = "linux")]
#[path = "clock/linux.rs"]
mod os;
#[cfg(target_os = "macos")]
#[path = "clock/macos.rs"]
mod os;
#[cfg(target_os = "windows")]
#[path = "clock/windows.rs"]
mod os;

/// This instant: a clock that counts sleep, and the calendar.
#[must_use]
pub fn now() -> Now {
    let wall = match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
        Err(before) => i64::try_from(before.duration().as_millis()).map_or(i64::MIN, |millis| -millis),
    };
    Now { mono: Mono(u64::try_from(os::with_sleep().as_millis()).unwrap_or(u64::MAX)), wall: Wall(wall) }
}

/// How long the computer has slept since it was started; a growth is a sleep, even when nobody
/// announced it.
#[must_use]
pub fn suspended_total() -> Duration {
    // Read in this order the difference cannot be negative; the microseconds between the two reads
    // do not matter to anybody who compares in seconds.
    let awake = os::without_sleep();
    os::with_sleep().saturating_sub(awake)
}

/// `N` random bytes from the system's generator.
///
/// # Panics
/// Never in practice: when the system has no randomness left to give, nothing that needs it may go
/// on, and the process ends here.
#[must_use]
pub fn random<const N: usize>() -> [u8; N] {
    let mut bytes = [0; N];
    if let Err(error) = getrandom::fill(&mut bytes) {
        tracing::error!(%error, "the system gives no random bytes");
        std::process::abort();
    }
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_and_counts_at_least_the_waking_time() {
        let first = now();
        let second = now();
        assert!(second.mono >= first.mono);
        let awake = os::without_sleep();
        assert!(os::with_sleep() >= awake);
        assert!(second.wall.0 > 1_600_000_000_000, "the calendar is after 2020");
    }

    #[test]
    fn two_random_values_differ() {
        assert_ne!(random::<16>(), random::<16>());
    }
}
