//! `CLOCK_MONOTONIC` (which counts sleep on macOS) and `CLOCK_UPTIME_RAW` (which does not).
#![expect(unsafe_code, reason = "the standard library has no clock that counts sleep")]

use std::time::Duration;

/// Time since start, sleep included.
pub(super) fn with_sleep() -> Duration {
    read(libc::CLOCK_MONOTONIC)
}

/// Time since start, awake only.
pub(super) fn without_sleep() -> Duration {
    read(libc::CLOCK_UPTIME_RAW)
}

fn read(clock: libc::clockid_t) -> Duration {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `time` is a valid timespec for the whole call, which only writes to it. Both clocks
    // exist since macOS 10.12, so the call cannot fail; if it did, the time stays zero.
    unsafe { libc::clock_gettime(clock, &raw mut time) };
    Duration::new(u64::try_from(time.tv_sec).unwrap_or(0), u32::try_from(time.tv_nsec).unwrap_or(0))
}
