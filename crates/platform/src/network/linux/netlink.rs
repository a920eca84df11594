//! Netlink: one socket, asked synchronously. The kernel answers inside the call, so nothing here
//! can wait for anything.

use std::io;

use netlink_sys::{Socket, SocketAddr};

use crate::network::SenseError;

/// Header of every message (`struct nlmsghdr`).
const HEADER: usize = 16;
const NLMSG_ERROR: u16 = 2;
const NLMSG_DONE: u16 = 3;
const NLM_F_REQUEST: u16 = 0x1;
const NLM_F_DUMP: u16 = 0x300;
const NLM_F_DUMP_INTR: u16 = 0x10;
/// The kernel never builds a longer datagram for a dump or an event.
const DATAGRAM: usize = 64 * 1024;

/// One message, its header read.
#[derive(Clone, Copy)]
pub(super) struct Message<'a> {
    /// Message type.
    pub(super) kind: u16,
    flags: u16,
    sequence: u32,
    /// Everything behind the header.
    pub(super) body: &'a [u8],
}

/// A message whose length field lies.
pub(super) struct Malformed;

/// The messages of one datagram.
pub(super) fn messages(datagram: &[u8]) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
    let mut rest = datagram;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let whole = u32_at(rest, 0).and_then(|length| rest.get(..usize::try_from(length).ok()?));
        let Some(message) = whole.filter(|message| message.len() >= HEADER) else {
            rest = &[];
            return Some(Err(Malformed));
        };
        rest = rest.get(message.len().next_multiple_of(4)..).unwrap_or_default();
        Some(Ok(Message {
            kind: u16_at(message, 4).unwrap_or_default(),
            flags: u16_at(message, 6).unwrap_or_default(),
            sequence: u32_at(message, 8).unwrap_or_default(),
            body: message.get(HEADER..).unwrap_or_default(),
        }))
    })
}

/// The attributes behind `offset` bytes of a body. A malformed tail ends the walk.
pub(super) fn attributes(body: &[u8], offset: usize) -> impl Iterator<Item = (u16, &[u8])> {
    let mut rest = body.get(offset..).unwrap_or_default();
    std::iter::from_fn(move || {
        let length = usize::from(u16_at(rest, 0)?);
        let value = rest.get(4..length)?;
        // The two upper bits are flags (nested, network byte order).
        let kind = u16_at(rest, 2)? & 0x3fff;
        rest = rest.get(length.next_multiple_of(4)..).unwrap_or_default();
        Some((kind, value))
    })
}

/// One attribute as bytes, padded.
pub(super) fn attribute(kind: u16, value: &[u8]) -> Vec<u8> {
    let length = u16::try_from(value.len() + 4).unwrap_or(u16::MAX);
    let mut bytes = Vec::with_capacity(value.len() + 8);
    bytes.extend(length.to_ne_bytes());
    bytes.extend(kind.to_ne_bytes());
    bytes.extend(value);
    bytes.resize(bytes.len().next_multiple_of(4), 0);
    bytes
}

pub(super) fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..at + 2)?.try_into().ok().map(u16::from_ne_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..at + 4)?.try_into().ok().map(u32::from_ne_bytes)
}

/// A string attribute, without its closing zero.
pub(super) fn text(value: &[u8]) -> String {
    String::from_utf8_lossy(value.strip_suffix(&[0]).unwrap_or(value)).into_owned()
}

/// A socket to ask questions on.
pub(super) struct Channel {
    socket: Socket,
    sequence: u32,
    buffer: Vec<u8>,
}

impl Channel {
    pub(super) fn open(protocol: isize) -> io::Result<Self> {
        let mut socket = Socket::new(protocol)?;
        socket.bind_auto()?;
        socket.set_non_blocking(true)?;
        // Lets the kernel filter dumps itself; older kernels do not know it and send everything.
        let _ = socket.set_netlink_get_strict_chk(true);
        Ok(Self { socket, sequence: 0, buffer: Vec::with_capacity(DATAGRAM) })
    }

    /// Asks for a list, and hands each entry to `each`.
    pub(super) fn dump(
        &mut self,
        what: &'static str,
        kind: u16,
        body: &[u8],
        each: &mut dyn FnMut(Message<'_>),
    ) -> Result<(), SenseError> {
        self.sequence = self.sequence.wrapping_add(1);
        let mut request = Vec::with_capacity(HEADER + body.len());
        request.extend(u32::try_from(HEADER + body.len()).unwrap_or(u32::MAX).to_ne_bytes());
        request.extend(kind.to_ne_bytes());
        request.extend((NLM_F_REQUEST | NLM_F_DUMP).to_ne_bytes());
        request.extend(self.sequence.to_ne_bytes());
        request.extend(0_u32.to_ne_bytes());
        request.extend(body);
        let io = SenseError::io;
        self.socket.send_to(&request, &SocketAddr::new(0, 0), 0).map_err(io(what))?;
        let mut unsteady = false;
        loop {
            self.buffer.clear();
            self.socket.recv(&mut self.buffer, 0).map_err(io(what))?;
            for message in messages(&self.buffer) {
                let message = message.map_err(|Malformed| SenseError::Malformed { what })?;
                if message.sequence != self.sequence {
                    continue;
                }
                unsteady |= message.flags & NLM_F_DUMP_INTR != 0;
                match message.kind {
                    NLMSG_ERROR | NLMSG_DONE => {
                        let code = u32_at(message.body, 0).unwrap_or_default().cast_signed();
                        return match code {
                            0 if unsteady => Err(SenseError::Unsteady),
                            0 => Ok(()),
                            code => Err(io(what)(io::Error::from_raw_os_error(-code))),
                        };
                    }
                    _ => each(message),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_netlink_messages_end_the_walk_without_a_panic() {
        for datagram in [&[][..], &[1], &[0; 16], &[255; 40], &[16, 0, 0, 0, 1, 0]] {
            assert!(messages(datagram).all(|message| message.is_err()));
        }
        assert_eq!(attributes(&[3, 0, 1, 0], 0).count(), 0);
        assert_eq!(attributes(&[0; 8], 0).count(), 0);
        assert_eq!(attributes(&[200, 0, 1, 0], 0).count(), 0);
        assert_eq!(attributes(&[1, 2], 7).count(), 0);
    }

    #[test]
    fn an_attribute_survives_writing_and_reading() {
        let mut bytes = attribute(3, b"eth0\0");
        bytes.extend(attribute(7 | 0x8000, &[1, 2, 3, 4]));
        let read: Vec<_> = attributes(&bytes, 0).collect();
        assert_eq!(read, [(3, &b"eth0\0"[..]), (7, &[1, 2, 3, 4][..])]);
    }
}
