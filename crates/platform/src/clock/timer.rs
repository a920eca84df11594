//! A timer of the kernel (timerfd_create(2)).
#![expect(unsafe_code, reason = "the standard library has no such timer")]

use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::time::Duration;

use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

/// One timer, on the clock that counts sleep.
#[derive(Debug)]
pub(super) struct Timer(AsyncFd<OwnedFd>);

impl Timer {
    /// Within a tokio runtime.
    pub(super) fn open() -> io::Result<Self> {
        // SAFETY: the call takes no pointers; what it returns is checked before it is used.
        let descriptor =
            unsafe { libc::timerfd_create(libc::CLOCK_BOOTTIME, libc::TFD_NONBLOCK | libc::TFD_CLOEXEC) };
        if descriptor < 0 {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the kernel has just given us this descriptor, and nobody else knows it.
        let owned = unsafe { OwnedFd::from_raw_fd(descriptor) };
        // SAFETY: `as_raw_fd` of an `OwnedFd` always gives the one descriptor that it owns and closes when it is
        // dropped; it moves into the `AsyncFd`.
        unsafe { AsyncFd::register_with_interest(owned, Interest::READABLE) }.map(Self).map_err(Into::into)
    }

    /// Completes when so much time has passed; what it was set to before is forgotten.
    pub(super) async fn after(&mut self, wait: Duration) -> io::Result<()> {
        self.set(wait)?;
        loop {
            let mut ready = self.0.readable().await?;
            // What was ready may be an earlier setting, which the one above has taken back.
            if rung(ready.get_inner())? {
                return Ok(());
            }
            ready.clear_ready();
        }
    }

    fn set(&self, wait: Duration) -> io::Result<()> {
        // A time of zero would disarm it.
        let wait = wait.max(Duration::from_nanos(1));
        let mut time: libc::itimerspec = libc::itimerspec {
            it_interval: libc::timespec { tv_sec: 0, tv_nsec: 0 },
            it_value: libc::timespec { tv_sec: libc::time_t::MAX, tv_nsec: 0 },
        };
        if let Ok(seconds) = libc::time_t::try_from(wait.as_secs()) {
            time.it_value.tv_sec = seconds;
            time.it_value.tv_nsec = wait.subsec_nanos().into();
        }
        // SAFETY: `time` is valid for the call, which only reads it; no old setting is asked for.
        let done =
            unsafe { libc::timerfd_settime(self.0.as_raw_fd(), 0, &raw const time, std::ptr::null_mut()) };
        if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }
}

/// Whether it has rung since it was set.
fn rung(timer: &OwnedFd) -> io::Result<bool> {
    let mut times = [0_u8; 8];
    // SAFETY: the kernel writes at most the eight bytes that `times` has.
    let read = unsafe { libc::read(timer.as_raw_fd(), times.as_mut_ptr().cast(), times.len()) };
    if read > 0 {
        return Ok(true);
    }
    match io::Error::last_os_error() {
        error if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
        error => Err(error),
    }
}
