//! Sleep and wake-up from IOKit, on a thread with a run loop, because only there can sleep be held up until
//! everything is kept. User switch and lock are announced by the workspace, which calls back on the main thread and so
//! only beside a tray; the facts themselves come from the window server, whenever somebody looks.
#![expect(unsafe_code, reason = "IOKit, the window server and Objective-C are foreign interfaces")]

use std::ffi::c_void;
use std::future::pending;
use std::ptr::{NonNull, null_mut};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;
use std::time::Duration;

use block2::RcBlock;
use core_foundation::base::{CFType, TCFType, ToVoid};
use core_foundation::boolean::CFBoolean;
use core_foundation::dictionary::{CFDictionary, CFDictionaryRef};
use core_foundation::runloop::{CFRunLoop, CFRunLoopSource, CFRunLoopSourceRef, kCFRunLoopDefaultMode};
use core_foundation::string::CFString;
use objc2::rc::Retained;
use objc2::runtime::{NSObjectProtocol, ProtocolObject};
use objc2_app_kit::{
    NSWorkspace, NSWorkspaceSessionDidBecomeActiveNotification, NSWorkspaceSessionDidResignActiveNotification,
};
use objc2_foundation::{NSDistributedNotificationCenter, NSNotification, NSNotificationCenter, NSString};
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

/// What the system announced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    Sleep,
    Wake,
    Session,
}

/// What IOKit's callback needs; it lives as long as the process.
struct Power {
    root: u32,
    tell: UnboundedSender<Told>,
    ready: Receiver<()>,
}

/// Listens to the system's power and to the session.
#[derive(Debug)]
pub struct Watcher {
    told: Option<UnboundedReceiver<Told>>,
    ready: SyncSender<()>,
    slept: Duration,
    facts: Facts,
}

impl Watcher {
    /// Begins to listen.
    pub async fn open() -> Self {
        let (tell, told) = unbounded_channel();
        let (ready, is_ready) = sync_channel(1);
        let thread = thread::Builder::new().name("power".to_owned()).spawn(move || listen(tell, is_ready));
        let told = thread.is_ok().then_some(told);
        Self { told, ready, slept: clock::suspended_total(), facts: facts() }
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
        loop {
            let Some(told) = &mut self.told else { return pending().await };
            match told.recv().await {
                Some(Told::Sleep) => return SessionEvent::Leaving,
                Some(Told::Wake) => {
                    let total = clock::suspended_total();
                    let asleep = total.saturating_sub(std::mem::replace(&mut self.slept, total));
                    return SessionEvent::Resumed { asleep };
                }
                Some(Told::Session) => {
                    let now = facts();
                    if now != std::mem::replace(&mut self.facts, now) {
                        return SessionEvent::Changed;
                    }
                }
                None => self.told = None,
            }
        }
    }
}

fn listen(tell: UnboundedSender<Told>, ready: Receiver<()>) {
    // Kept as long as the run loop below runs, which is for ever.
    let _observers = observe_session(&tell);
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

/// What keeps an observer registered.
type Observer = Retained<ProtocolObject<dyn NSObjectProtocol>>;

/// Has user switch, lock and unlock announced. The names of the last two are not in Apple's documentation; were they to
/// change, a lock would be seen at the next look.
fn observe_session(tell: &UnboundedSender<Told>) -> Vec<Observer> {
    let observe = |center: &NSNotificationCenter, name: &NSString| {
        let tell = tell.clone();
        let block = RcBlock::new(move |_: NonNull<NSNotification>| _ = tell.send(Told::Session));
        // SAFETY: no object and no queue are given; the block owns a sender, which any thread may use, and the center
        // copies the block.
        unsafe { center.addObserverForName_object_queue_usingBlock(Some(name), None, None, &block) }
    };
    let workspace = NSWorkspace::sharedWorkspace().notificationCenter();
    let everywhere = NSDistributedNotificationCenter::defaultCenter();
    // SAFETY: constants of AppKit, valid as long as the process lives.
    let (came, went) = unsafe {
        (NSWorkspaceSessionDidBecomeActiveNotification, NSWorkspaceSessionDidResignActiveNotification)
    };
    vec![
        observe(&workspace, came),
        observe(&workspace, went),
        observe(&everywhere, &NSString::from_str("com.apple.screenIsLocked")),
        observe(&everywhere, &NSString::from_str("com.apple.screenIsUnlocked")),
    ]
}

unsafe extern "C" fn on_power(context: *mut c_void, _service: u32, kind: u32, argument: *mut c_void) {
    // SAFETY: the context given at registration, which is never freed and used on this thread only.
    let Some(power) = (unsafe { context.cast::<Power>().as_ref() }) else { return };
    match kind {
        WILL_SLEEP => {
            // An answer to an earlier sleep that came too late is no answer to this one.
            while power.ready.try_recv().is_ok() {}
            if power.tell.send(Told::Sleep).is_ok() {
                let _ = power.ready.recv_timeout(HOLD);
            }
            // SAFETY: `argument` is the notification's id, to be answered once.
            unsafe { IOAllowPowerChange(power.root, argument as isize) };
        }
        // SAFETY: as above.
        CAN_SLEEP => _ = unsafe { IOAllowPowerChange(power.root, argument as isize) },
        HAS_POWERED_ON => _ = power.tell.send(Told::Wake),
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
