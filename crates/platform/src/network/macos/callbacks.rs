//! Announcements of the dynamic store, on a thread with a run loop.
#![expect(unsafe_code, reason = "the name of the run loop's mode is a C constant")]

use std::io;
use std::sync::Arc;
use std::sync::mpsc;
use std::thread;

use core_foundation::array::CFArray;
use core_foundation::runloop::{CFRunLoop, kCFRunLoopDefaultMode};
use core_foundation::string::CFString;
use rightdoor_core::HintSource;
use system_configuration::dynamic_store::{
    SCDynamicStore, SCDynamicStoreBuilder, SCDynamicStoreCallBackContext,
};

use super::radio;
use crate::network::SenseError;
use crate::network::portable::Doorbell;

/// What is listened to: carriers, the radio, routers and addresses, leases.
const PATTERNS: [&str; 4] = [
    "State:/Network/Interface/[^/]+/Link",
    "State:/Network/Interface/[^/]+/AirPort",
    "State:/Network/Service/[^/]+/(IPv4|IPv6|DHCP|DNS)",
    "State:/Network/Global/(IPv4|IPv6)",
];

/// The listening thread; it ends when this is dropped.
pub(in crate::network) struct Registrations {
    run_loop: CFRunLoop,
    thread: Option<thread::JoinHandle<()>>,
}

impl Registrations {
    pub(in crate::network) fn new(bell: &Arc<Doorbell>) -> Result<Self, SenseError> {
        let what = "be told of network changes";
        let (started, begun) = mpsc::channel();
        let bell = Arc::clone(bell);
        let thread = thread::Builder::new()
            .name("network".to_owned())
            .spawn(move || {
                let context = SCDynamicStoreCallBackContext { callout: on_change, info: bell };
                let Some(store) = SCDynamicStoreBuilder::new("rightdoor").callback_context(context).build()
                else {
                    return;
                };
                let patterns = PATTERNS.map(CFString::from);
                let none: CFArray<CFString> = CFArray::from_CFTypes(&[]);
                if !store.set_notification_keys(&none, &CFArray::from_CFTypes(&patterns)) {
                    return;
                }
                let Some(source) = store.create_run_loop_source() else { return };
                let run_loop = CFRunLoop::get_current();
                // SAFETY: a constant of Core Foundation, valid as long as the process lives.
                run_loop.add_source(&source, unsafe { kCFRunLoopDefaultMode });
                let _ = started.send(run_loop);
                // Here, because an answer needs a run loop and this thread lives as long as the senses.
                let _question = radio::ask();
                CFRunLoop::run_current();
            })
            .map_err(SenseError::io(what))?;
        // Fails at once when the thread gave up, because it then drops its end.
        let run_loop =
            begun.recv().map_err(|_| SenseError::io(what)(io::Error::other("the dynamic store refused")))?;
        Ok(Self { run_loop, thread: Some(thread) })
    }
}

impl Drop for Registrations {
    fn drop(&mut self) {
        self.run_loop.stop();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "the crate's callback type")]
fn on_change(_store: SCDynamicStore, keys: CFArray<CFString>, bell: &mut Arc<Doorbell>) {
    for key in keys.iter() {
        let key = key.to_string();
        bell.ring(match key.rsplit('/').next() {
            Some("AirPort") => HintSource::Wifi,
            Some("Link") => HintSource::Link,
            Some("IPv4" | "IPv6") => HintSource::Route,
            _ => HintSource::Address,
        });
    }
}
