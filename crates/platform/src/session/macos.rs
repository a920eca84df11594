//! Sleep and wake-up from IOKit, on a thread with a run loop; lock and user switch from the window
//! server, whenever somebody looks.
#![expect(unsafe_code, reason = "IOKit and the window server are C interfaces")]

use std::ffi::c_void;
use std::future::pending;
use std::ptr::null_mut;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use core_foundation::base::{CFType, TCFType, ToVoid};
use core_foundation::boolean::CFBoolean;
use core_foundation::dictionary::{CFDictionary, CFDictionaryRef};
use core_foundation::runloop::{CFRunLoop, CFRunLoopSource, CFRunLoopSourceRef, kCFRunLoopDefaultMode};
use core_foundation::string::CFString;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};

use super::{Facts, SessionEvent};
use crate::clock;

/// How long sleep is held up for those who never say [`Watcher::ready_to_sleep`].
const HOLD: Duration = Duration::from_secs(2);
/// `kIOMessageCanSystemSleep`, `kIOMessageSystemWillSleep`, `kIOMessageSystemHasPoweredOn`.
const CAN_SLEEP: u32 = 0xe000_0270;
const WILL_SLEEP: u32 = 0xe000_0280;
const HAS_POWERED_ON: u32 = 0xe000_0300;

type PowerCallback = unsafe extern "C" fn(*mut c_void, u32, u32, *mut c_void);

#[link(name = "IOKit", kind = "framework")]
unsafe extern "C" {
    fn IORegisterForSystemPower(
        context: *mut c_void,
        port: *mut *mut c_void,
        callback: PowerCallback,
        notifier: *mut u32,
    ) -> u32;
    fn IONotificationPortGetRunLoopSource(port: *mut c_void) -> CFRunLoopSourceRef;
    fn IOAllowPowerChange(root: u32, id: isize) -> i32;
}

#[link(name = "CoreGraphics", kind = "framework")]
unsafe extern "C" {
    fn CGSessionCopyCurrentDictionary() -> CFDictionaryRef;
}

/// What IOKit's callback needs; it lives as long as the process.
struct Power {
    root: u32,
    tell: UnboundedSender<bool>,
    ready: Receiver<()>,
}

/// Listens to the system's power.
#[derive(Debug)]
pub struct Watcher {
    /// Whether it sleeps (`true`) or woke up.
    told: Option<UnboundedReceiver<bool>>,
    ready: SyncSender<()>,
    slept: Duration,
}

impl Watcher {
    /// Begins to listen.
    pub async fn open() -> Self {
        let (tell, told) = unbounded_channel();
        let (ready, is_ready) = sync_channel(1);
        let thread = thread::Builder::new().name("power".to_owned()).spawn(move || listen(tell, is_ready));
        Self { told: thread.is_ok().then_some(told), ready, slept: clock::suspended_total() }
    }

    /// Whether the system announces anything at all.
    #[must_use]
    pub const fn hears(&self) -> bool {
        self.told.is_some()
    }

    /// Says that everything is kept and the computer may sleep; to be called after
    /// [`SessionEvent::Leaving`] was dealt with. Who forgets it delays sleep by two seconds.
    pub fn ready_to_sleep(&mut self) {
        let _ = self.ready.try_send(());
    }

    /// Waits for the next event. Cancel-safe.
    pub async fn next(&mut self) -> SessionEvent {
        let Some(told) = &mut self.told else { return pending().await };
        match told.recv().await {
            Some(true) => SessionEvent::Leaving,
            Some(false) => {
                let total = clock::suspended_total();
                let asleep = total.saturating_sub(std::mem::replace(&mut self.slept, total));
                SessionEvent::Resumed { asleep }
            }
            None => {
                self.told = None;
                pending().await
            }
        }
    }
}

fn listen(tell: UnboundedSender<bool>, ready: Receiver<()>) {
    let power = Box::leak(Box::new(Power { root: 0, tell, ready }));
    let (mut port, mut notifier) = (null_mut(), 0);
    // SAFETY: the context is leaked, so it is valid for every callback; the out-pointers are valid for
    // the call. Callbacks run on this thread only, inside the run loop below.
    let root = unsafe {
        IORegisterForSystemPower((&raw mut *power).cast(), &raw mut port, on_power, &raw mut notifier)
    };
    if root == 0 || port.is_null() {
        tracing::warn!("IOKit does not announce sleep");
        return;
    }
    power.root = root;
    // SAFETY: the port is valid and keeps its source; it is retained here. The mode is a constant.
    unsafe {
        let source = CFRunLoopSource::wrap_under_get_rule(IONotificationPortGetRunLoopSource(port));
        CFRunLoop::get_current().add_source(&source, kCFRunLoopDefaultMode);
    }
    CFRunLoop::run_current();
}

unsafe extern "C" fn on_power(context: *mut c_void, _service: u32, kind: u32, argument: *mut c_void) {
    // SAFETY: the context given at registration, which is never freed and used on this thread only.
    let Some(power) = (unsafe { context.cast::<Power>().as_ref() }) else { return };
    match kind {
        WILL_SLEEP => {
            // An answer to an earlier sleep that came too late is no answer to this one.
            while power.ready.try_recv().is_ok() {}
            if power.tell.send(true).is_ok() {
                let _ = power.ready.recv_timeout(HOLD);
            }
            // SAFETY: `argument` is the notification's id, to be answered once.
            unsafe { IOAllowPowerChange(power.root, argument as isize) };
        }
        // SAFETY: as above.
        CAN_SLEEP => _ = unsafe { IOAllowPowerChange(power.root, argument as isize) },
        HAS_POWERED_ON => _ = power.tell.send(false),
        _ => {}
    }
}

/// What the window server says of this login now.
pub(super) fn facts() -> Facts {
    let mut facts = Facts { active: true, remote: remote_by_environment(), locked: false };
    // SAFETY: takes nothing; gives a dictionary that we own, or null without a window server.
    let dictionary = unsafe { CGSessionCopyCurrentDictionary() };
    if dictionary.is_null() {
        return facts;
    }
    // SAFETY: not null, and ours to release.
    let dictionary: CFDictionary = unsafe { CFDictionary::wrap_under_create_rule(dictionary) };
    facts.active = flag(&dictionary, "kCGSSessionOnConsoleKey").unwrap_or(true);
    facts.locked = flag(&dictionary, "CGSSessionScreenIsLocked").unwrap_or(false);
    facts
}

fn flag(dictionary: &CFDictionary, key: &str) -> Option<bool> {
    let key = CFString::new(key);
    let found = dictionary.find(key.to_void())?;
    // SAFETY: the dictionary holds a valid object under this key, retained here before it can go.
    let value = unsafe { CFType::wrap_under_get_rule(*found) };
    value.downcast_into::<CFBoolean>().map(|value| value == CFBoolean::true_value())
}

/// Whether this session came over a network, by what its programs are told.
pub(super) fn remote_by_environment() -> bool {
    std::env::var_os("SSH_CONNECTION").is_some()
}

/// The account this process runs for.
pub(super) fn account() -> String {
    std::env::var("USER").unwrap_or_default()
}
