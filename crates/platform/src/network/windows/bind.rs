//! `IP_UNICAST_IF` and `IPV6_UNICAST_IF`.
#![expect(unsafe_code, reason = "Winsock takes options by pointer")]

use std::io;
use std::num::NonZeroU32;
use std::os::windows::io::AsRawSocket as _;

use socket2::Socket;
use windows::Win32::Networking::WinSock::{
    IP_UNICAST_IF, IPPROTO_IP, IPPROTO_IPV6, IPV6_UNICAST_IF, SOCKET, setsockopt,
};

/// Has what `socket` sends leave by the adapter with that index.
pub(in crate::network) fn bind(socket: &Socket, index: NonZeroU32, v6: bool) -> io::Result<()> {
    // The older of the two wants the order of the network, the newer that of the host.
    let (level, option, value) = if v6 {
        (IPPROTO_IPV6.0, IPV6_UNICAST_IF, index.get().to_ne_bytes())
    } else {
        (IPPROTO_IP.0, IP_UNICAST_IF, index.get().to_be_bytes())
    };
    let raw = usize::try_from(socket.as_raw_socket()).map_err(io::Error::other)?;
    // SAFETY: the socket is open for as long as it is borrowed, and the value outlives the call.
    let code = unsafe { setsockopt(SOCKET(raw), level, option, Some(&value)) };
    if code == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}
