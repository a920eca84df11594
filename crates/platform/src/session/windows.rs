//! Sleep, lock, user switch and remote desktop, told to a hidden window on a thread of its own.
#![expect(unsafe_code, reason = "windows are told by raw messages")]

use std::sync::mpsc::{Sender, channel};
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use windows::Win32::Foundation::{HANDLE, HWND, LPARAM, LRESULT, WPARAM};
use windows::Win32::System::Power::RegisterSuspendResumeNotification;
use windows::Win32::System::RemoteDesktop::{
    NOTIFY_FOR_THIS_SESSION, WTS_CURRENT_SESSION, WTSFreeMemory, WTSINFOEXW, WTSQuerySessionInformationW,
    WTSRegisterSessionNotification, WTSSessionInfoEx,
};
use windows::Win32::UI::WindowsAndMessaging::{
    CreateWindowExW, DEVICE_NOTIFY_WINDOW_HANDLE, DefWindowProcW, DispatchMessageW, GetMessageW,
    GetSystemMetrics, MSG, PBT_APMRESUMEAUTOMATIC, PBT_APMSUSPEND, RegisterClassW, SM_REMOTESESSION,
    WINDOW_EX_STYLE, WINDOW_STYLE, WM_ENDSESSION, WM_POWERBROADCAST, WM_WTSSESSION_CHANGE, WNDCLASSW,
    WTS_CONSOLE_CONNECT, WTS_CONSOLE_DISCONNECT, WTS_REMOTE_CONNECT, WTS_REMOTE_DISCONNECT, WTS_SESSION_LOCK,
    WTS_SESSION_UNLOCK,
};
use windows::core::{PWSTR, w};

use super::{Facts, SessionEvent, remember};
use crate::clock;

/// What the window heard.
#[derive(Clone, Copy, Debug)]
enum Told {
    Suspend,
    Resume,
    Ending,
    Session(u32),
}

/// A window has no room for a channel, and there is one session for each process: all watchers share one window.
static TELL: Mutex<Vec<UnboundedSender<Told>>> = Mutex::new(Vec::new());
/// Whether there is a window; made by the first watcher, and there as long as the process.
static WINDOW: OnceLock<bool> = OnceLock::new();

/// Listens to the session.
#[derive(Debug)]
pub struct Watcher {
    told: Option<UnboundedReceiver<Told>>,
    facts: Facts,
    slept: Duration,
    /// Suspend and resume come once by broadcast and once because we asked.
    leaving: bool,
}

impl Watcher {
    /// Begins to listen.
    pub async fn open() -> Self {
        let (tell, told) = unbounded_channel();
        TELL.lock().unwrap_or_else(PoisonError::into_inner).push(tell);
        let heard = *WINDOW.get_or_init(|| {
            let (made, is_made) = channel();
            let thread = std::thread::Builder::new().name("session".to_owned());
            // Fails at once when there is no window, because the thread then drops its end.
            thread.spawn(move || run_window(&made)).is_ok() && is_made.recv().is_ok()
        });
        let facts = Facts { active: true, remote: remote_by_environment(), locked: is_locked() };
        remember(facts);
        Self { told: heard.then_some(told), facts, slept: clock::suspended_total(), leaving: false }
    }

    /// Whether the system announces anything at all.
    #[must_use]
    pub const fn hears(&self) -> bool {
        self.told.is_some()
    }

    /// Nothing is held up on this system: it gives programs two seconds by itself.
    pub fn ready_to_sleep(&mut self) {}

    /// Waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> SessionEvent {
        loop {
            let Some(told) = &mut self.told else { return std::future::pending().await };
            let Some(told) = told.recv().await else {
                self.told = None;
                continue;
            };
            let mut facts = self.facts;
            match told {
                Told::Suspend if std::mem::replace(&mut self.leaving, true) => {}
                Told::Suspend | Told::Ending => return SessionEvent::Leaving,
                Told::Resume => {
                    let total = clock::suspended_total();
                    let asleep = total.saturating_sub(std::mem::replace(&mut self.slept, total));
                    if std::mem::take(&mut self.leaving) || !asleep.is_zero() {
                        return SessionEvent::Resumed { asleep };
                    }
                }
                Told::Session(WTS_SESSION_LOCK) => facts.locked = true,
                Told::Session(WTS_SESSION_UNLOCK) => facts.locked = false,
                Told::Session(WTS_CONSOLE_CONNECT) => (facts.active, facts.remote) = (true, false),
                Told::Session(WTS_REMOTE_CONNECT) => (facts.active, facts.remote) = (true, true),
                Told::Session(WTS_CONSOLE_DISCONNECT | WTS_REMOTE_DISCONNECT) => facts.active = false,
                Told::Session(_) => {}
            }
            if facts != self.facts {
                self.facts = facts;
                remember(facts);
                return SessionEvent::Changed;
            }
        }
    }
}

/// Owns the window and serves its messages as long as the process lives.
fn run_window(made: &Sender<()>) {
    let name = w!("RightdoorSession");
    let class = WNDCLASSW { lpfnWndProc: Some(on_message), lpszClassName: name, ..WNDCLASSW::default() };
    // SAFETY: the class is valid for the call and its name is static. The window is a hidden top-level
    // one, because message-only windows are not told of suspend and logoff. It is created, registered
    // and served on this thread alone.
    unsafe {
        RegisterClassW(&raw const class);
        let window = CreateWindowExW(
            WINDOW_EX_STYLE(0),
            name,
            name,
            WINDOW_STYLE(0),
            0,
            0,
            0,
            0,
            None,
            None,
            None,
            None,
        );
        let Ok(window) = window else {
            tracing::warn!("no window for session events: sleep and lock are not announced");
            return;
        };
        if let Err(error) = WTSRegisterSessionNotification(window, NOTIFY_FOR_THIS_SESSION) {
            tracing::warn!(%error, "lock and user switch are not announced");
        }
        // Asked for as well, because a computer with modern standby does not broadcast it.
        if let Err(error) = RegisterSuspendResumeNotification(HANDLE(window.0), DEVICE_NOTIFY_WINDOW_HANDLE) {
            tracing::warn!(%error, "sleep of modern standby is not announced");
        }
        let _ = made.send(());
        let mut message = MSG::default();
        while GetMessageW(&raw mut message, None, 0, 0).0 > 0 {
            DispatchMessageW(&raw const message);
        }
    }
}

unsafe extern "system" fn on_message(window: HWND, message: u32, first: WPARAM, second: LPARAM) -> LRESULT {
    let code = u32::try_from(first.0).unwrap_or(0);
    let told = match message {
        WM_POWERBROADCAST if code == PBT_APMSUSPEND => Some(Told::Suspend),
        WM_POWERBROADCAST if code == PBT_APMRESUMEAUTOMATIC => Some(Told::Resume),
        WM_ENDSESSION if first.0 != 0 => Some(Told::Ending),
        WM_WTSSESSION_CHANGE => Some(Told::Session(code)),
        _ => None,
    };
    if let Some(told) = told {
        // A watcher that was dropped is told no more.
        TELL.lock().unwrap_or_else(PoisonError::into_inner).retain(|tell| tell.send(told).is_ok());
    }
    // SAFETY: the arguments are those the system called with.
    unsafe { DefWindowProcW(window, message, first, second) }
}

fn is_locked() -> bool {
    let (mut data, mut bytes) = (PWSTR::null(), 0);
    // SAFETY: on success `data` points at `bytes` bytes that stay valid until they are freed below.
    let asked = unsafe {
        WTSQuerySessionInformationW(
            None,
            WTS_CURRENT_SESSION,
            WTSSessionInfoEx,
            &raw mut data,
            &raw mut bytes,
        )
    };
    if asked.is_err() || data.is_null() {
        return false;
    }
    let mut locked = false;
    if usize::try_from(bytes).is_ok_and(|bytes| bytes >= size_of::<WTSINFOEXW>()) {
        let info: *const WTSINFOEXW = data.as_ptr().cast_const().cast();
        // SAFETY: the length was checked, and level 1 is the one this class of information has.
        // WTS_SESSIONSTATE_LOCK is 0.
        locked = unsafe { (&raw const (*info).Data.WTSInfoExLevel1.SessionFlags).read_unaligned() } == 0;
    }
    // SAFETY: allocated by WTSQuerySessionInformationW and not used after this.
    unsafe { WTSFreeMemory(data.as_ptr().cast()) };
    locked
}

/// Whether this is a remote desktop session.
pub(super) fn remote_by_environment() -> bool {
    // SAFETY: takes a constant and cannot fail.
    unsafe { GetSystemMetrics(SM_REMOTESESSION) != 0 }
}

/// The account this process runs for.
pub(super) fn account() -> String {
    let variable = |name| std::env::var(name).unwrap_or_default();
    format!("{}\\{}", variable("USERDOMAIN"), variable("USERNAME"))
}
