//! The kernel's announcements, turned into hints.

use std::collections::BTreeSet;
use std::future::pending;
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::time::Duration;

use netlink_sys::protocols::{NETLINK_GENERIC, NETLINK_ROUTE};
use netlink_sys::{Socket, SocketAddr};
use rightdoor_core::HintSource;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;

use super::filter::{self, Gateways};
use super::known::{Change, Known};
use super::netlink::{Channel, messages};
use super::nl80211::{self, Nl80211};
use crate::network::{Hint, Options, SenseError};

/// `RTMGRP_LINK | NEIGH | IPV4_IFADDR | IPV4_ROUTE | IPV6_IFADDR | IPV6_ROUTE`.
const GROUPS: u32 = 0x1 | 0x4 | 0x10 | 0x40 | 0x100 | 0x400;
const DATAGRAM: usize = 64 * 1024;
/// Datagrams read before hints are given out, so that a storm cannot hold the loop.
const AT_ONCE: usize = 512;
/// Before a dead socket is opened again.
const REOPEN: Duration = Duration::from_secs(5);

/// Listens to the kernel. It has no thread and no timer; it wakes only when the kernel says something.
pub struct Watcher {
    events: AsyncFd<Listener>,
    radio: Option<AsyncFd<Listener>>,
    questions: Channel,
    known: Known,
    /// What the event socket is filtered by.
    filtered: Option<Gateways>,
    pending: BTreeSet<Rank>,
    buffer: Vec<u8>,
    dead: bool,
}

/// Hints in the order they are given out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Rank {
    Lost,
    Link,
    Route,
    Address,
    Neighbour,
    Wifi,
}

impl Rank {
    const fn hint(self) -> Hint {
        Hint::Look(match self {
            Self::Lost => return Hint::Lost,
            Self::Link => HintSource::Link,
            Self::Route => HintSource::Route,
            Self::Address => HintSource::Address,
            Self::Neighbour => HintSource::Neighbour,
            Self::Wifi => HintSource::Wifi,
        })
    }
}

impl std::fmt::Debug for Watcher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watcher").field("pending", &self.pending).finish_non_exhaustive()
    }
}

impl Watcher {
    /// Begins to listen, in the network namespace of the calling thread. Whatever happens after this
    /// returns is announced by [`Watcher::next`]: open it before the first look, and within a tokio runtime.
    ///
    /// # Errors
    /// [`SenseError::Io`] when the kernel gives no route socket (a sandbox without netlink).
    pub fn open(options: &Options) -> Result<Self, SenseError> {
        let what = "listen to the network";
        let events = Listener::open(NETLINK_ROUTE, GROUPS).map_err(SenseError::io(what))?;
        let questions = Channel::open(NETLINK_ROUTE).map_err(SenseError::io(what))?;
        let mut watcher = Self {
            events,
            radio: None,
            questions,
            known: Known::new(options),
            filtered: None,
            pending: BTreeSet::new(),
            buffer: Vec::with_capacity(DATAGRAM),
            dead: false,
        };
        watcher.listen_to_radio();
        watcher.known.reload(&mut watcher.questions)?;
        Ok(watcher)
    }

    /// Makes the kernel's queue for events this small, so that a test can fill it.
    ///
    /// # Errors
    /// [`SenseError::Io`] when the kernel refuses.
    #[doc(hidden)]
    pub fn shrink_queue(&self, bytes: i32) -> Result<(), SenseError> {
        self.events.get_ref().0.set_rx_buf_sz(bytes).map_err(SenseError::io("shrink the event queue"))
    }

    /// Waits for the next hint. Everything the kernel has said by then becomes at most one hint of
    /// each source. Cancel-safe; never ends, even when the kernel's socket dies.
    pub async fn next(&mut self) -> Hint {
        loop {
            if let Some(rank) = self.pending.pop_first() {
                return rank.hint();
            }
            if self.dead {
                tokio::time::sleep(REOPEN).await;
                match Listener::open(NETLINK_ROUTE, GROUPS) {
                    Ok(listener) => {
                        self.events = listener;
                        self.filtered = None;
                        self.dead = false;
                        self.lost();
                    }
                    Err(error) => tracing::debug!(%error, "the network still cannot be listened to"),
                }
                continue;
            }
            if self.filtered.as_ref() != Some(self.known.gateways()) {
                // Not before what was heard is dealt with: that is urgent, and this is not.
                tokio::task::yield_now().await;
                self.filter();
                continue;
            }
            tokio::select! {
                biased;
                ready = self.events.readable() => {
                    if ready.is_err() {
                        pending::<()>().await;
                    }
                }
                () = readable(self.radio.as_ref()) => {
                    self.hear_radio().await;
                    continue;
                }
            }
            self.hear().await;
        }
    }

    /// Filters by the gateways as they are known now.
    fn filter(&mut self) {
        let known = self.known.gateways().clone();
        if let Err(error) = filter::attach(self.events.as_raw_fd(), &known) {
            tracing::debug!(%error, "neighbours are not filtered");
        }
        self.filtered = Some(known);
        match self.known.look_at_gateways(&mut self.questions) {
            Ok(true) => _ = self.pending.insert(Rank::Neighbour),
            Ok(false) => {}
            Err(error) => {
                tracing::warn!(%error, "cannot look at the gateways");
                self.pending.insert(Rank::Lost);
            }
        }
    }

    /// Reads what the route socket has.
    async fn hear(&mut self) {
        let Ok(mut ready) = self.events.readable().await else { return };
        let mut lost = false;
        for _ in 0..AT_ONCE {
            self.buffer.clear();
            match ready.get_inner().0.recv_from(&mut self.buffer, 0) {
                // Only the kernel may tell us about the network.
                Ok((_, sender)) if sender.port_number() != 0 => {}
                Ok(_) => {
                    for message in messages(&self.buffer) {
                        let Ok(message) = message else {
                            lost = true;
                            break;
                        };
                        match self.known.take(message) {
                            Some(Change::Link) => self.pending.insert(Rank::Link),
                            Some(Change::Route) => self.pending.insert(Rank::Route),
                            Some(Change::Address) => self.pending.insert(Rank::Address),
                            Some(Change::Neighbour) => self.pending.insert(Rank::Neighbour),
                            None => false,
                        };
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready.clear_ready();
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                // The queue overflowed; the socket goes on.
                Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) => lost = true,
                Err(error) => {
                    tracing::warn!(%error, "the kernel closed the event socket");
                    self.dead = true;
                    lost = true;
                    break;
                }
            }
        }
        drop(ready);
        if self.radio.is_none() && self.pending.contains(&Rank::Link) {
            self.listen_to_radio();
        }
        if lost {
            self.lost();
        }
    }

    /// Reads what nl80211 has.
    async fn hear_radio(&mut self) {
        let Some(radio) = &self.radio else { return };
        let Ok(mut ready) = radio.readable().await else { return };
        for _ in 0..AT_ONCE {
            self.buffer.clear();
            match ready.get_inner().0.recv_from(&mut self.buffer, 0) {
                Ok((_, sender)) if sender.port_number() != 0 => {}
                Ok(_) => {
                    for message in messages(&self.buffer) {
                        match message {
                            Ok(message) if !nl80211::is_connection(&message) => {}
                            Ok(_) => _ = self.pending.insert(Rank::Wifi),
                            Err(_) => _ = self.pending.insert(Rank::Lost),
                        }
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                    ready.clear_ready();
                    break;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.pending.insert(Rank::Lost);
                    if error.raw_os_error() != Some(libc::ENOBUFS) {
                        drop(ready);
                        // The next new link tries again.
                        self.radio = None;
                        return;
                    }
                }
            }
        }
    }

    /// What was missed is unknown, so all that is remembered is read again.
    fn lost(&mut self) {
        self.pending.insert(Rank::Lost);
        if let Err(error) = self.known.reload(&mut self.questions) {
            tracing::warn!(%error, "cannot read the network after events were lost");
        }
    }

    /// Subscribes to Wi-Fi connections, once there is a wireless interface.
    fn listen_to_radio(&mut self) {
        let Ok(Some(mut wireless)) = Nl80211::open() else { return };
        match wireless.interfaces() {
            Ok(interfaces) if !interfaces.is_empty() => self.known.set_wireless(interfaces),
            _ => return,
        }
        let group = wireless.mlme;
        let opened = Listener::open(NETLINK_GENERIC, 0).and_then(|listener| {
            listener.get_ref().0.add_membership(group)?;
            Ok(listener)
        });
        match opened {
            Ok(listener) => self.radio = Some(listener),
            Err(error) => tracing::warn!(%error, "Wi-Fi does not tell of roaming; it is looked at instead"),
        }
    }
}

async fn readable(radio: Option<&AsyncFd<Listener>>) {
    match radio {
        Some(radio) if radio.readable().await.is_ok() => {}
        _ => pending().await,
    }
}

/// A subscribed socket.
struct Listener(Socket);

impl Listener {
    fn open(protocol: isize, groups: u32) -> io::Result<AsyncFd<Self>> {
        let mut socket = Socket::new(protocol)?;
        socket.bind(&SocketAddr::new(0, groups))?;
        socket.set_non_blocking(true)?;
        Self::register(Self(socket))
    }
}

impl Listener {
    #[expect(unsafe_code, reason = "tokio takes the descriptor on trust")]
    fn register(self) -> io::Result<AsyncFd<Self>> {
        if tokio::runtime::Handle::try_current().is_err() {
            return Err(io::Error::other("there is no tokio runtime"));
        }
        // SAFETY: `as_raw_fd` always gives the descriptor of the socket that `self` owns and that
        // nothing else closes; it lives exactly as long as the `AsyncFd` it moves into.
        unsafe { AsyncFd::register_with_interest(self, Interest::READABLE) }.map_err(Into::into)
    }
}

impl AsRawFd for Listener {
    fn as_raw_fd(&self) -> RawFd {
        self.0.as_raw_fd()
    }
}

/// Neighbour events only, for as long as somebody waits for one.
pub(super) struct NeighbourEvents(AsyncFd<Listener>);

impl NeighbourEvents {
    pub(super) fn open() -> io::Result<Self> {
        Listener::open(NETLINK_ROUTE, 0x4).map(Self)
    }

    /// Waits until some neighbour changed.
    pub(super) async fn next(&mut self) {
        let Ok(mut ready) = self.0.readable().await else { return };
        let mut buffer = Vec::with_capacity(DATAGRAM);
        while ready.get_inner().0.recv_from(&mut buffer, 0).is_ok() {
            buffer.clear();
        }
        ready.clear_ready();
    }
}
