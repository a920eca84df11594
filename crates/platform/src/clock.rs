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

#[cfg(target_os = "linux")]
#[path = "clock/timer.rs"]
mod timer;

/// What wakes a loop that has one deadline at a time.
///
/// A timer of tokio's is moved from wheel to wheel on its way to a deadline a minute off, and wakes the process each time;
/// where the kernel has timers of its own, this is one, and wakes it once.
#[derive(Debug)]
pub struct Alarm {
    #[cfg(target_os = "linux")]
    timer: Option<timer::Timer>,
}

impl Alarm {
    /// One that is not set. Within a tokio runtime.
    #[must_use]
    pub fn new() -> Self {
        Self {
            #[cfg(target_os = "linux")]
            timer: timer::Timer::open()
                .inspect_err(|error| tracing::debug!(%error, "the kernel gives no timer"))
                .ok(),
        }
    }

    /// Completes when so much time has passed. Dropped before, it never rings.
    pub async fn after(&mut self, wait: Duration) {
        #[cfg(target_os = "linux")]
        if let Some(timer) = &mut self.timer {
            match timer.after(wait).await {
                Ok(()) => return,
                Err(error) => {
                    tracing::warn!(%error, "the kernel's timer does not work");
                    self.timer = None;
                }
            }
        }
        tokio::time::sleep(wait).await;
    }
}

impl Default for Alarm {
    fn default() -> Self {
        Self::new()
    }
}

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

    #[tokio::test]
    async fn an_alarm_rings_in_time_and_forgets_what_it_was_set_to_before() {
        let mut alarm = Alarm::new();
        let soon = Duration::from_millis(20);
        let began = std::time::Instant::now();
        alarm.after(soon).await;
        assert!(began.elapsed() >= soon);
        alarm.after(Duration::ZERO).await;

        // Set, rung, and (but for a loaded machine) never looked at: the next setting begins anew.
        let _ = tokio::time::timeout(Duration::ZERO, alarm.after(soon / 4)).await;
        tokio::time::sleep(soon).await;
        let began = std::time::Instant::now();
        alarm.after(soon).await;
        assert!(began.elapsed() >= soon);
        for far in [Duration::from_secs(3600), Duration::MAX] {
            assert!(tokio::time::timeout(soon, alarm.after(far)).await.is_err(), "{far:?}");
        }
    }

    #[test]
    fn two_random_values_differ() {
        assert_ne!(random::<16>(), random::<16>());
    }
}
