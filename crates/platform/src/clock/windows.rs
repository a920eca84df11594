//! The interrupt time with and without sleep.
#![expect(unsafe_code, reason = "the standard library has no clock that counts sleep")]

use std::time::Duration;

use windows::Win32::System::SystemInformation::GetTickCount64;
use windows::Win32::System::WindowsProgramming::QueryUnbiasedInterruptTime;

/// Time since start, sleep included.
pub(super) fn with_sleep() -> Duration {
    // SAFETY: takes nothing and cannot fail.
    let coarse = Duration::from_millis(unsafe { GetTickCount64() });
    // It advances in steps of up to 16 ms and so lags behind the finer waking time.
    coarse.max(without_sleep())
}

/// Time since start, awake only.
pub(super) fn without_sleep() -> Duration {
    let mut ticks = 0;
    // SAFETY: `ticks` is valid for the whole call, which only writes to it; on failure it stays zero.
    let _ = unsafe { QueryUnbiasedInterruptTime(&raw mut ticks) };
    // In 100 nanoseconds.
    Duration::from_nanos(ticks.saturating_mul(100))
}
