//! What the kernel need not wake us for: neighbours that are no gateway of ours, and a gateway that says again who it is.
//!
//! A neighbour's state goes round for ever while anybody speaks through it (reachable, stale, probed, reachable), and on a
//! busy network there are hundreds. A classic packet filter on the event socket (socket(7), `SO_ATTACH_FILTER`) drops these
//! repetitions in the kernel. Whatever has a form that it does not know, it lets through.

use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::RawFd;

use libc::{
    BPF_ABS, BPF_H, BPF_JEQ, BPF_JMP, BPF_JSET, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter, sock_fprog,
};

use super::world::{NUD_UNKNOWN, RTM_DELNEIGH, RTM_NEWNEIGH};
use crate::network::station::Hardware;

/// Gateways by link and address, with the machine behind each.
pub(super) type Gateways = BTreeMap<(u32, IpAddr), Option<Hardware>>;

/// With more gateways than this nothing is filtered: jumps in a filter are short.
const MOST: usize = 8;
const PASS: u32 = u32::MAX;
const DROP: u32 = 0;
/// Offsets into `struct nlmsghdr` with `struct ndmsg` and its attributes behind it.
const KIND: u32 = 4;
const LINK: u32 = 20;
const STATE: u32 = 24;
const ATTRIBUTES: u32 = 28;
const NDA_DST: u16 = 1;
const NDA_LLADDR: u16 = 2;

/// Filters what `socket` hears from now on; replaces the filter before.
///
/// # Errors
/// When the kernel refuses; then everything is heard.
#[expect(unsafe_code, reason = "the standard library attaches no filters")]
pub(super) fn attach(socket: RawFd, known: &Gateways) -> io::Result<()> {
    let mut program = program(known);
    let filter = sock_fprog {
        len: u16::try_from(program.len()).map_err(io::Error::other)?,
        filter: program.as_mut_ptr(),
    };
    let size = libc::socklen_t::try_from(size_of_val(&filter)).map_err(io::Error::other)?;
    // SAFETY: `filter` and the instructions that it points to live until the call returns; the kernel copies them.
    let done = unsafe {
        libc::setsockopt(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, (&raw const filter).cast(), size)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn program(known: &Gateways) -> Vec<sock_filter> {
    let mut program = vec![
        load(BPF_H, KIND),
        // A neighbour: on to the gateways. Everything else is not filtered.
        equal(u32::from(half(RTM_NEWNEIGH)), 2, 0),
        equal(u32::from(half(RTM_DELNEIGH)), 1, 0),
        give(PASS),
    ];
    if known.len() > MOST {
        program.push(give(PASS));
        return program;
    }
    for ((link, ip), machine) in known {
        let gateway = gateway(*link, *ip, *machine);
        program.extend(gateway);
    }
    program.push(give(DROP));
    program
}

/// Decides about messages of this gateway; falls through for every other.
fn gateway(link: u32, ip: IpAddr, machine: Option<Hardware>) -> Vec<sock_filter> {
    let octets = match ip {
        IpAddr::V4(ip) => ip.octets().to_vec(),
        IpAddr::V6(ip) => ip.octets().to_vec(),
    };
    let length = u32::try_from(octets.len()).unwrap_or_default();
    // Each step: what to load, and what it must be for the message to be about this gateway.
    let mut about =
        vec![(BPF_W, LINK, word(link.to_ne_bytes())), (BPF_W, ATTRIBUTES, header(length, NDA_DST))];
    let mut at = ATTRIBUTES + 4;
    for part in octets.chunks_exact(4) {
        about.push((BPF_W, at, part.try_into().map_or(0, word)));
        at += 4;
    }
    let mut decide = vec![give(PASS)];
    if let Some(Hardware([a, b, c, d, e, f])) = machine {
        let same = [
            (BPF_W, at, header(6, NDA_LLADDR)),
            (BPF_W, at + 4, word([a, b, c, d])),
            (BPF_H, at + 8, word([0, 0, e, f])),
        ];
        // A deleted or unknown neighbour must be heard of: it has to be found again.
        decide = vec![load(BPF_H, KIND), equal(u32::from(half(RTM_NEWNEIGH)), 0, 9)];
        decide.extend([load(BPF_H, STATE), any(u32::from(half(NUD_UNKNOWN)), 7, 0)]);
        for (left, (size, offset, value)) in [5, 3, 1].into_iter().zip(same) {
            decide.extend([load(size, offset), equal(value, 0, left)]);
        }
        decide.extend([give(DROP), give(PASS)]);
    }
    let mut all = Vec::new();
    let mut left = 2 * about.len() + decide.len();
    for (size, offset, value) in about {
        left -= 2;
        all.extend([load(size, offset), equal(value, 0, u8::try_from(left).unwrap_or(u8::MAX))]);
    }
    all.extend(decide);
    all
}

/// The header of an attribute of so many bytes, as a filter loads it.
fn header(length: u32, kind: u16) -> u32 {
    let [a, b] = u16::try_from(length + 4).unwrap_or_default().to_ne_bytes();
    let [c, d] = kind.to_ne_bytes();
    word([a, b, c, d])
}

/// Filters load in network order whatever the kernel writes in its own.
const fn word(bytes: [u8; 4]) -> u32 {
    u32::from_be_bytes(bytes)
}

const fn half(value: u16) -> u16 {
    u16::from_be_bytes(value.to_ne_bytes())
}

const fn load(size: u32, offset: u32) -> sock_filter {
    step(BPF_LD | size | BPF_ABS, offset, 0, 0)
}

const fn equal(value: u32, then: u8, otherwise: u8) -> sock_filter {
    step(BPF_JMP | BPF_JEQ | BPF_K, value, then, otherwise)
}

const fn any(bits: u32, then: u8, otherwise: u8) -> sock_filter {
    step(BPF_JMP | BPF_JSET | BPF_K, bits, then, otherwise)
}

const fn give(verdict: u32) -> sock_filter {
    step(BPF_RET | BPF_K, verdict, 0, 0)
}

#[expect(clippy::cast_possible_truncation, reason = "every code of a filter has 16 bits")]
const fn step(code: u32, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code: code as u16, jt, jf, k }
}
