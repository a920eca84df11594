//! `NotifyIpInterfaceChange`, `NotifyUnicastIpAddressChange`, `NotifyRouteChange2`,
//! `WlanRegisterNotification`. Their callbacks run on threads of the system.
#![expect(unsafe_code, reason = "the system calls back with a raw pointer")]

use std::ffi::c_void;
use std::io;
use std::sync::Arc;

use rightdoor_core::HintSource;
use windows::Win32::Foundation::{HANDLE, NO_ERROR, WIN32_ERROR};
use windows::Win32::NetworkManagement::IpHelper::{
    CancelMibChangeNotify2, MIB_IPFORWARD_ROW2, MIB_IPINTERFACE_ROW, MIB_NOTIFICATION_TYPE,
    MIB_UNICASTIPADDRESS_ROW, NotifyIpInterfaceChange, NotifyRouteChange2, NotifyUnicastIpAddressChange,
};
use windows::Win32::NetworkManagement::WiFi::{
    L2_NOTIFICATION_DATA, WLAN_NOTIFICATION_SOURCE_ACM, WLAN_NOTIFICATION_SOURCE_MSM,
    WLAN_NOTIFICATION_SOURCE_NONE, WlanCloseHandle, WlanRegisterNotification,
    wlan_notification_acm_connection_complete, wlan_notification_acm_disconnected,
    wlan_notification_msm_roaming_end,
};
use windows::Win32::Networking::WinSock::AF_UNSPEC;

use super::radio;
use crate::network::SenseError;
use crate::network::portable::Doorbell;

/// Callbacks that stay registered while this lives. Each cancellation waits for a running callback, so
/// none runs after the bell it rings is gone.
pub(in crate::network) struct Registrations {
    handles: Vec<HANDLE>,
    wlan: Option<HANDLE>,
    /// Dropped last: callbacks hold a pointer to it.
    bell: Arc<Doorbell>,
}

// SAFETY: the handles are only used to cancel, which any thread may do.
unsafe impl Send for Registrations {}

impl Registrations {
    pub(in crate::network) fn new(bell: &Arc<Doorbell>) -> Result<Self, SenseError> {
        let mut all = Self { handles: Vec::new(), wlan: None, bell: Arc::clone(bell) };
        let context: *const c_void = Arc::as_ptr(&all.bell).cast();
        all.add("be told of interfaces", |handle| {
            // SAFETY: the callback matches the documented form, and `context` stays valid until the
            // handle is cancelled in `drop`.
            unsafe { NotifyIpInterfaceChange(AF_UNSPEC, Some(on_interface), Some(context), false, handle) }
        })?;
        all.add("be told of addresses", |handle| {
            // SAFETY: as above.
            unsafe { NotifyUnicastIpAddressChange(AF_UNSPEC, Some(on_address), Some(context), false, handle) }
        })?;
        all.add("be told of routes", |handle| {
            // SAFETY: as above.
            unsafe { NotifyRouteChange2(AF_UNSPEC, Some(on_route), context, false, handle) }
        })?;
        all.wlan = radio::open().ok();
        if let Some(wlan) = all.wlan {
            let sources = WLAN_NOTIFICATION_SOURCE_ACM | WLAN_NOTIFICATION_SOURCE_MSM;
            // SAFETY: the callback matches the documented form, and `context` stays valid until it is
            // unregistered in `drop`.
            let code = unsafe {
                WlanRegisterNotification(wlan, sources, true, Some(on_radio), Some(context), None, None)
            };
            if code != 0 {
                tracing::warn!(code, "Wi-Fi does not tell of roaming; it is looked at instead");
            }
        }
        Ok(all)
    }

    fn add(
        &mut self,
        what: &'static str,
        register: impl FnOnce(*mut HANDLE) -> WIN32_ERROR,
    ) -> Result<(), SenseError> {
        let mut handle = HANDLE::default();
        let code = register(&raw mut handle);
        if code != NO_ERROR {
            return Err(SenseError::io(what)(io::Error::from_raw_os_error(code.0.cast_signed())));
        }
        self.handles.push(handle);
        Ok(())
    }
}

impl Drop for Registrations {
    fn drop(&mut self) {
        for handle in self.handles.drain(..) {
            // SAFETY: a handle of this registration, cancelled once. It waits for running callbacks.
            let _ = unsafe { CancelMibChangeNotify2(handle) };
        }
        if let Some(wlan) = self.wlan.take() {
            // SAFETY: our own handle; unregistering waits for running callbacks, then it is closed once.
            unsafe {
                WlanRegisterNotification(wlan, WLAN_NOTIFICATION_SOURCE_NONE, true, None, None, None, None);
                WlanCloseHandle(wlan, None);
            }
        }
    }
}

/// # Safety
/// `context` is the pointer given at registration, and the registration is not cancelled yet.
unsafe fn ring(context: *const c_void, source: HintSource) {
    // SAFETY: by the caller's promise it points at the bell that `Registrations` keeps alive.
    if let Some(bell) = unsafe { context.cast::<Doorbell>().as_ref() } {
        bell.ring(source);
    }
}

unsafe extern "system" fn on_interface(
    context: *const c_void,
    _row: *const MIB_IPINTERFACE_ROW,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: called by the system with our context while registered.
    unsafe { ring(context, HintSource::Link) };
}

unsafe extern "system" fn on_address(
    context: *const c_void,
    _row: *const MIB_UNICASTIPADDRESS_ROW,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: as above.
    unsafe { ring(context, HintSource::Address) };
}

unsafe extern "system" fn on_route(
    context: *const c_void,
    _row: *const MIB_IPFORWARD_ROW2,
    _kind: MIB_NOTIFICATION_TYPE,
) {
    // SAFETY: as above.
    unsafe { ring(context, HintSource::Route) };
}

unsafe extern "system" fn on_radio(data: *mut L2_NOTIFICATION_DATA, context: *mut c_void) {
    // SAFETY: the system gives a valid notification for the length of the call.
    let Some(data) = (unsafe { data.as_ref() }) else { return };
    let code = data.NotificationCode.cast_signed();
    let connected = data.NotificationSource == WLAN_NOTIFICATION_SOURCE_ACM
        && (code == wlan_notification_acm_connection_complete.0
            || code == wlan_notification_acm_disconnected.0);
    let roamed = data.NotificationSource == WLAN_NOTIFICATION_SOURCE_MSM
        && code == wlan_notification_msm_roaming_end.0;
    if connected || roamed {
        // SAFETY: called by the system with our context while registered.
        unsafe { ring(context, HintSource::Wifi) };
    }
}
