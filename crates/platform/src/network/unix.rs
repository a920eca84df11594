//! Linux and macOS: `SO_BINDTOIFINDEX` and `IP_BOUND_IF`.

use std::io;
use std::num::NonZeroU32;

use socket2::Socket;

/// Has what `socket` sends leave by the adapter with that index.
pub(super) fn bind(socket: &Socket, index: NonZeroU32, v6: bool) -> io::Result<()> {
    if v6 { socket.bind_device_by_index_v6(Some(index)) } else { socket.bind_device_by_index_v4(Some(index)) }
}
